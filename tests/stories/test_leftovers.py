"""What an agent's commands leave behind is not in its pull request, and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.conftest import Desk, answers, edit, finish, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

LEAVE = (
    "touch .coverage .env adder.py.orig .DS_Store coverage.xml; mkdir -p build adder.egg-info;"
    " echo x > adder.egg-info/PKG-INFO; cp adder.py build/; ./renew; echo y > made-by-name.txt"
)


@pytest.mark.at_length
def test_what_commands_left_behind_is_taken_out_before_the_checks_and_told(desk: Desk) -> None:
    snapshot = "tests/__snapshots__/adder.ambr"
    renew = f"#!/bin/sh\necho other > {snapshot}\necho z > generated.py\n"
    desk.make_repository({**PYTHON, snapshot: "as it was\n", "renew": renew, "README.md": "x\n"})
    (desk.repository / "renew").chmod(0o755)
    desk.git("commit", "-q", "-a", "-m", "executable")
    twin = shell("cp README.md readme.md")
    desk.model.conversations = answers([edit("adder.py", "a - b", "a + b"), shell(LEAVE), twin, finish()])
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert solved.code == 0, solved.err
    changed = desk.git("diff", "--name-only", "main", "fix/issue-7").split()
    assert changed == ["adder.py", "generated.py", "made-by-name.txt", "readme.md"]
    text = Path(solved.data["pull"]).read_text()
    assert "left out, as what tests and builds leave behind: .DS" in text.replace("\\", "")
    for path in (".coverage", ".env", "adder.py.orig", "build/adder.py", "adder.egg-info/PKG-INFO"):
        assert path.replace("_", "") in text.replace("\\", "").replace("_", "")
    assert "were put back: tests/" in text
    assert "not by an edit: generated.py" in text
    assert "readme.md is the same as README.md" in text
