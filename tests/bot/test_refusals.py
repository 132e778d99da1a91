"""A command in the wrong state is refused with the state, and changes nothing; who may not approve is told why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from inline_snapshot import snapshot as expected

from tests.fakes.finished_run import RUN, finished_run
from tests.fakes.wheel import Wheel
from workflows.store.run_rows import runs
from workflows.values import ApprovalRules, RunStatus

STATES = {
    "pending": RunStatus.PENDING,
    "running": RunStatus.RUNNING,
    "waiting": RunStatus.WAITING,
    "completed": RunStatus.COMPLETED,
    "failed": RunStatus.FAILED,
    "aborted": RunStatus.ABORTED,
    "rolled_back": RunStatus.ROLLED_BACK,
}
ALLOWED = {
    "/approve": {"waiting"},
    "/reject no": {"waiting"},
    "/abort": {"pending", "running", "waiting"},
    "/retry": {"failed", "aborted"},
    "/retry implement": {"waiting", "completed", "failed", "aborted", "rolled_back"},
    "/skip": {"failed"},
    "/rollback soft": {"waiting", "completed", "failed", "aborted", "rolled_back"},
}


@pytest.fixture
def wheel(tmp_path: Path) -> Iterator[Wheel]:
    with finished_run(tmp_path) as done:
        yield Wheel(done)


async def test_every_command_in_every_wrong_state_names_the_state_and_does_nothing(wheel: Wheel) -> None:
    seen = {}
    for text, fine in ALLOWED.items():
        for name in sorted(STATES.keys() - fine):
            wheel.is_at(STATES[name], "update")
            said = await wheel.say(text)
            where = f"run {RUN} is {'at work' if 'at work' in said else name} at step update"
            assert where in said.replace("Run", "run").replace("\\_", "_"), (text, name, said)
            assert (wheel.run.status, wheel.queue.asked, wheel.queue.cancelled) == (STATES[name], [], [])
            seen[text] = said.partition("\n")[0].replace(name, "STATE")
    assert wheel.audit() == []
    assert len(wheel.refused()) == sum(len(STATES) - len(fine) for fine in ALLOWED.values())
    why = f"Nothing to approve: run {RUN} is aborted at step update."
    assert wheel.refused()[0] == ("alice", "/approve", why)
    assert seen == expected(
        {
            "/approve": "**Nothing was done.** Nothing to approve: run 261120-aaaaa is STATE at step update.",
            "/reject no": "**Nothing was done.** Nothing to reject: run 261120-aaaaa is STATE at step update.",
            "/abort": "**Nothing was done.** Nothing to abort: run 261120-aaaaa is STATE at step update.",
            "/retry": "**Nothing was done.** Nothing to resume: run 261120-aaaaa is STATE at step update.",
            "/retry implement": "**Nothing was done.** Run 261120-aaaaa is at work at step update.",
            "/skip": "**Nothing was done.** Nothing to skip: run 261120-aaaaa is STATE at step update.",
            "/rollback soft": "**Nothing was done.** Run 261120-aaaaa is at work at step update.",
        }
    )


async def test_what_waits_for_words_and_what_the_run_cannot_do_without_are_not_steered_past(wheel: Wheel) -> None:
    wheel.asks("question", "implement")
    for text in ("/approve", "/reject no", "/skip", "/retry"):
        assert "at step implement" in await wheel.say(text)
    assert wheel.run.status is RunStatus.WAITING
    wheel.is_at(RunStatus.FAILED, "commit")
    assert await wheel.say("/skip") == expected("""\
**Nothing was done.** Run 261120-aaaaa cannot do without step commit.

What can be skipped: prepare, reproduce, review, verify, update.\
""")
    assert wheel.queue.asked == []


# --- who may approve -------------------------------------------------------------------------------


def ruled(wheel: Wheel, rules: ApprovalRules) -> None:
    """The run asks for approval, and was started under these rules, by alice."""
    run = wheel.run
    wheel.done.store.write_now(runs.set_options, RUN, replace(run.options, approval=rules))
    wheel.done.store.write_now(runs.update_run, RUN, inputs={**run.inputs, "requester": {"login": "Alice"}})
    wheel.asks()


async def test_a_plan_may_take_more_than_write_permission(wheel: Wheel) -> None:
    ruled(wheel, ApprovalRules(role="maintain"))
    assert await wheel.say("/approve") == expected("""\
**Nothing was done.** To approve a plan takes the role maintain here: run 261120-aaaaa waits for somebody who has it.

approval.role in .github/pullwright.yml, as it was when the run was started, says so.\
""")
    assert "To reject a plan takes the role maintain" in await wheel.say("/reject no")
    assert wheel.queue.asked == []
    assert await wheel.say("/approve", "max") == ""
    assert wheel.queue.asked == [(1, "reproduce")]


async def test_whoever_asked_for_a_run_may_be_kept_from_approving_it_but_not_from_rejecting_it(wheel: Wheel) -> None:
    ruled(wheel, ApprovalRules(not_requester=True))
    assert await wheel.say("/approve") == expected("""\
**Nothing was done.** Whoever asked for a run does not approve its plan here: run 261120-aaaaa waits for somebody else.

approval.not_requester in .github/pullwright.yml, as it was when the run was started, says so.\
""")
    assert wheel.queue.asked == []
    assert await wheel.say("/reject too broad") == ""
    wheel.asks()
    assert await wheel.say("/approve", "max") == ""
    ruled(wheel, ApprovalRules())
    assert await wheel.say("/approve") == "", "by default they may"
    assert wheel.queue.asked == [(1, "plan"), (2, "reproduce"), (3, "reproduce")]
