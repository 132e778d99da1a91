"""The verdict on each kind of verification, word for word, with exit code and conclusion, and whether it is a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from workflows.text.pull_request.verdict import ground, judged
from workflows.verification import (
    MAX_NAMED,
    Check,
    CheckKind,
    CheckRun,
    Counts,
    Grade,
    Ground,
    Proof,
    SuiteShare,
    Verdict,
    Verification,
)

PASSED = Check(
    CheckKind.TEST,
    "pytest",
    Verdict.PASSED,
    base=CheckRun(0, 1.0, Counts(4, 0)),
    head=CheckRun(0, 1.0, Counts(5, 0)),
    ground=Ground(5, 5),
)
LINT = Check(CheckKind.LINT, "ruff check .", Verdict.PASSED, head=CheckRun(0, 0.1))
PROOF = Proof("test_a.py::test_new", "assert 1 == 2", "Pullwright")
GOOD = Verification("tree", (PASSED, LINT), proofs=(PROOF,))
UNSHOWN = replace(GOOD, proofs=())


def of_tests(**changes: Any) -> Verification:
    """The good one, with something else about its tests."""
    return replace(GOOD, checks=(replace(PASSED, **changes), LINT))


PROVEN = "Proven by `test_a.py::test_new`, written by Pullwright: it fails without this change and passes with it."
AND_SHOWN = "5 tests pass, and `test_a.py::test_new` fails without the change; but"


@pytest.mark.parametrize(
    ("verification", "headline", "code"),
    [
        (GOOD, PROVEN, 0),
        (replace(GOOD, proofs=(replace(PROOF, by=""),)), PROVEN.replace("written by Pullwright", "there before"), 0),
        (
            replace(GOOD, proofs=(PROOF, replace(PROOF, test="test_b", by="others"))),
            "Proven by `test_a.py::test_new`, written by Pullwright and `test_b`, written by others: "
            "they fail without this change and pass with it.",
            0,
        ),
        (
            replace(GOOD, demands=("test_old",)),
            f"{PROVEN} Changed demand: `test_old` was edited, or what it uses, and its old form fails over the new"
            " code.",
            0,
        ),
        (UNSHOWN, "Nothing broke: 5 tests pass, but no test shows that the issue is solved.", 4),
        (
            replace(UNSHOWN, exempt="only documents changed"),
            "Nothing broke: 5 tests pass; no proof is owed: only documents changed.",
            0,
        ),
        (replace(GOOD, weakened=("test_b",)), f"Nothing broke: {AND_SHOWN} `test_b` lost assertions or cases.", 4),
        (of_tests(lost=("test_c",)), f"Nothing broke: {AND_SHOWN} `test_c` ran before the change, and not with it.", 4),
        (
            of_tests(part=SuiteShare(3, 9)),
            f"Nothing broke: {AND_SHOWN} only 3 of 9 files of tests of `pytest` were run.",
            4,
        ),
        (
            replace(GOOD, not_run=("The old tests did not come to their end.",)),
            f"Nothing broke: {AND_SHOWN} the old tests did not come to their end.",
            4,
        ),
        (
            replace(GOOD, checks=(*GOOD.checks, Check(CheckKind.TEST, "tox", Verdict.NOT_RUN, "no tox."))),
            f"Nothing broke: {AND_SHOWN} `tox` was not run: no tox.",
            4,
        ),
        (
            replace(of_tests(base=CheckRun(0, 1.0), head=CheckRun(0, 1.0), ground=None), proofs=()),
            "Nothing broke: the test command ends well, with and without the change, and counts no tests, but no test",
            4,
        ),
        (None, "Not verified: no check was run.", 2),
        (Verification("tree"), "Not verified: no check was run.", 2),
        (
            of_tests(verdict=Verdict.FAILED, new_failures=("test_a", "test_b", "test_c", "test_d", "test_e")),
            "Not verified: `pytest` failed because of this change: `test_a`, `test_b`, `test_c` and 2 more.",
            2,
        ),
        (
            replace(GOOD, checks=(PASSED, replace(LINT, verdict=Verdict.FAILED))),
            "Not verified: `ruff check .` failed because of this change.",
            2,
        ),
        (
            of_tests(setup_failure="no network"),
            "Not verified: the set-up failed (no network), so what ran may not be",
            2,
        ),
        (of_tests(foreign=("a from /usr",)), "Not verified: what was tested is not this repository's code", 2),
        (of_tests(compared=False), "Not verified: `pytest` gives no result on the base", 2),
        (
            of_tests(ground=Ground(2, 9, (("network", 7),))),
            "Not verified: the base could hardly be tested: only 2 of 9 tests could judge (network: 7).",
            2,
        ),
        (
            of_tests(ground=Ground(6, 6, loaded=1, suites=44)),
            "Not verified: the base could hardly be tested: only 6 of 6 tests, in 1 of 44 files, could judge.",
            2,
        ),
        (
            replace(GOOD, steering=("pytest.ini: deselects", "pytest.ini: more", "a/conftest.py: hooks")),
            "Not verified: the change decides how it is checked, in `pytest.ini`, `a/conftest.py`.",
            2,
        ),
        (
            replace(UNSHOWN, checks=(replace(PASSED, verdict=Verdict.NOT_RUN, reason="no pytest"),)),
            "Not verified: no test command gave a result: no pytest.",
            2,
        ),
        (replace(UNSHOWN, checks=(LINT,)), "Not verified: no test command gave a result.", 2),
    ],
)
def test_what_is_said_of_a_verification(verification: Verification | None, headline: str, code: int) -> None:
    found = judged(verification)
    shown = found.headline if headline.endswith(".") else found.headline[: len(headline)]
    assert (shown, found.exit_code) == (headline, code)


def test_a_failure_that_is_not_required_is_told_and_keeps_nothing() -> None:
    found = replace(GOOD, checks=(PASSED, replace(LINT, verdict=Verdict.FAILED, required=False)))
    assert judged(found).grade is Grade.PROVEN
    assert ground(found)[-1] == "`ruff check .` failed, which is not required here."


def test_work_that_is_not_done_is_never_better_than_not_verified() -> None:
    found = judged(GOOD, "The budget was spent.")
    assert (found.headline, found.exit_code) == ("Not verified: The budget was spent.", 2)


@pytest.mark.parametrize(
    ("verification", "conclusion", "ready"),
    [
        (GOOD, "success", {"proven", "none-owed", "nothing-broke"}),
        (replace(GOOD, demands=("test_old",)), "success", set()),
        (UNSHOWN, "neutral", {"nothing-broke"}),
        (replace(UNSHOWN, exempt="a person said so"), "neutral", {"none-owed", "nothing-broke"}),
        (Verification("tree"), "failure", set()),
    ],
)
def test_the_check_s_conclusion_and_from_which_rule_on_it_is_no_draft(
    verification: Verification, conclusion: str, ready: set[str]
) -> None:
    found = judged(verification)
    assert found.conclusion == conclusion
    assert {rule for rule in ("proven", "none-owed", "nothing-broke", "never") if found.ready(rule)} == ready  # type: ignore[arg-type]


def test_the_ground_tells_what_could_judge_and_what_is_not_known() -> None:
    found = replace(
        GOOD,
        checks=(replace(PASSED, ground=Ground(3, 5, (("network", 2),), skipped=1)), LINT),
        missing=("data (submodule)",),
        lacking=("the mirror was refused",),
        not_run=("The new tests were not run on the base.",),
        unproven=("test_x: it is flaky",),
        unexercised=("a.py:3",),
        untried=2,
    )
    assert ground(found) == (
        "`pytest`: 3 of 5 tests could judge the change; 2 fail with and without it (network: 2); 1 is skipped.",
        "What needs `data (submodule)` could not judge: the contents are not here.",
        "Of the set-up: the mirror was refused.",
        "The new tests were not run on the base.",
        "It proves nothing: test_x: it is flaky",
        "Not exercised by any proving test: `a.py:3`.",
        "Whether a proving test notices them was not tried of 2 hunks of the code.",
    )
    assert ground(None) == ()


def test_the_words_of_others_cannot_end_the_code_that_they_stand_in() -> None:
    found = judged(of_tests(verdict=Verdict.FAILED, new_failures=("`** Proven **`\n# x",)))
    assert "\n" not in found.headline
    assert "** Proven" not in found.headline.replace("`` `** Proven **` # x ``", "")


def test_of_a_list_that_may_have_been_cut_no_number_is_made_up() -> None:
    for lost, more in ((99, "and 96 more"), (MAX_NAMED, "and at least 97 more")):
        said = judged(of_tests(lost=tuple(f"test_{number}" for number in range(lost)))).headline
        assert f"`test_2` {more} ran before the change" in said
