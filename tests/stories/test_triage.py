"""`pullwright triage`: what a report is, what is like it, and whether it happens; nothing is changed."""

from __future__ import annotations

import json

import pytest

from tests.fakes.real_repository import commit
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, answers, desk, edit, finish, folder, shell
from tests.stories.samples import PYTHON, PYTHON_ISSUE
from tests.stories.test_failing_test import AGREES, ZERO
from tests.stories.test_killed import crash
from workflows.triage.definition import TRIAGE

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


@pytest.mark.at_length
def test_where_nothing_runs_tests_a_script_shows_it_and_a_fix_begins_from_that(desk: Desk) -> None:
    desk.make_repository({"add.sh": "echo $(($1 - $2))\n", "README.md": "`bash add.sh 1 2` adds.\n"})
    script = (
        'want=3 got=$(bash add.sh 1 2); [ "$1" = control ] && want=3 got=$(bash add.sh 3 0); '
        '[ "$got" = "$want" ] || { echo "AssertionError: $got != $want"; exit 1; }'
    )
    desk.model.conversations = [
        writes(shell(f"cat > pullwright-reproduce.sh <<'E'\n{script}\nE"), finish()),
        judges(),
        same(),
        Conversation("Hold this test against the issue", (AGREES,)),
        *answers([edit("add.sh", "$1 - $2", "$1 + $2"), finish()]),
    ]
    done = desk.run("triage", desk.repository, "--issue", desk.issue(PYTHON_ISSUE), "--json")
    assert done.code == 0, done.err
    found = done.data["reproduction"]
    assert (found["verdict"], found["why"]) == ("reproduced", "the report gives -1 and 3")
    assert (found["script"], found["files"], found["command"]) == (script, {}, "bash pullwright-reproduce.sh")
    solved = desk.solve(desk.issue(PYTHON_ISSUE))
    assert [proof["test"] for proof in solved.data["proofs"]] == ["pullwright-reproduce.sh"], solved.err
    assert not any("Write a test that fails" in str(one.messages) for one in desk.model.requests)


@pytest.mark.at_length
def test_a_script_that_only_searches_the_text_reproduces_nothing(desk: Desk) -> None:
    desk.make_repository({"add.sh": "echo $(($1 - $2))\n"})
    script = 'test "$1" = control && exit 0; grep -n " - " add.sh && { echo "AssertionError: -1 != 3"; exit 1; }'
    written = f"cat > pullwright-reproduce.sh <<'E'\n{script}\nE"
    desk.model.conversations = [writes(shell(written), finish(), shell(written), finish()), judges(), same()]
    done = desk.run("triage", desk.repository, "--issue", desk.issue(PYTHON_ISSUE), "--json")
    assert done.code == 0, done.err
    found = done.data["reproduction"]
    assert (found["verdict"], "has only read its text" in found["why"]) == ("failed otherwise", True), found


@pytest.mark.parametrize("mended", [False, pytest.param(True, marks=pytest.mark.at_length)])
def test_a_tag_on_a_branch_of_its_own_is_searched_from_where_that_began(desk: Desk, mended: bool) -> None:
    """`mended`: the bug was there already when the branch of the release began, and only that has the mend."""
    right, wrong = "def add(a, b):\n    return a + b\n", "def add(a, b):\n    return a - b\n"
    desk.make_repository({**PYTHON, "adder.py": wrong if mended else right, "test_adder.py": ZERO})
    desk.git("switch", "-q", "-c", "release-1")
    commit(desk.repository, {"adder.py": right, "version": "1.0"}, "Release 1.0")
    desk.git("tag", "v1.0")
    desk.git("switch", "-q", "main")
    for name, text in (("a", None), ("b", wrong), ("c", None)):
        commit(desk.repository, {f"{name}.txt": name, **({"adder.py": text} if text else {})}, f"Add {name}")
    desk.model.conversations = [writes(shell(SHOWS), finish()), judges(worked_in="1.0"), same()]
    issue = desk.issue("# add() subtracts\n\nIt worked in 1.0. `add(1, 2)` gives -1 instead of 3.\n")
    done = desk.run("triage", desk.repository, "--issue", issue, "--json")
    assert done.code == 0, done.err
    began = done.data["began"]
    assert began["subject"] == ("" if mended else "Add b")
    assert ("was made on a branch of its own, and at" in began["why"]) is mended


@pytest.mark.at_length
def test_the_commit_that_it_began_with_is_found_and_a_fix_begins_from_the_test(desk: Desk) -> None:
    """Worked at a tag, broke two commits later: and `solve` on the same issue needs no test of its own."""
    desk.make_repository({**PYTHON, "adder.py": "def add(a, b):\n    return a + b\n", "test_adder.py": ZERO})
    desk.git("tag", "v1.0")
    for name, text in (("a", None), ("b", "def add(a, b):\n    return a - b\n"), ("c", None)):
        (desk.repository / f"{name}.txt").write_text(f"{name}\n")
        if text:
            (desk.repository / "adder.py").write_text(text)
        desk.git("add", "-A")
        desk.git("commit", "-q", "-m", f"Add {name}")
    broke = desk.git("rev-parse", "HEAD~1")
    desk.model.conversations = [
        writes(shell(SHOWS), finish()),
        judges(worked_in="1.0", failed_in="v1.0"),
        same(),
        Conversation("Hold this test against the issue", (AGREES,)),
        *answers([edit("adder.py", "a - b", "a + b"), finish()]),
    ]
    issue = desk.issue("# add() subtracts\n\nIt worked in 1.0. `add(1, 2)` gives -1 instead of 3.\n")
    done = desk.run("triage", desk.repository, "--issue", issue, "--json")
    assert done.code == 0, done.err
    assert done.data["began"]["commit"] == broke
    assert done.data["began"]["subject"] == "Add b"
    assert done.data["reproduction"]["at_version"] == "v1.0: passes"
    solved = desk.solve(issue)
    assert solved.code == 0, solved.err
    assert [proof["test"] for proof in solved.data["proofs"]] == ["test_report.py::test_sum"]
    assert not any("Write a test that fails" in str(one.messages) for one in desk.model.requests)


@pytest.mark.parametrize(
    ("script", "verdict", "why", "code"),
    [
        (SHOWS.replace("== 3\\n\\n\\n", "== 4\\n\\n\\n"), "failed otherwise", "nothing shows that this is what", 0),
        (SHOWS.replace("add(1, 2) == 3", "-1 == 3"), "failed otherwise", "whatever the code of the repository says", 0),
        (SHOWS.replace("import add", "import nothing"), "could not try", "no control passes", 2),
        (SHOWS.replace("1, 2) == 3", "1, 2) == -1"), "not reproduced", "passes on the code as it is", 0),
        (SHOWS.replace("test_control", "test_other"), "could not try", "no control passes", 2),
        ("true", "not reproduced", "the model wrote no test", 0),
    ],
)
@pytest.mark.at_length
def test_what_does_not_happen_as_reported_is_not_reproduced(
    desk: Desk, script: str, verdict: str, why: str, code: int
) -> None:
    no = Turn(json.dumps({"quote": "", "agrees": False, "why": "It does not say so."}))
    prepared(
        desk,
        writes(shell(script), finish(), shell("rm -f test_report.py; " + script), finish()),
        Conversation("Hold this test against the report", (no,), repeat_last=True),
    )
    done = desk.run("triage", desk.repository, "--issue", desk.issue(PYTHON_ISSUE), "--json")
    assert done.code == code, done.err
    found = done.data["reproduction"]
    assert (found["verdict"], why in found["why"]) == (verdict, True), found


@pytest.mark.parametrize("key", TRIAGE.keys)
@pytest.mark.at_length
def test_killed_at_any_step_it_goes_on_and_asks_once_more_at_most(desk: Desk, key: str) -> None:
    prepared(desk, writes(shell(SHOWS), finish()))
    if key == "bisect":  # which is not taken here
        pytest.skip("no tag is named")
    crash(desk, key, "done", "triage", desk.repository, "--issue", desk.issue(PYTHON_ISSUE))
    done = desk.run("resume", "--json")
    assert done.code == 0, done.err
    assert done.data["reproduction"]["verdict"] == "reproduced"
    assert len(desk.model.requests) <= 4
