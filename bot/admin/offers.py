"""What can be done with a run now, by whoever looks at it: the buttons of its page. The actions themselves decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflows.runs.approval import why_not_yes
from workflows.runs.permission import ROLES, Action
from workflows.runs.principal import Principal
from workflows.store.records import Snapshot
from workflows.values import RunStatus


@dataclass(frozen=True, slots=True)
class Offer:
    """A thing to do. `asks` is the field that it takes a text for, "" for none, which `must` says may not be empty."""

    action: Action
    label: str
    asks: str = ""
    hint: str = ""
    must: bool = False
    strong: bool = False
    allowed: bool = True
    needs: str = ""
    """Why it is not for them, where it is not."""


def offers(snapshot: Snapshot, who: Principal) -> list[Offer]:
    """Those that the run's state allows, most useful first; of what is not for `who`, only why."""
    return [one if not (why := _why_not(snapshot, one, who)) else _closed(one, why) for one in _offers(snapshot)]


def may_roll_back(snapshot: Snapshot) -> bool:
    """Whether a rollback can be planned and done as the run stands."""
    run = snapshot.run
    return not run.status.active and not run.cleaned_on and run.status is not RunStatus.ROLLED_BACK


def _why_not(snapshot: Snapshot, one: Offer, who: Principal) -> str:
    run = snapshot.run
    if who.role_in(run.repository) < ROLES[one.action]:
        return f"takes the role {ROLES[one.action]}."
    return why_not_yes(run, who) if one.action is Action.APPROVE else ""


def _closed(one: Offer, why: str) -> Offer:
    return Offer(one.action, one.label, allowed=False, needs=why)


def _offers(snapshot: Snapshot) -> Iterator[Offer]:
    run, question = snapshot.run, snapshot.question
    if run.cleaned_on:
        return
    if run.status is RunStatus.WAITING and question is not None:
        if question.kind == "approval":
            yield Offer(Action.APPROVE, "Approve", strong=True)
            yield Offer(Action.REJECT, "Reject", "reason", "What should be different", must=True)
        else:
            yield Offer(Action.ANSWER, "Answer", "text", "Your answer", must=True, strong=True)
    if run.status in (RunStatus.FAILED, RunStatus.ABORTED):
        yield Offer(Action.RETRY, "Go on", strong=True)
    if run.status is RunStatus.FAILED and _optional(snapshot):
        yield Offer(Action.SKIP, "Leave this step out")
    if run.status.active or run.status is RunStatus.WAITING:
        yield Offer(Action.ABORT, "Abort", "reason", "Why (may be empty)")


def _optional(snapshot: Snapshot) -> bool:
    """Whether the run can do without the step at which it stands."""
    return snapshot.definition.is_optional(snapshot.run.current_step)
