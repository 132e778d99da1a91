"""What a failed step leads to, as a table; and that the walk then goes there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import DEFINITIONS
from sandbox.trees.rollback import Mode
from tests.fakes.mortal import Death
from tests.fakes.toy_workflow import TOY, ToyContext
from tests.fakes.walking import ME, Desk
from workflows.advice import RESUME, RESUME_WITH_MORE, ROLLBACK
from workflows.breaker import Breaker
from workflows.definition import Done, Failed, Result, Retry, Step
from workflows.engine.failure_policy import (
    Abort,
    Again,
    Consequence,
    Skip,
    Stand,
    TakeBack,
    after_failure,
    after_trouble,
    configured,
    out_of_budget,
)
from workflows.errors import BudgetSpent, ConfigError, TransientError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import RepoConfig
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, steps
from workflows.values import FailureRules, Options, RunStatus, StepStatus, Then, Why, from_json, to_json

FAILED = Failed("No.")
STEP = Step("shaky", "Be shaky", TOY.item("shaky").run, retry=Retry(attempts=3, first=2.0))  # type: ignore[union-attr]


def attempts(*whys: str) -> list[StepRun]:
    """Earlier attempts that ended with another try; "" was cut short by the end of the process."""
    row = StepRun("r", 0, 1, 1, "shaky", StepStatus.FAILED, ended_at=100.0)
    return [replace(row, next={"again_in": 1.0, "why": why} if why else {}) for why in whys]


@pytest.mark.parametrize(
    ("then", "key", "before", "consequence"),
    [
        (Then.WAIT, "shaky", (), Stand()),
        (Then.ABORT, "shaky", (), Abort()),
        (Then.SKIP, "shaky", (), Skip()),
        (Then.SKIP, "again", (), Stand()),  # the workflow cannot do without it
        (Then.RETRY, "shaky", (), Again(30.0, Why.FAILED, 2, 3)),
        (Then.RETRY, "shaky", (Why.FAILED,), Again(60.0, Why.FAILED, 3, 3)),
        (Then.RETRY, "shaky", (Why.FAILED, Why.PASSING, "", Why.AWAY), Again(60.0, Why.FAILED, 3, 3)),
        (Then.RETRY, "shaky", (Why.FAILED, Why.FAILED), Stand()),
        (Then.ROLLBACK_SOFT, "shaky", (), TakeBack(Mode.SOFT, "No.")),
        (Then.ROLLBACK_HARD, "again", (Why.PASSING,), TakeBack(Mode.HARD, "No.")),
    ],
)
def test_what_is_configured_happens_where_it_can(
    then: Then, key: str, before: tuple[str, ...], consequence: Consequence
) -> None:
    assert after_failure(FAILED, FailureRules(then), TOY, key, attempts(*before)) == consequence
    assert after_failure(FAILED, FailureRules(Then.WAIT, {key: then}), TOY, key, attempts(*before)) == consequence
    configured = replace(TOY, on_failure=then)
    assert after_failure(FAILED, FailureRules(), configured, key, attempts(*before)) == consequence


def test_what_would_fail_in_the_same_way_is_not_tried_again() -> None:
    rules = FailureRules(Then.RETRY)
    assert after_failure(out_of_budget(BudgetSpent("dollars")), rules, TOY, "shaky", []) == Stand()
    assert out_of_budget(BudgetSpent("dollars")).advice[0] == RESUME_WITH_MORE


def test_pauses_double_and_are_bounded() -> None:
    rules = FailureRules(Then.RETRY, retries=20, pause=600)
    pauses = [after_failure(FAILED, rules, TOY, "shaky", attempts(*[Why.FAILED] * n)) for n in range(5)]
    assert [again.seconds for again in pauses if isinstance(again, Again)] == [600, 1200, 2400, 3600, 3600]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((), Again(2.0, Why.PASSING, 2, 3)),
        ((Why.PASSING,), Again(4.0, Why.PASSING, 3, 3)),
        ((Why.PASSING, Why.AWAY, Why.AWAY), Again(4.0, Why.PASSING, 3, 3)),  # being away is nobody's try
        ((Why.PASSING, Why.PASSING, Why.FAILED), Again(2.0, Why.PASSING, 2, 3)),  # begun anew
        ((Why.PASSING, "", Why.PASSING), Failed("busy (tried 3 times)", advice=(RESUME, ROLLBACK))),
    ],
)
def test_what_may_pass_is_tried_as_often_as_the_step_says(before: tuple[str, ...], after: Again | Failed) -> None:
    assert after_trouble(TransientError("busy"), FailureRules(), STEP, attempts(*before), 100.0) == after


def test_attempts_from_before_reasons_were_kept_count_as_passing_trouble() -> None:
    old = [replace(attempts(Why.PASSING)[0], next={"again_in": 2.0})] * 2
    assert isinstance(after_trouble(TransientError("busy"), FailureRules(), STEP, old, 100.0), Failed)


def test_a_service_that_is_away_is_waited_for_within_a_bound_since_it_was_first_away() -> None:
    away, rules = TransientError("GitHub does not answer.", 15.0, away=True), FailureRules(away=3600.0)
    rows = attempts(Why.PASSING, Why.AWAY, "", Why.AWAY)  # cut short in between by a restart
    assert after_trouble(away, rules, STEP, [], 100.0) == Again(15.0, Why.AWAY)
    assert after_trouble(away, rules, STEP, rows, 3699.0) == Again(15.0, Why.AWAY)
    ended = after_trouble(away, rules, STEP, rows, 3700.0)
    assert isinstance(ended, Failed)
    assert (ended.reason, ended.lasting) == ("GitHub does not answer. It has been away for 60 minutes.", True)


STEPS = "workflows:\n  issue_to_pr:\n    steps:\n      "


def test_what_a_repository_wants_is_taken_whole() -> None:
    text = f"{STEPS}review: skip\n      implement: retry\n    on_failure: abort\n    retries: 4\n    pause: 90\n"
    rules = configured(parse(text), DEFINITIONS["issue_to_pr"])
    assert rules == FailureRules(Then.ABORT, {"review": Then.SKIP, "implement": Then.RETRY}, 4, 90)
    assert configured(RepoConfig(), DEFINITIONS["issue_to_pr"]) == FailureRules()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tests: retry", "There is no step 'tests' in workflows.issue_to_pr.steps. Known steps: parse, workspace, "),
        ("verfy: retry", "There is no step 'verfy' in workflows.issue_to_pr.steps. Did you mean 'verify'?"),
        (
            "commit: skip",
            "workflows.issue_to_pr.steps.commit: it cannot be left out. "
            "Those that can: prepare, reproduce, review, verify, update.",
        ),
    ],
)
def test_a_step_that_there_is_not_or_that_cannot_be_left_out_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configured(parse(STEPS + text), DEFINITIONS["issue_to_pr"])
    assert str(caught.value).startswith(f".github/pullwright.yml:4: {message}")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("workflows:\n  issue_to_pr:\n    on_failure: rollback\n", "3: workflows.issue_to_pr.on_failure"),
        ("workflows:\n  issue_to_pr:\n    steps: {verify: rollback all}\n", "3: workflows.issue_to_pr.steps.verify"),
        ("workflows:\n  explain:\n    steps:\n      answer: [rollback, hard]\n", "4: workflows.explain.steps.answer"),
        ("workflows:\n  issue_to_pr:\n    on_failure: Rollback Hard\n", "3: workflows.issue_to_pr.on_failure"),
    ],
)
def test_a_rollback_says_whether_it_is_soft_or_hard(text: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert str(caught.value).startswith(f".github/pullwright.yml:{place}: ")
    assert "'rollback soft' or 'rollback hard'" in str(caught.value)


def test_rules_for_rollbacks_are_taken_for_every_workflow_and_step() -> None:
    for name, definition in DEFINITIONS.items():
        key = definition.keys[0]
        config = parse(f"workflows:\n  {name}:\n    on_failure: rollback hard\n    steps: {{{key}: rollback soft}}\n")
        rules = configured(config, definition)
        assert rules == FailureRules(Then.ROLLBACK_HARD, {key: Then.ROLLBACK_SOFT})
        assert from_json(FailureRules, to_json(rules)) == rules


def test_rules_survive_their_way_through_the_database() -> None:
    options = Options(failure=FailureRules(Then.RETRY, {"verify": Then.SKIP}, 3, 10.0))
    assert from_json(Options, to_json(options)) == options
    old = to_json(options)
    del old["failure"], old["approval"]
    assert from_json(Options, old) == Options(), "a run from before there were rules"


# --- in the walk -----------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.walker.store.close()


async def walked(desk: Desk, rules: FailureRules, step: Callable[[ToyContext], Awaitable[Result]]) -> Run:
    """A run with this as its second step; pauses are not waited for."""
    items = [replace(item, run=step) if isinstance(item, Step) and item.key == "shaky" else item for item in TOY.items]
    toy = {"toy": replace(TOY, items=tuple(items))}
    desk.walker, desk.runs = replace(desk.walker, definitions=toy), replace(desk.runs, definitions=toy)
    await desk.runs.start("toy", repository="r", title="t", inputs={}, options=Options(failure=rules), asker=ME)
    return await desk.walk()


async def failing(desk: Desk, rules: FailureRules, *, times: int = 99) -> Run:
    """A run whose second step does its work, and fails so often all the same."""
    left = [times]
    shaky = TOY.item("shaky")
    assert isinstance(shaky, Step)

    async def fail(ctx: ToyContext) -> Result:
        result = await shaky.run(ctx)
        left[0] -= 1
        return result if left[0] < 0 else Failed("No.", output="the end")

    return await walked(desk, rules, fail)


async def test_a_run_outlasts_a_service_that_is_away_for_longer_than_its_steps_are_tried(desk: Desk) -> None:
    clock = [0.0]
    breaker = Breaker("The service", failures=2, first=10.0, now=lambda: clock[0])

    async def ask(ctx: ToyContext) -> Result:
        clock[0] += 7.0
        with breaker.visit() as visit:
            if clock[0] < 200:
                visit.failed()
            else:
                visit.answered()
        if clock[0] < 200:
            raise breaker.refusal("It broke.") or TransientError("It broke.")
        return Done({"seen": [*ctx.run.state["seen"], "shaky"]})

    run = await walked(desk, FailureRules(), ask)
    assert run.status is RunStatus.COMPLETED
    rows = await desk.walker.store.read(steps.steps_of, run.id)
    whys = [row.next.get("why") for row in rows if row.key == "shaky"]
    assert whys[0] == Why.PASSING
    assert set(whys[1:-1]) == {Why.AWAY}
    assert len(whys) > 10


async def test_a_step_that_is_tried_again_by_itself_begins_from_the_workspace_before_it(desk: Desk) -> None:
    run = await failing(desk, FailureRules(Then.RETRY), times=1)
    assert (run.status, desk.tree) == (RunStatus.COMPLETED, "124")
    rows = await desk.walker.store.read(steps.steps_of, run.id)
    first = next(row for row in rows if row.key == "shaky")
    assert (first.status, first.reason, first.output) == (StepStatus.FAILED, "No.", "the end")
    assert first.next == {"again_in": 30.0, "why": Why.FAILED, "number": 2, "of": 3}


async def test_when_its_tries_are_used_up_somebody_has_to_look(desk: Desk) -> None:
    run = await failing(desk, FailureRules(Then.RETRY, retries=1))
    assert (run.status, run.error_text, run.advice) == (
        RunStatus.FAILED,
        "No.",
        ("resume", "retry shaky", "rollback", "skip"),
    )
    assert [line for line in desk.log if line.startswith("shaky")] == ["shaky 1", "shaky 2"]


async def test_a_step_that_is_left_out_says_why_and_the_walk_goes_on(desk: Desk) -> None:
    run = await failing(desk, FailureRules(Then.SKIP))
    assert (run.status, run.state["shaky"]) == (RunStatus.COMPLETED, False)
    rows = await desk.walker.store.read(steps.steps_of, run.id)
    left_out = next(row for row in rows if row.key == "shaky")
    assert (left_out.status, left_out.reason) == (StepStatus.SKIPPED, "It failed and was left out: No.")


async def test_a_run_that_is_to_end_with_a_failure_is_aborted_and_can_be_gone_on_with(desk: Desk) -> None:
    run = await failing(desk, FailureRules(Then.ABORT))
    assert (run.status, run.error_text) == (RunStatus.ABORTED, "Ended here, as it is configured for failures: No.")
    assert "skip" not in run.advice, "only what failed can be left out"
    await desk.runs.resume(run.id, asker=ME)
    assert (await desk.walker.store.read(runs.get_run, run.id)).status is RunStatus.PENDING


# --- a run that is taken back for it ---------------------------------------------------------------------


class Back:
    """Takes runs back for a walker of a test; it can be in trouble, or die, before it has done so."""

    def __init__(self, desk: Desk, *trouble: BaseException) -> None:
        self.desk, self.trouble, self.asked = desk, list(trouble), list[tuple[str, Mode]]()
        self.desk.walker = replace(desk.walker, take_back=self)

    async def __call__(self, run: Run, here: StepRun, mode: Mode) -> None:
        now = await self.desk.run(run.id)
        assert (now.status, here.reason) == (RunStatus.RUNNING, "No."), "until then nobody else has it go on"
        self.asked.append((here.key, mode))
        if self.trouble:
            raise self.trouble.pop(0)
        await self.desk.walker.store.write(runs.update_run, run.id, status=RunStatus.ROLLED_BACK)


@pytest.mark.parametrize("mode", [Mode.SOFT, Mode.HARD])
async def test_a_run_that_is_to_be_taken_back_is_so_as_the_last_act_of_its_walk(desk: Desk, mode: Mode) -> None:
    back = Back(desk)
    run = await failing(desk, FailureRules(Then.WAIT, {"shaky": Then(f"rollback {mode}")}))
    assert (run.status, back.asked) == (RunStatus.ROLLED_BACK, [("shaky", mode)])
    rows = await desk.walker.store.read(steps.steps_of, run.id)
    assert (rows[-1].status, rows[-1].reason, rows[-1].next) == (
        StepStatus.FAILED,
        "No.",
        {"next": None, "rollback": mode.value},
    )
    assert desk.reporter.calls[-1] == ("ended", run.id)
    assert await desk.walker.take(run.id, 0, 1, "shaky") == {"next": None}
    assert len(back.asked) == 1


async def test_a_forge_that_does_not_answer_is_asked_again_and_the_step_is_not_made_again(desk: Desk) -> None:
    back = Back(desk, TransientError("busy", 0.1), TransientError("busy"))
    run = await failing(desk, FailureRules(Then.ROLLBACK_HARD))
    assert (run.status, len(back.asked)) == (RunStatus.ROLLED_BACK, 3)
    assert desk.log == ["first", "shaky 1"]


async def test_one_that_dies_between_the_decision_and_the_rollback_is_taken_back_by_the_next(desk: Desk) -> None:
    back = Back(desk, Death())
    with pytest.raises(Death):
        await failing(desk, FailureRules(Then.ROLLBACK_HARD))
    (run_id, segment, _) = desk.engine.asked[-1]
    assert (await desk.run(run_id)).status is RunStatus.RUNNING
    desk.engine.says[f"{run_id}-{segment}"] = "PENDING"
    assert await desk.runs.mend() == [], "the queue knows of it"
    assert await desk.walker.take(run_id, segment, 1, "shaky") == {"next": None}
    assert ((await desk.run(run_id)).status, len(back.asked)) == (RunStatus.ROLLED_BACK, 2)
    assert desk.log == ["first", "shaky 1"]


async def test_one_that_was_aborted_before_it_was_taken_back_stays_as_it_is(desk: Desk) -> None:
    back = Back(desk, Death())
    with pytest.raises(Death):
        await failing(desk, FailureRules(Then.ROLLBACK_HARD))
    (run_id, segment, _) = desk.engine.asked[-1]
    await desk.runs.abort(run_id, asker=ME)
    assert await desk.walker.take(run_id, segment, 1, "shaky") == {"next": None}
    assert ((await desk.run(run_id)).status, len(back.asked)) == (RunStatus.ABORTED, 1)


async def test_it_is_tried_again_first_only_where_that_is_what_is_wanted(desk: Desk) -> None:
    back = Back(desk)
    run = await failing(desk, FailureRules(Then.RETRY, {"shaky": Then.ROLLBACK_SOFT}), times=1)
    assert (run.status, back.asked) == (RunStatus.ROLLED_BACK, [("shaky", Mode.SOFT)])
