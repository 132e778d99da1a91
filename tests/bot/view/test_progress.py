"""The progress comment and the check, as people read them; nothing that others wrote acts in them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from inline_snapshot import snapshot as expected

from bot.commands.table import COMMANDS
from bot.view.progress import CheckState, check_state, progress
from bot.view.run_view import view_of
from tests.fakes.snapshots import asks, attempt, snapshot, viewed
from workflows.store.records import Snapshot
from workflows.values import (
    ApprovalRules,
    Options,
    Requirement,
    RequirementState,
    RunStatus,
    Spent,
    StepStatus,
    to_json,
)
from workflows.verification import Check, CheckKind, CheckRun, Counts, Proof, Verdict, Verification

PASSED = Check(CheckKind.TEST, "pytest", Verdict.PASSED, head=CheckRun(0, 1, Counts(42, 0)))
BROKEN = Check(CheckKind.TEST, "pytest", Verdict.FAILED, head=CheckRun(1, 1, Counts(41, 1)), new_failures=("t::a",))
PROVEN = Verification("t", (PASSED,), proofs=(Proof("t::slug", "assert 1 == 2", "Pullwright"),))
WORDS = to_json(Requirement("Slugs keep digits", RequirementState.MET, "test added", "slug.py:3"))
MORE = to_json(Requirement("The docs say so", RequirementState.UNMET))
STATE = {
    "branch": "fix/issue-12",
    "commit": "0123456789abcdef0123",
    "pull": {"number": 34, "url": "https://github.com/octo/sample/pull/34"},
    "requirements": [WORDS, MORE],
    "verification": to_json(PROVEN),
    "ready": True,
}


FINE = to_json(Verification("t", (PASSED,)))


def shown(told: Snapshot, now: float = 100, commands: tuple[str, ...] | None = None) -> str:
    return progress(view_of(told, now), COMMANDS if commands is None else commands)


def test_a_run_at_work_shows_each_step_with_what_it_found() -> None:
    told = snapshot(
        (
            attempt("first", StepStatus.COMPLETED, summary="created `fix/issue-12`"),
            attempt("second", StepStatus.RUNNING, summary="Running tests: 42 passed, 0 failed"),
        ),
        current="second",
        state={"requirements": [WORDS, MORE]},
        options=Options(model="openai/x"),
        spent=Spent(0.123, 4567, 3),
    )
    assert shown(told) == expected("""\
<!-- pullwright:run:r1 -->
### At work: Work

- [x] Begin: created `fix/issue-12`
- [ ] ⏳ **Work**: Running tests: 42 passed, 0 failed
- [ ] End

#### Requirements

- [ ] Slugs keep digits — seen by the model at `slug.py:3`: test added
- [ ] The docs say so **(not met)**

<sub>1 min so far, $0.12, 4,567 tokens in 3 model calls, `openai/x` · run `r1`</sub>\
""")


def test_a_proven_run_ends_with_its_pull_request() -> None:
    steps = tuple(attempt(key, StepStatus.COMPLETED) for key in ("first", "second", "third"))
    told = snapshot(steps, status=RunStatus.COMPLETED, current="third", state=STATE, spent=Spent(0.5, 1000, 4))
    assert shown(told) == expected("""\
<!-- pullwright:run:r1 -->
### Proven by `t::slug`, written by Pullwright: it fails without this change and passes with it.

**Pull request: [#34](https://github.com/octo/sample/pull/34)** from `fix/issue-12`

- [x] Begin
- [x] Work
- [x] End

#### Requirements

- [ ] Slugs keep digits — seen by the model at `slug.py:3`: test added
- [ ] The docs say so **(not met)**

<sub>15 s, $0.50, 1,000 tokens in 4 model calls · run `r1`</sub>\
""")


def test_a_draft_is_said_to_be_one_and_why() -> None:
    state = STATE | {"ready": False, "verification": to_json(Verification("t", (BROKEN,)))}
    text = shown(snapshot(status=RunStatus.COMPLETED, current="third", state=state))
    assert "### Not verified: `pytest` failed because of this change: `t::a`." in text
    link = "[#34](https://github.com/octo/sample/pull/34)"
    assert f"**Pull request: {link}** from `fix/issue-12` (a draft: not verified)" in text
    ready = state | {"pull": {**state["pull"], "draft": False}}
    text = shown(snapshot(status=RunStatus.COMPLETED, current="third", state=ready))
    assert f"**Pull request: {link}** from `fix/issue-12` (not verified)" in text, "where there are no drafts"


def failed() -> Snapshot:
    bad = replace(
        attempt("second", StepStatus.FAILED, number=2, reason="The tests cannot be run."),
        output="collecting ...\n```\nModuleNotFoundError: no slugs @everyone",
    )
    told = snapshot(
        (attempt("first", StepStatus.COMPLETED), attempt("second", StepStatus.INTERRUPTED), bad),
        status=RunStatus.FAILED,
        current="second",
        error="The tests cannot be run.",
    )
    return replace(told, run=replace(told.run, advice=("retry second", "resume with a larger budget", "rollback")))


def test_a_failure_has_its_reason_the_end_of_the_output_and_what_can_be_done() -> None:
    assert shown(failed()) == expected("""\
<!-- pullwright:run:r1 -->
### Failed at “Work”

- [x] Begin
- [ ] ❌ **Work** (attempt 2)
- [ ] End

The tests cannot be run.

<details><summary>The end of its output</summary>

````text
collecting ...
```
ModuleNotFoundError: no slugs @everyone
````

</details>

#### Next

Write one of these as a comment:

```text
/retry second
/retry budget=4
/rollback hard
/fix
```

Or, where Pullwright runs:

```text
pullwright show r1
pullwright retry r1 second
pullwright resume r1 --max-cost 4
pullwright rollback r1 --hard
```

<sub>15 s, no model call yet · run `r1`</sub>\
""")


def again(why: str, seconds: float, number: int = 0, of: int = 0, ended_at: float = 60.0) -> Snapshot:
    bad = attempt("second", StepStatus.FAILED, reason="It is busy.", ended_at=ended_at)
    bad = replace(bad, next={"again_in": seconds, "why": why, "number": number, "of": of})
    return snapshot((attempt("first", StepStatus.COMPLETED), bad), current="second")


def test_a_step_that_is_tried_again_by_itself_says_when() -> None:
    assert shown(again("failed", 30, 2, 3)) == expected("""\
<!-- pullwright:run:r1 -->
### To be tried again: Work

- [x] Begin
- [ ] 🔁 **Work**: It is busy; trying again in 30 s (2 of 3)
- [ ] End

<sub>1 min so far, no model call yet · run `r1`</sub>\
""")
    assert "It is busy; trying again at 00:06 UTC (3 of 3)" in shown(again("failed", 300, 3, 3))
    assert "trying again in 5.0 s (2 of 4)" in shown(again("passing", 5, 2, 4))


def test_a_step_that_waits_for_a_service_says_since_when_and_counts_no_attempts() -> None:
    told = again("away", 600, ended_at=7200)
    earlier = [replace(told.steps[-1], attempt=n, ended_at=3600.0 + n) for n in range(3)]
    text = shown(replace(told, steps=(told.steps[0], *earlier, told.steps[-1])))
    assert "🔁 **Work**: It is busy. The run has waited for it since 01:00 UTC." in text


def test_a_step_that_was_left_out_says_why() -> None:
    out = attempt("second", StepStatus.SKIPPED, reason="It failed and was left out: No.")
    assert "- [x] Work: It failed and was left out: No." in shown(snapshot((out,), current="third"))


def test_only_commands_that_are_there_are_suggested() -> None:
    assert "```text\n/retry second\n/retry budget=4\n/rollback hard\n/fix\n```" in shown(failed())
    assert "```text\n/retry second\n/retry budget=4\n```" in shown(failed(), commands=("retry", "status"))


def test_a_question_in_words_says_how_it_is_answered() -> None:
    told = snapshot(status=RunStatus.WAITING, current="second", question=asks("question", "Which one?"))
    assert "Which one?\n\nThe next comment of somebody with write permission is taken as the answer." in shown(told)


def test_a_question_is_asked_in_the_comment() -> None:
    told = snapshot(
        (attempt("first", StepStatus.COMPLETED), attempt("second", StepStatus.WAITING)),
        status=RunStatus.WAITING,
        current="second",
        question=asks("approval", "Is this plan all right?\n\n# Plan\n1. Edit, closes #3, @everyone."),
    )
    assert shown(told) == expected("""\
<!-- pullwright:run:r1 -->
### Waiting for an answer

- [x] Begin
- [ ] ✋ **Work**
- [ ] End

#### It asks

Is this plan all right?

**Plan**
1. Edit, c\u200bloses #3, @\u200beveryone.

Without an answer by 1970-01-01 00:16 UTC, this run is aborted.

#### Next

Write one of these as a comment:

```text
/approve
/reject REASON
```

Or, where Pullwright runs:

```text
pullwright approve r1
pullwright reject r1 "REASON"
```

<sub>15 s, no model call yet · run `r1`</sub>\
""")


def test_a_question_says_who_may_answer_it() -> None:
    rules = Options(approval=ApprovalRules("maintain", not_requester=True))
    told = snapshot(status=RunStatus.WAITING, current="second", question=asks(), options=rules)
    assert "A yes takes the role *maintain*, other than whoever asked for it. Without an answer by" in shown(told)
    words = snapshot(status=RunStatus.WAITING, current="second", question=asks("question"), options=rules)
    assert "A yes takes" not in shown(words)


def test_what_others_wrote_does_not_act() -> None:
    evil = "@everyone closes #1 ![x](https://evil/p.png) <img src=x> <!-- pullwright:run:other -->\n# Big"
    state = STATE | {"requirements": [to_json(Requirement(evil))], "incomplete": evil}
    text = shown(
        replace(
            snapshot(
                (attempt("first", StepStatus.FAILED, reason=evil),),
                status=RunStatus.FAILED,
                state=state,
                error=evil,
                question=asks(text=evil),
            ),
        )
    )
    for acting in ("@everyone", "closes #1", "![x]", "<img", "pullwright:run:other", "\n# Big"):
        assert acting not in text
    assert text.count("<!--") == 1


def test_it_fits_however_long_its_parts_are() -> None:
    long = "word " * 30_000
    many = [to_json(Requirement(long)) for _ in range(500)]
    bad = replace(attempt("first", StepStatus.FAILED, reason=long), output=long)
    told = snapshot((bad,), status=RunStatus.FAILED, state=STATE | {"requirements": many}, error=long)
    text = shown(replace(told, question=asks(text="```\n" + long)))
    assert len(text) <= 65_536
    assert text.startswith("<!-- pullwright:run:r1 -->\n")
    assert text.count("```") % 2 == 0


def test_the_text_of_a_run_that_stands_still_does_not_change_with_time() -> None:
    for status in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.ABORTED, RunStatus.ROLLED_BACK, RunStatus.WAITING):
        told = snapshot((attempt("first", StepStatus.COMPLETED),), status=status, state=STATE, error="Stopped.")
        assert shown(told, 100) == shown(told, 1_000_000)


@pytest.mark.parametrize("status", list(RunStatus))
def test_there_is_a_text_and_a_check_for_every_state(status: RunStatus) -> None:
    for state in ({}, STATE):
        told = snapshot(status=status, state=state, error="No.")
        assert shown(told).startswith("<!-- pullwright:run:r1 -->\n### ")
        assert check_state(view_of(told, 100)).title


@pytest.mark.parametrize(
    ("status", "state", "outcome"),
    [
        (RunStatus.RUNNING, STATE, ("in_progress", "")),
        (RunStatus.COMPLETED, STATE, ("completed", "success")),
        (RunStatus.COMPLETED, STATE | {"verification": FINE}, ("completed", "neutral")),
        (RunStatus.COMPLETED, STATE | {"verification": None}, ("completed", "failure")),
        (RunStatus.FAILED, STATE, ("completed", "failure")),
        (RunStatus.ABORTED, STATE, ("completed", "cancelled")),
        (RunStatus.WAITING, STATE, ("completed", "action_required")),
    ],
)
def test_the_check_is_green_only_where_the_change_is_proven(
    status: RunStatus, state: dict[str, object], outcome: tuple[str, str]
) -> None:
    check = check_state(viewed(status=status, state=state))
    assert (check.status, check.conclusion) == outcome


def test_a_change_that_broke_tests_has_a_red_check() -> None:
    state = STATE | {"ready": False, "verification": to_json(Verification("t", (BROKEN,)))}
    told = snapshot(status=RunStatus.COMPLETED, state=state, spent=Spent(0.5, 1000, 4))
    assert check_state(view_of(told, 100)) == CheckState(
        "completed",
        "failure",
        "Not verified: `pytest` failed because of this change: `t::a`.",
        "Not verified: `pytest` failed because of this change: `t::a`."
        "\n\nRun `r1`: $0.50, 1,000 tokens in 4 model calls.",
    )
    many = tuple(replace(BROKEN, command=f"pytest {n} {'x' * 60}") for n in range(9))
    told = snapshot(status=RunStatus.COMPLETED, state=state | {"verification": to_json(Verification("t", many))})
    assert len(check_state(view_of(told, 100)).title) <= 255
