"""Detection that may crash, swell or hang without harm to who asks for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sandbox.detect import detect
from sandbox.detect.apart import detect_apart
from sandbox.errors import TransientError


def test_it_gives_what_detection_gives(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.pytest.ini_options]\n[tool.ruff]\n')
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_é.py").write_text("def test_x(): pass\n")
    (tmp_path / b"tests/test_\xff.py".decode("utf-8", "surrogateescape")).write_text("def test_x(): pass\n")
    assert detect_apart(tmp_path) == detect(tmp_path)
    assert detect_apart(tmp_path).test


# What truly hangs the reader is mended as soon as it is known, so programs that do stand in its place.
@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("while True: pass", "took more than"),
        ("import os; os.kill(os.getpid(), 11)", "or failed"),
        ("raise MemoryError", "or failed"),
        ("print('x' * 20_000_000)", "or failed"),
        ("print('[')", "no sense"),
        ("", "no sense"),
    ],
    ids=["hangs", "crashes", "swells", "says too much", "says half", "says nothing"],
)
def test_a_repository_that_cannot_be_read_has_no_commands_and_a_reason(
    tmp_path: Path, program: str, reason: str
) -> None:
    found = detect_apart(tmp_path, seconds=3, reader=[sys.executable, "-c", program])
    assert (found.test, found.setup) == ((), ())
    (note,) = found.not_run
    assert reason in note.reason
    assert "pullwright.yml" in note.reason


def test_a_repository_is_not_taken_for_one_without_commands_where_somebody_ended_the_reader(tmp_path: Path) -> None:
    ended = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    with pytest.raises(TransientError, match="ended from outside"):
        detect_apart(tmp_path, reader=[sys.executable, "-c", ended])
