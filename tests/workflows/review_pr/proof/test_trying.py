"""What a script of a refutation shows, and what it does not: by what it did on both sides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.boxes import box_backend as box_backend
from tests.fakes.boxes import box_machine as box_machine
from tests.fakes.plain_trees import PlainTree
from tests.fakes.two_sides import TwoSides
from workflows.agent.questions import Unreadable
from workflows.checks.ran import Ran
from workflows.review_pr.diff.placing import PlacedFinding
from workflows.review_pr.findings import Finding
from workflows.review_pr.proof.trying import MOST, ScriptRun, _seen, on_both_sides, trials
from workflows.review_pr.refuting import Refutation, _verdict, _with_what_was_tried
from workflows.review_pr.report import comment
from workflows.review_pr.state import JUDGED, UNRUN
from workflows.values import from_json, to_json
from workflows.verification import CheckRun
from workflows.workspace.unrunnable import unrunnable

ASSERTED = "E       assert 2 == 3\nAssertionError: assert 2 == 3\n"


def ran(exit_code: int, tail: str = "", killed: str = "") -> Ran:
    return Ran(CheckRun(exit_code, 0.1, tail=tail, killed=killed))


@pytest.mark.parametrize(
    ("head", "base", "why"),
    [
        (ran(1, ASSERTED), ran(0), ""),
        (ran(1, "wrong: 2\n"), ran(0), ""),
        (ran(1, ASSERTED), ran(1, "ImportError: cannot import name 'half' from 'shares' (shares.py)"), ""),
        (ran(0), ran(0), "it does not fail"),
        (ran(1, ASSERTED), ran(1, ASSERTED), "it fails before the change, too"),
        (ran(2, "x.sh: line 1: syntax error near unexpected token"), ran(0), "it exits with 2, and not with 1"),
        (ran(127, "x.sh: line 2: jq: command not found"), ran(0), "jq: command not found"),
        (ran(-9, "", "timeout"), ran(0), "it was stopped (timeout)"),
        (ran(1, "OSError: [Errno 101] Network is unreachable"), ran(0), "for want of its surroundings (network)"),
        (ran(1, "ModuleNotFoundError: No module named 'requests'"), ran(0), "for want of its surroundings"),
        (ran(1, "wrong: 2 at 10:01\n"), ran(1, "wrong: 2 at 10:02\n"), "it fails before the change, too"),
        (ran(1, ASSERTED), ran(1, "wrong: 2\n"), "it fails before the change, too"),
        (ran(1, ASSERTED), ran(1, "ModuleNotFoundError: No module named 'shares'"), ""),
        (ran(1, ASSERTED), ran(2, "python3: can't open file 'new.py'"), ""),
        (ran(1, ASSERTED), ran(0, "", "timeout"), "before the change it was stopped (timeout)"),
        (ran(1, ASSERTED), ran(127, "x.sh: line 2: jq: command not found"), "before the change jq: command not found"),
        (replace(ran(1, ASSERTED), changed=("a.py",)), ran(0), "it changes files of the repository (a.py)"),
        (ran(1, ASSERTED), replace(ran(0), changed=("a.py",)), "it changes files of the repository (a.py)"),
        (replace(ran(1, ASSERTED), setup_failure="no"), ran(0), "the code after the change could not be set up"),
        (ran(1, ASSERTED), replace(ran(0), setup_failure="no"), "the code before the change could not be set up"),
        (
            replace(ran(1, ASSERTED), foreign=("a from /b",)),
            ran(0),
            "did not run the repository's own code (a from /b)",
        ),
    ],
)
def test_only_a_failure_of_the_code_that_is_not_there_before_shows_something(head: Ran, base: Ran, why: str) -> None:
    found = _seen("exit 1", head, base)
    assert found.shows is (not why)
    assert why in found.why


def test_where_packages_are_lacking_only_a_failure_that_names_itself_counts() -> None:
    quiet = _seen("exit 1", ran(1, "it happens\n"), ran(0), lacks=True)
    assert (quiet.shows, _seen("exit 1", ran(1, ASSERTED), ran(0), lacks=True).shows) == (False, True)
    assert "packages that the change adds are not installed" in quiet.why


BEFORE = {"shares.py": "def half(n):\n    return n / 2\n", "guard": "whole\n"}
AFTER = {"shares.py": "def half(n):\n    return n / 3\n"}
READ = "it ran none of the code: it does the same where that cannot be run, so it has only read its text"
ASSERTS = "python3 -c 'from shares import half; assert half(6) == 3, half(6)' || exit 1\n"


@dataclass
class Counted(TwoSides):
    """Trees in which a file says which of them it is."""

    @asynccontextmanager
    async def open(self, mark: str, like: str = "") -> AsyncIterator[PlainTree]:
        async with super().open(mark, like) as tree:
            (tree.box.spec.tree / "number").write_text(str(len(self.opened)))
            yield tree


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (ASSERTS, ""),
        (f"echo PULLWRIGHT_SCRIPT_ENDS\n{ASSERTS}", ""),
        (f"exit 0\nPULLWRIGHT_SCRIPT_ENDS\n{ASSERTS}", "it does not fail"),
        ("grep -q 2 shares.py && exit 0; sed -i s/3/4/ shares.py; exit 1", "it changes files of the repository"),
        ("rm guard; " + ASSERTS, "it changes files of the repository (guard)"),
        ("test $(cat number) = 1 && exit 1; exit 0", "it does not fail alike each time: it does not fail"),
        ("head -c 600000000 /dev/zero | tr '\\0' x; exit 1", "it was stopped (output)"),
        ("cat -n shares.py; grep -n '/ 3' shares.py && exit 1; exit 0", READ),
        pytest.param(
            "wc -l *.py; if [ \"$(tail -n 1 shares.py)\" != '    return n / 2' ]; then exit 1; fi",
            READ,
            marks=pytest.mark.at_length,
        ),
        pytest.param(
            'python3 -c \'import re, sys; sys.exit(bool(re.search("/ 3", open("shares.py").read())))\'',
            READ,
            marks=pytest.mark.at_length,
        ),
        pytest.param(
            "python3 -c 'n = 6; assert n / 3 == 3, n / 3' || grep -q 'n / 2' shares.py || exit 1",
            READ,
            marks=pytest.mark.at_length,
        ),
        pytest.param("sed -n 2p shares.py | grep 3; test $? = 1 || exit 1", READ, marks=pytest.mark.at_length),
        ("python3 -m py_compile shares.py; python3 -c 'import shares; print(shares.half(6))' | grep 3 || exit 1", ""),
        ("date +%N%N; exit 1", "it fails before the change, too"),
    ],
)
async def test_a_script_is_run_over_both_sides_as_they_are_and_once_more_where_it_shows_something(
    box_backend: Bubblewrap, tmp_path: Path, script: str, why: str
) -> None:
    sides = Counted.made(tmp_path, box_backend, BEFORE, AFTER)
    found = await on_both_sides(script, sides, sides.head, sides.base, unrunnable(sides.workspace, sides.head))
    assert why in found.why
    assert found.shows is (not why)
    assert len(sides.opened) == (5 if found.shows or why == READ else 4 if "alike each" in why else 2)
    assert len(found.head) <= 3_000


def test_a_judgement_is_kept_as_it_is_with_what_was_run() -> None:
    said = Refutation(True, "It happens.", _seen("exit 1", ran(1, ASSERTED), ran(0)))
    assert from_json(Refutation, to_json(said)) == said


def test_a_proof_by_a_script_is_told_with_script_output_and_base() -> None:
    shown = ScriptRun("a\nb </details> @all", "it exits with 1", "two <b>", "it exits with 0", "", shows=True)
    text = comment(
        PlacedFinding(_with_what_was_tried(Finding("a.py", "q", "T", "R"), Refutation(True, "W", shown)), None)
    )
    assert "Shown by running a script that the model wrote, on the head" in text
    assert "On the base it exits with 0. On the head it printed:" in text
    assert "```text\na\nb " in text


@dataclass
class Stands:
    """What `trials` asks of a step's context."""

    state: dict[str, object]


@pytest.mark.parametrize(
    ("state", "left"),
    [
        ({UNRUN: ""}, MOST),
        (
            {UNRUN: "", JUDGED: {"a": {"stands": True, "ran": {"script": "x"}}, "b": {"stands": True, "ran": None}}},
            MOST - 1,
        ),
        ({UNRUN: "", JUDGED: {str(one): {"ran": {"script": "x"}} for one in range(9)}}, 0),
        ({UNRUN: "it comes from a fork"}, 0),
        ({}, 0),
    ],
)
async def test_so_many_scripts_are_left_and_none_where_nothing_may_be_run(state: dict[str, object], left: int) -> None:
    async with trials(Stands(state)) as runs:  # type: ignore[arg-type]
        assert runs.left == left


def test_behind_a_script_only_a_verdict_is_an_answer() -> None:
    assert _verdict({"run": "exit 1"}) == "exit 1"
    with pytest.raises(Unreadable, match="stands"):
        _verdict({"run": "exit 1"}, last=True)
    assert _verdict({"stands": True, "why": "W"}, last=True) == Refutation(True, "W")


@pytest.mark.parametrize("data", [{"run": 1}, {"run": " "}, {"run": "x" * 5_000}, {"stands": "yes"}, [], None, {}])
def test_what_is_no_answer_is_unreadable(data: object) -> None:
    with pytest.raises(Unreadable, match="stands"):
        _verdict(data)
