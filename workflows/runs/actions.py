"""What people do with runs, with all the rules about it: who may, by what they have read, and each once.

Whatever it is asked through (a comment, the command line), it comes here; that only reads words and
shows what came of it. NotAllowed where the role is not enough, RunError where the run is not in a state for it.
What is handled twice after a crash is done once: by the principal's reference, which stands in the audit row that
is written together with the effect.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sandbox.trees.rollback import Mode
from workflows.errors import RunError
from workflows.runs import approval, meant, permission
from workflows.runs.approval import Seen
from workflows.runs.control import Runs
from workflows.runs.permission import Action
from workflows.runs.principal import Principal
from workflows.runs.raising import Raise
from workflows.runs.undoing.rollback import InUse, RolledBack, Undoing, nobody, plan_undoing
from workflows.store.records import Run, Snapshot
from workflows.store.run_rows import runs as stored
from workflows.store.run_rows import spending, steps
from workflows.text.sanitise import sanitise, sanitise_line
from workflows.values import Options, RunStatus, to_json

if TYPE_CHECKING:
    from workflows.services import Services  # the boxes behind it are nothing to who only acts

Tell = Callable[[Undoing], Awaitable[None]]
"""Tells whoever rolls a run back what is planned."""

_EVERYBODY = 100_000
"""In line: who asks for the status is told the place, however far it is from the front."""
_MOST_REASON = 2000
_MOST_ANSWER = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new run is started with, as in `Runs.start`."""

    workflow: str
    title: str
    inputs: Mapping[str, Any]
    options: Options
    active_key: str | None = None


async def _nothing(undoing: Undoing) -> None: ...


async def start(
    runs: Runs,
    principal: Principal,
    repository: str,
    make: Callable[[], Awaitable[Wanted]],
    *,
    number: int = 0,
    delivery: str = "",
    workflow: str = "issue_to_pr",
) -> Run:
    """Start a run in the repository, or give back the one that is there already; only a new one is made ready.

    That is the one of the same workflow that the same delivery started, or one at work on the issue of that number.
    DayIsSpent as `Runs.start`, and what `make` raises.
    """
    permission.need(principal, Action.START, repository)
    if delivery and (again := await runs.store.read(stored.of_delivery, repository, delivery, workflow)):
        return again
    if number and (newest := await runs.store.read(meant.meant_by, repository, number, workflow)) and _is_alive(newest):
        return newest  # also one that was retried, which has no claim on the issue any more
    wanted = await make()
    return await runs.start(
        wanted.workflow,
        repository=repository,
        title=wanted.title,
        inputs={**wanted.inputs, approval.ASKED: to_json(principal.party)},
        options=wanted.options,
        asker=principal.asker,
        active_key=wanted.active_key,
    )


async def status(runs: Runs, principal: Principal, repository: str, number: int) -> list[Snapshot]:
    """The run that is meant on an issue or pull request, and behind it the others that are not over; none, none.

    Each tells its place in line, however far from the front.
    """
    permission.need(principal, Action.STATUS, repository)
    found = await runs.store.read(meant.all_on, repository, number)
    told = [*found[:1], *(one for one in found[1:] if _is_alive(one))]
    return [await runs.store.read(stored.snapshot, one.id, counting=_EVERYBODY) for one in told]


async def approve(runs: Runs, run_id: str, principal: Principal, seen: Seen) -> Run:
    """Say yes to the plan that was read, for the issue as it is."""
    run, again = await _begun(runs, run_id, principal, Action.APPROVE)
    if again:
        return run
    question = await approval.asks_for_approval(runs.store, run, "approve")
    await approval.need_right(runs.store, run, question, principal, seen, "approve")
    approval.need_agreement(run, principal, seen)
    binding = question.binding if seen.binding is None else seen.binding
    return await runs.answer(run.id, "approve", asker=principal.asker, binding=binding)


async def reject(runs: Runs, run_id: str, principal: Principal, seen: Seen, reason: str) -> Run:
    """Have the plan that was read made again; only the operator need not say why."""
    run, again = await _begun(runs, run_id, principal, Action.REJECT)
    if again:
        return run
    question = await approval.asks_for_approval(runs.store, run, "reject")
    await approval.need_right(runs.store, run, question, principal, seen, "reject")
    reason = _clean(reason, principal, _MOST_REASON)
    if not reason and not principal.operator:
        raise RunError("A plan is rejected with a reason: the next one is made with it in mind.", "/reject REASON")
    binding = question.binding if seen.binding is None else seen.binding
    return await runs.answer(run.id, "reject", asker=principal.asker, reason=reason, binding=binding)


async def answer(runs: Runs, run_id: str, principal: Principal, seen: Seen, text: str) -> Run:
    """Answer a question in words."""
    run, again = await _begun(runs, run_id, principal, Action.ANSWER)
    if again:
        return run
    question = await approval.asks_for_words(runs.store, run, seen)
    binding = question.binding if seen.binding is None else seen.binding
    return await runs.answer(run.id, _clean(text, principal, _MOST_ANSWER), asker=principal.asker, binding=binding)


async def abort(runs: Runs, run_id: str, principal: Principal, reason: str = "") -> Run:
    """Stop a run where it is; what it did is kept."""
    run, again = await _begun(runs, run_id, principal, Action.ABORT)
    if again:
        return run
    reason = reason if principal.operator else sanitise_line(reason, _MOST_REASON)
    return await runs.abort(run.id, asker=principal.asker, reason=reason)


async def withdraw(runs: Runs, run_id: str, principal: Principal, why: str) -> Run:
    """Stop a run whose subject was taken back out there: that they may do so, its forge has seen to."""
    return await runs.abort(run_id, asker=principal.asker, reason=sanitise_line(why, _MOST_REASON))


async def retry(
    runs: Runs,
    run_id: str,
    principal: Principal,
    key: str = "",
    budget: Raise | None = None,
    *,
    change: Callable[[Options], Options] | None = None,
) -> Run:
    """Go on where a run stopped, or again from the step `key`; with a larger budget, or as the operator changes it."""
    assert change is None or principal.operator, "others raise a budget, within what the server allows"
    run, again = await _begun(runs, run_id, principal, Action.RETRY)
    if again:
        return run
    options = None if change is None else change(run.options)
    if budget is not None:
        options = budget.options(run, await runs.store.read(spending.spent, run.id))
    if key:
        return await runs.retry(run.id, key, asker=principal.asker, options=options)
    return await runs.resume(run.id, asker=principal.asker, options=options)


async def skip(runs: Runs, run_id: str, principal: Principal, key: str = "") -> Run:
    """Go on behind the step that failed, where the run can do without it; `key` is one of several that ran at once."""
    run, again = await _begun(runs, run_id, principal, Action.SKIP)
    return run if again else await runs.skip(run.id, key, asker=principal.asker)


async def plan_rollback(
    runs: Runs, services: Services, run_id: str, principal: Principal, mode: Mode, count: int = 0
) -> Undoing:
    """What a rollback (of the last `count` steps) would do; nothing is done. RollbackRefused as `plan_undoing`."""
    run = await runs.store.read(stored.get_run, run_id)
    permission.need(principal, _kind(mode), run.repository)
    return await plan_undoing(services, run, mode, count)


async def rollback(
    runs: Runs,
    services: Services,
    run_id: str,
    principal: Principal,
    mode: Mode,
    count: int = 0,
    *,
    tell: Tell = _nothing,
    in_use: InUse = nobody,
    alone: bool = False,
) -> RolledBack:
    """Take a run (its last `count` steps) back; one that waits is ended first, one at work only by the operator.

    `tell` is given what is planned before anything is undone. `alone` says that nobody else can
    work on the run: the caller holds the lock for it. RollbackRefused, with nothing undone and nothing ended,
    where a person built on top. Where it was done before a crash, nothing is told as left.
    """
    run, again = await _begun(runs, run_id, principal, _kind(mode))
    if again:
        return RolledBack(await runs.store.read(stored.snapshot, run.id))
    if run.status.active and not principal.operator:
        raise RunError(f"Run {run.id} is at work at step {run.current_step}.", "/abort it first, then roll it back.")
    undoing = await plan_undoing(services, run, mode, count)
    await tell(undoing)
    if _is_alive(run):
        await undoing.check(in_use)
        # Without its reference: by that a crash from here on would be taken for a rollback that is done.
        asker = replace(principal.asker, reference="")
        ended = await runs.abort(run.id, asker=asker, reason="rollback", seen=run)
        if alone:
            await runs.store.write(steps.nothing_under_way, run.id)
        undoing = await plan_undoing(services, ended, mode, count)
    outcome = await undoing.carry_out(principal.asker, in_use)
    await runs.reporter.ended(run.id)
    return outcome


# --- below ---------------------------------------------------------------------------------------


async def _begun(runs: Runs, run_id: str, principal: Principal, action: Action) -> tuple[Run, bool]:
    """The run, as it is for one who may do this to it, and whether it was done already before a crash."""
    run = await runs.store.read(stored.get_run, run_id)
    permission.need(principal, action, run.repository)
    return run, await runs.carried_out(run.id, principal.asker)


def _is_alive(run: Run) -> bool:
    return run.status.active or run.status is RunStatus.WAITING


def _kind(mode: Mode) -> Action:
    return Action.ROLLBACK_HARD if mode is Mode.HARD else Action.ROLLBACK


def _clean(words: str, principal: Principal, most: int) -> str:
    """Words from outside as a model and readers may be given them; the operator's are their own."""
    return words if principal.operator else sanitise(words, most)
