"""What holds for a repository is shown with where it comes from."""

from __future__ import annotations

from pathlib import Path

from bot.cli.checking import _evidence
from sandbox.detect import detect


def test_a_set_up_for_which_no_file_speaks_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f(): pass\n")
    found = detect(tmp_path).setup
    assert found, "Python is there"
    assert _evidence(found) == "found by the files that are there"
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "1"\n')
    assert _evidence(detect(tmp_path).setup).startswith("found: pyproject.toml")
