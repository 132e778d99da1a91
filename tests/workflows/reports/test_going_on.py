"""What runs several parts goes on behind one that fails."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from workflows.reports.going_on import going_on


@pytest.mark.parametrize(
    ("line", "env"),
    [
        ("make test", {"MAKEFLAGS": "k"}),
        ("FOO=1 make -C sub check", {"MAKEFLAGS": "k"}),
        ("cargo nextest run", {"NEXTEST_NO_FAIL_FAST": "1"}),
        ("cmake --build .", {}),
        ("pytest makes", {}),
    ],
)
def test_what_is_called_is_told_to_go_on(line: str, env: dict[str, str]) -> None:
    assert dict(going_on(line)) == env


def test_make_goes_on_with_what_does_not_need_the_part_that_failed(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("test: unit more\nunit:\n\tfalse\nmore:\n\t@echo more is run\n")
    env = {"PATH": os.environ["PATH"], **going_on("make test")}
    done = subprocess.run(["make", "test"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "more is run" in done.stdout) == (2, True)
