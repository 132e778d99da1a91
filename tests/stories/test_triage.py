"""`pullwright triage`: what a report is, what is like it, and whether it happens; nothing is changed."""

from __future__ import annotations

import json

from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, desk, finish, folder, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE

__all__ = ["desk", "folder"]

SHOWS = (
    "printf 'from adder import add\\n\\n\\ndef test_sum():\\n    assert add(1, 2) == 3\\n\\n\\n"
    "def test_control():\\n    assert add(3, 0) == 3\\n' > test_report.py"
)


def judges(**said: object) -> Conversation:
    told = {"vulnerability": False, "kind": "bug", "priority": "high", "why": "Sums are wrong.", "labels": {}}
    return Conversation("Judge this report", (Turn(json.dumps({**told, "missing": [], **said})),), repeat_last=True)


def same(*found: object) -> Conversation:
    turn = Turn(json.dumps({"same": list(found)}))
    return Conversation("Say which of these issues report the same", (turn,), repeat_last=True)


def writes(*turns: Turn) -> Conversation:
    return Conversation("Find out whether this happens", turns)


def prepared(desk: Desk, *conversations: Conversation) -> None:
    desk.make_repository({**PYTHON, "CODEOWNERS": "* @octo/adders\n"})
    desk.model.conversations = [*conversations, judges(), same()]


def test_a_bug_that_happens_is_shown_by_a_test_beside_a_control_that_passes(desk: Desk) -> None:
    prepared(desk, writes(shell(SHOWS), finish()), same({"number": 3, "why": "add() is wrong there, too."}))
    others = desk.folder / "others"
    others.mkdir()
    (others / "issue-3.md").write_text("# add() gives too little\n\nadd(2, 2) gives 0.\n")
    (others / "issue-4.md").write_text("# The logo is blue\n\nIt was green.\n")
    head = desk.git("rev-parse", "HEAD")
    words = ("triage", desk.repository, "--issue", desk.issue(PYTHON_ISSUE), "--others", others, "--json")
    done = desk.run(*words)
    assert done.code == 0, done.err
    assert done.data["outcome"] == "A bug (high), reproduced."
    found = done.data["reproduction"]
    assert (found["verdict"], found["why"]) == ("reproduced", "the report gives -1 and 3")
    assert found["tests"] == {"test_report.py::test_sum": "assert -1 == 3"}
    assert "test_control" in found["files"]["test_report.py"]
    assert [one["number"] for one in done.data["same"]] == [3]
    assert done.data["area"] == {"paths": ["adder.py"], "owners": ["@octo/adders"]}
    assert (desk.git("rev-parse", "HEAD"), desk.git("status", "--porcelain")) == (head, "")
    assert list(desk.branches()) == ["main"]
