"""What can be done with runs, and the role that each takes: the one table, whatever it is asked through."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from workflows.errors import NotAllowed
from workflows.runs.principal import Principal, Role


class Action(StrEnum):
    START = "start"
    APPROVE = "approve"
    REJECT = "reject"
    ANSWER = "answer"
    ABORT = "abort"
    RETRY = "retry"
    SKIP = "skip"
    ROLLBACK = "rollback"
    ROLLBACK_HARD = "rollback hard"
    STATUS = "status"


ROLES: Mapping[Action, Role] = {
    Action.START: Role.WRITE,
    Action.APPROVE: Role.WRITE,
    Action.REJECT: Role.WRITE,
    Action.ANSWER: Role.WRITE,
    Action.ABORT: Role.WRITE,
    Action.RETRY: Role.WRITE,
    Action.SKIP: Role.WRITE,
    Action.ROLLBACK: Role.WRITE,
    Action.ROLLBACK_HARD: Role.MAINTAIN,
    Action.STATUS: Role.TRIAGE,
}


def need(principal: Principal, action: Action, repository: str) -> None:
    """NotAllowed where the principal's role in the repository is not enough for the action."""
    needed = ROLES[action]
    if principal.role_in(repository) < needed:
        raise NotAllowed(
            f"{action.capitalize()} takes the role {needed} in {repository}.",
            "Ask somebody who has it, or for the role.",
        )
