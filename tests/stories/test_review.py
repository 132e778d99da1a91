"""`pullwright review`: what is wrong with a change, on its lines; nothing is changed or run."""

from __future__ import annotations

import json

import pytest

from tests.fakes.real_repository import commit, git
from tests.fakes.scripted_model import Conversation, Turn
from tests.stories.conftest import Desk, desk, folder
from tests.stories.samples import PYTHON
from tests.stories.test_killed import crash

__all__ = ["desk", "folder"]

BEFORE = "def share(total, people):\n    if not people:\n        return 0\n    return total / people\n"
AFTER = "def share(total, people):\n    return total / people\n\n\ndef half(total):\n    return share(total, 3)\n"
WRONG = {
    "path": "shares.py",
    "line": 6,
    "quote": "    return share(total, 3)",
    "severity": "high",
    "title": "A half is a third",
    "reason": "`half` divides by three.",
    "consequence": "Whoever asks for a half gets too little.",
    "replacement": "    return share(total, 2)",
}
CASES = {"zero": "2, 0) == 2", "sum": "1, 2) == 3"}
STANDS = json.dumps({"stands": True, "why": "It happens."})
GONE = {
    "path": "shares.py",
    "line": 1,
    "quote": "    if not people:\n        return 0",
    "severity": "medium",
    "title": "Nobody is no longer handled",
    "reason": "The test for no people is gone.",
    "consequence": "share(1, 0) raises.",
}


def prepared(desk: Desk) -> None:
    desk.make_repository({"shares.py": BEFORE, "data.lock": "a\n"})
    git(desk.repository, "switch", "-q", "-c", "change")
    commit(desk.repository, {"shares.py": AFTER, "logo.png": b"\0\1", "yarn.lock": "x\n"})


def reading(eye: str, *findings: object) -> Conversation:
    said = json.dumps({"findings": list(findings)})
    return Conversation(f"(?s)Review this change.*Read for this alone: {eye}", (Turn(said),) * 2)


def judged(stands: bool, why: str, about: str = "") -> Conversation:
    said = json.dumps({"stands": stands, "why": why})
    return Conversation(f"(?s)Try to refute this finding.*{about}", (Turn(said),) * 2)


CORRECT, CONTRACTS, ERRORS = "is what the new lines", "who else relies", "what happens when"


def script(desk: Desk) -> None:
    desk.model.conversations = [
        judged(False, "share is documented to take people.", "Nobody is no longer"),
        judged(True, "half(6) gives 2."),
        reading(CORRECT, WRONG),
        reading(CONTRACTS, WRONG, GONE),
        reading(ERRORS),
    ]


def test_a_finding_stands_on_its_lines_with_a_suggestion_that_fits(desk: Desk) -> None:
    prepared(desk)
    script(desk)
    head = desk.git("rev-parse", "HEAD")
    done = desk.run("review", desk.repository, "main..change", "--json")
    assert done.code == 2, done.err
    data = done.data
    assert data["outcome"] == (
        "1 finding (1 high). Reviewed 1 of 3 files, skipped: `logo.png` (binary), `yarn.lock` (generated)."
    )
    (found,) = data["findings"]
    assert (found["path"], found["start"], found["end"], found["side"]) == ("shares.py", 6, 6, "RIGHT")
    assert found["suggestion"] == "    return share(total, 2)"
    assert found["readings"] == ["correctness", "contracts"]
    assert found["tried"] == "half(6) gives 2."
    assert data["not_posted"] == [
        {"title": "Nobody is no longer handled", "why": "share is documented to take people."}
    ]
    assert (desk.git("rev-parse", "HEAD"), desk.git("status", "--porcelain")) == (head, "")
    assert sorted(desk.branches()) == ["change", "main"]


def test_what_newly_fails_is_a_finding_with_what_shows_it(desk: Desk) -> None:
    checked = "setup: false\nlint: sh lint.sh\nworkflows: {review_pr: {checks: own}}\n"
    lint = "grep -n thirds *.py | sed 's/:.*//; s/.*/shares.py:&:1: T1 thirds/'; ! grep -q thirds *.py\n"
    desk.make_repository({"shares.py": BEFORE, ".github/pullwright.yml": checked, "lint.sh": lint})
    git(desk.repository, "switch", "-q", "-c", "change")
    commit(desk.repository, {"shares.py": BEFORE + "thirds = 3\n", "lint.sh": lint + "# faster\n"})
    desk.model.conversations = [reading(eye) for eye in (CORRECT, CONTRACTS, ERRORS)]
    done = desk.run("review", desk.repository, "main..change", "--json")
    assert done.code == 2, done.err
    (found,) = done.data["findings"]
    assert (found["path"], found["start"], found["command"]) == ("shares.py", 5, "sh lint.sh")
    assert found["output"] == "shares.py:5:1: T1 thirds\n"
    assert done.data["ran"].startswith("Run on base and head: `sh lint.sh`: failed (1 new).")
    assert "The change itself decides how they run: `lint.sh" in done.data["ran"]


def test_a_refutation_may_run_a_script_whose_output_is_the_proof(desk: Desk) -> None:
    checked = "setup: false\nworkflows: {review_pr: {checks: own}}\n"
    desk.make_repository({"shares.py": BEFORE, ".github/pullwright.yml": checked})
    git(desk.repository, "switch", "-q", "-c", "change")
    commit(desk.repository, {"shares.py": AFTER})
    half = "python3 -c 'from shares import half; print(half(6)); assert half(6) == 3' || exit 1\ntouch left"
    none = "test -e left && exit 1; python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80), 2)'"
    desk.model.conversations = [
        Conversation("(?s)Try to refute.*You asked for this script.*half\\(6\\)", (Turn(STANDS),)),
        Conversation("(?s)Try to refute.*You asked for this script.*create_connection", (Turn(STANDS),)),
        Conversation("(?s)Try to refute.*A half is a third.*answer first", (Turn(json.dumps({"run": half})),)),
        Conversation("(?s)Try to refute.*Nobody is no longer.*answer first", (Turn(json.dumps({"run": none})),)),
        reading(CORRECT, WRONG),
        reading(CONTRACTS, GONE),
        reading(ERRORS),
    ]
    done = desk.run("review", desk.repository, "main..change", "--json")
    assert done.code == 2, done.err
    first, second = done.data["findings"]
    assert (first["title"], first["command"]) == ("A half is a third", half)
    assert "AssertionError" in first["output"]
    assert "2.0\n" in first["output"]
    assert (second["title"], second["command"]) == ("Nobody is no longer handled", None)
    assert "a script that was run did not show it: " in second["tried"]
    assert "it exits with 1, and not with 1" not in second["tried"]
    assert desk.git("status", "--porcelain") == ""


@pytest.mark.at_length
def test_a_script_that_only_searches_the_text_is_no_proof_of_a_finding(desk: Desk) -> None:
    checked = "setup: false\nworkflows: {review_pr: {checks: own}}\n"
    desk.make_repository({"shares.py": BEFORE, ".github/pullwright.yml": checked})
    git(desk.repository, "switch", "-q", "-c", "change")
    commit(desk.repository, {"shares.py": AFTER})
    desk.model.conversations = [
        Conversation("(?s)Try to refute.*You asked for this script.*ran none of the code", (Turn(STANDS),)),
        Conversation(
            "(?s)Try to refute", (Turn(json.dumps({"run": "grep -n 'total, 3' shares.py && exit 1; exit 0"})),)
        ),
        reading(CORRECT, WRONG),
        reading(CONTRACTS),
        reading(ERRORS),
    ]
    done = desk.run("review", desk.repository, "main..change", "--json")
    assert done.code == 2, done.err
    (told,) = done.data["findings"]
    assert told["command"] is None
    assert "a script that was run did not show it: it ran none of the code" in told["tried"]


@pytest.mark.at_length
def test_a_test_that_newly_fails_is_told_with_its_name_and_what_it_said(desk: Desk) -> None:
    config = PYTHON[".github/pullwright.yml"] + "workflows: {review_pr: {checks: own}}\n"
    tests = "".join(f"\n\ndef test_{name}():\n    assert add({what}\n" for name, what in CASES.items())
    right = {"adder.py": "def add(a, b):\n    return a + b\n", "test_adder.py": "from adder import add\n" + tests}
    desk.make_repository({**PYTHON, **right, ".github/pullwright.yml": config})
    git(desk.repository, "switch", "-q", "-c", "change")
    commit(desk.repository, {"adder.py": "def add(a, b):\n    return a - b\n"})
    desk.model.conversations = [reading(eye) for eye in (CORRECT, CONTRACTS, ERRORS)]
    done = desk.run("review", desk.repository, "main..change", "--json")
    assert done.code == 2, done.err
    (found,) = done.data["findings"]
    assert (found["path"], found["title"], found["severity"]) == (
        "test_adder.py",
        "test_adder.py::test_sum fails",
        "high",
    )
    assert "assert -1 == 3" in found["output"]
    assert "1 passed, 1 failed (1 new)" in done.data["ran"]


def test_terminal_shows_what_the_json_says(desk: Desk) -> None:
    prepared(desk)
    script(desk)
    done = desk.run("review", desk.repository, "main..")
    assert done.code == 2, done.err
    assert "finding  shares.py:6 high A half is a third" in done.out
    assert "Whoever asks for a half gets too little." in done.out


def test_nothing_found_is_no_approval(desk: Desk) -> None:
    prepared(desk)
    desk.model.conversations = [reading(eye) for eye in (CORRECT, CONTRACTS, ERRORS)]
    done = desk.run("review", desk.repository, "main..change", "--json")
    assert done.code == 0, done.err
    assert done.data["outcome"].startswith("No finding. Reviewed 1 of 3 files")


@pytest.mark.at_length
def test_what_the_budget_did_not_reach_is_said_and_is_no_success(desk: Desk) -> None:
    prepared(desk)
    script(desk)
    words = ("review", desk.repository, "main..change", "--json", "--max-cost")
    done = desk.run(*words, "0.25", PULLWRIGHT_PRICE="100,100")
    assert done.code == 2, done.err
    assert done.data["outcome"].startswith("No finding, 2 not checked. Reviewed 1 of 3 files")
    assert done.data["outcome"].endswith("Not all of it was read for errors.")
    done = desk.run(*words, "0.01", PULLWRIGHT_PRICE="100,100")
    assert done.code == 1, "nothing was read at all"


@pytest.mark.at_length
def test_one_reading_that_cannot_be_read_is_said_and_of_none_nothing_is_claimed(desk: Desk) -> None:
    prepared(desk)
    odd = Conversation("(?s)Review this change.*who else relies", (Turn("Well."), Turn("All is well.")))
    desk.model.conversations = [odd, reading(CORRECT), reading(ERRORS)]
    done = desk.run("review", desk.repository, "main..change", "--json")
    assert done.code == 2, done.err
    assert done.data["outcome"].endswith("Not all of it was read for contracts.")
    desk.model.conversations = [Conversation("Review this change", (Turn("Well."), Turn("All is well.")))]
    done = desk.run("review", desk.repository, "main..change", "--json")
    assert (done.code, done.data["error"]) == (1, "The model's answers could not be read.")


@pytest.mark.parametrize(
    ("range_", "said"),
    [
        ("main", "is no range"),
        ("..change", "is no range"),
        ("main..none", "no branch, tag or commit 'none'"),
        ("main..--all", "no branch, tag or commit '--all'"),
        ("change..change", "There is no change between the two"),
    ],
)
def test_a_range_that_is_none_is_refused_by_name(desk: Desk, range_: str, said: str) -> None:
    prepared(desk)
    done = desk.run("review", desk.repository, range_)
    assert (done.code, said in done.err + done.out) == (1, True), done.err + done.out


@pytest.mark.at_length
@pytest.mark.parametrize("step", ["fetch", "look", "read", "refute"])
def test_killed_at_any_step_it_goes_on_and_asks_nothing_twice(desk: Desk, step: str) -> None:
    prepared(desk)
    script(desk)
    crash(desk, step, "done", "review", desk.repository, "main..change")
    done = desk.run("resume", "--json")
    assert done.code == 2, done.err
    assert len(done.data["findings"]) == 1
    assert len(desk.model.requests) == 5, "three readings, two refutations"
