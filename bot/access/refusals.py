"""Why a request is not done, as a status of HTTP: the same for pages and for the API, which only draw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.errors import RollbackRefused, RollbackStopped, TransientError, UserError
from workflows.errors import BudgetSpent, Gone, NotAllowed, RunError, StoreError


class RequestRefused(UserError):
    """A request that cannot be done as it was sent; `status` is HTTP's."""

    def __init__(self, status: int, sentence: str, remedy: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence, remedy)
        self.status = status
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class RefusalWords:
    """A refusal ready to be drawn."""

    status: int
    sentence: str
    remedy: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


NOT_KNOWN = RefusalWords(401, "You are not signed in.", "Sign in, then ask again.", {"WWW-Authenticate": "Bearer"})


def words_of(error: UserError | TransientError) -> RefusalWords:
    """What is told of an error that a person can mend, or that may pass."""
    if isinstance(error, TransientError):
        seconds = max(1, round(error.retry_after or 5))
        return RefusalWords(503, str(error), "Try again soon.", {"Retry-After": str(seconds)})
    if isinstance(error, RequestRefused):
        return RefusalWords(error.status, error.sentence, error.remedy, error.headers)
    return RefusalWords(_status(error), error.sentence, error.remedy)


def _status(error: UserError) -> int:
    match error:
        case NotAllowed():
            return 403
        case Gone():  # NotFound, too
            return 404
        case RunError() | BudgetSpent() | RollbackRefused() | RollbackStopped():
            return 409
        case StoreError():
            return 503
        case _:
            return 422
