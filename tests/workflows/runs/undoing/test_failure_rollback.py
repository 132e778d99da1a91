"""A failed run that is taken back by itself says what became of it, and what somebody built on it is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.forge.local import in_use_at
from sandbox.journal import Effect, EffectState, Where
from sandbox.trees.rollback import Mode
from tests.fakes.finished_run import BRANCH, RUN, FinishedRun, finished_run
from tests.fakes.real_repository import git
from workflows.errors import StoreError
from workflows.runs.undoing.failure_rollback import take_back
from workflows.store import audit
from workflows.store.records import StepRun
from workflows.store.run_rows import runs, steps
from workflows.store.run_rows.ledger import SqlLedger
from workflows.values import RunStatus, StepStatus

WHY = "It does not add."


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[tuple[FinishedRun, StepRun]]:
    """A run whose last step has just failed, for which it is to be taken back; it is still at work."""
    with finished_run(tmp_path, RunStatus.RUNNING) as run:
        here = StepRun(RUN, 0, 5, 1, "summary", StepStatus.FAILED, reason=WHY)
        told = {"next": None, "rollback": "hard"}
        run.store.write_now(steps.update_step, here, status=StepStatus.FAILED, reason=WHY, next=told)
        yield run, here


async def test_all_of_it_goes_and_it_says_why(failing: tuple[FinishedRun, StepRun]) -> None:
    run, here = failing
    for _ in range(2):
        await take_back(run.services, run.run, here, Mode.HARD)
    assert BRANCH not in run.refs()
    assert not (run.settings.data / "workspaces" / RUN).exists()
    after = run.run
    assert (after.status, after.advice) == (RunStatus.ROLLED_BACK, ())
    assert after.error_text == f"Rolled back, as it is configured for failures: {WHY}"
    asked = [(one.who, one.what, one.refused) for one in run.store.read_now(audit.of_run, RUN)]
    assert asked[1:] == [("the configuration", "rollback:hard", "")], "once"


async def test_what_there_is_is_handed_over_and_it_can_be_gone_on_with(failing: tuple[FinishedRun, StepRun]) -> None:
    run, here = failing
    await take_back(run.services, run.run, here, Mode.SOFT)
    assert run.head() == run.commit
    after = run.run
    assert (after.status, after.advice) == (RunStatus.FAILED, ("resume", "retry summary", "rollback"))
    assert after.error_text == f"Handed over to you, as it is configured for failures: {WHY}"
    states = {
        entry.state for entry in run.services.ledger.entries(RUN) if entry.effect and entry.where.step != "rollback"
    }
    assert states == {EffectState.KEPT}


@pytest.mark.parametrize("how", ["somebody pushed", "somebody has it checked out"])
async def test_what_somebody_builds_on_is_left_alone_and_that_is_said(
    failing: tuple[FinishedRun, StepRun], how: str
) -> None:
    run, here = failing
    before = run.refs()
    if how == "somebody pushed":
        git(run.repository, "update-ref", f"refs/heads/{BRANCH}", run.base)
        git(run.repository, "switch", "-q", BRANCH)
        git(run.repository, "commit", "-q", "--allow-empty", "-m", "theirs")
        git(run.repository, "switch", "-q", "main")
    else:
        git(run.repository, "switch", "-q", BRANCH)
    before = run.refs()
    await take_back(run.services, run.run, here, Mode.HARD, in_use_at(run.repository))
    assert run.refs() == before
    after = run.run
    assert after.status is RunStatus.FAILED
    assert after.error_text.startswith(
        f"{WHY} It was to be rolled back (hard), as it is configured for failures, but: "
    )
    assert ("somebody built on it" if how == "somebody pushed" else "is checked out in") in after.error_text
    assert "Nothing was undone." in after.error_text
    assert run.tree, "its workspace is there to go on in"


@pytest.mark.parametrize("columns", [{"status": RunStatus.ABORTED}, {"segment": 1}])
async def test_a_run_that_was_stopped_or_sent_elsewhere_meanwhile_is_not_taken_back(
    failing: tuple[FinishedRun, StepRun], columns: dict[str, object]
) -> None:
    run, here = failing
    run.store.write_now(runs.update_run, RUN, **columns)
    before = run.run
    await take_back(run.services, before, here, Mode.HARD)
    assert (run.run, run.head()) == (before, run.commit)


class Broken(SqlLedger):
    """A journal whose database is gone for a moment."""

    def intend(self, where: Where, effect: Effect) -> int:
        raise StoreError("The database cannot be used.")


async def test_a_database_that_is_gone_for_a_moment_is_no_refusal(failing: tuple[FinishedRun, StepRun]) -> None:
    run, here = failing
    with pytest.raises(StoreError):
        await take_back(replace(run.services, ledger=Broken(run.store)), run.run, here, Mode.HARD)
    assert run.run.status is RunStatus.RUNNING
    await take_back(run.services, run.run, here, Mode.HARD)
    assert run.run.status is RunStatus.ROLLED_BACK
