"""What the API takes and gives, as models: from them requests are checked, and the description of the API is made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from workflows.store.web.keys import KeyScope
from workflows.values import RunStatus

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
_NAME = r"^[a-z0-9_]+$"
# Letters of ASCII and no counts: `\w{1,100}` in its Unicode sense takes pydantic's regex engine 10 MB.


class Taken(BaseModel):
    """What is sent: a name that is not known is refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Given(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class StartRequest(Taken):
    """A run to be started. Which subject it is about follows from the workflow."""

    repository: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", max_length=200)] = Field(
        description="owner/name", examples=["octo/sample"]
    )
    workflow: Annotated[str, StringConstraints(pattern=_NAME, max_length=50)] = "issue_to_pr"
    number: int = Field(ge=1, le=1_000_000_000, description="Of the issue or pull request that it is about.")
    hint: Text = Field("", description="Words for the run: for `explain` the question.")
    approve: bool = Field(False, description="Show the plan, and wait for a yes.")
    wait: bool = Field(False, description="Answer when a worker has started it, or after 25 seconds.")


class ApproveRequest(Taken):
    binding: str = Field(max_length=200, description="That of the question that was read: `question.binding`.")
    question: int | None = Field(None, ge=0, description="Its number: `question.number`.")


class RejectRequest(ApproveRequest):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class AnswerRequest(Taken):
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
    question: int | None = Field(None, ge=0, description="The number of the question that was read.")


class AbortRequest(Taken):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class RetryRequest(Taken):
    step: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]*$", max_length=50)] = Field(
        "", description="Empty: where it stopped."
    )
    budget: Annotated[str, StringConstraints(pattern=r"^([0-9]+(\.[0-9]+)?)?$", max_length=12)] = Field(
        "", description="Dollars that the run may spend in all."
    )


class SkipRequest(Taken):
    step: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]*$", max_length=50)] = Field(
        "", description="One of several that failed at once; empty: the one at which it stands."
    )


_COUNTED: dict[str, Any] = {
    "if": {"properties": {"mode": {"const": "steps"}}},
    "then": {"properties": {"count": {"minimum": 1}}, "required": ["count"]},
}
"""Steps without a number are refused."""


class RollbackRequest(Taken):
    model_config = ConfigDict(json_schema_extra=_COUNTED)

    mode: Literal["soft", "hard", "steps"]
    count: int = Field(0, ge=0, le=9999, description="With steps: how many.")
    dry_run: bool = Field(False, description="Only say what would be undone.")


class QuestionShape(Given):
    number: int
    kind: Literal["approval", "question"]
    text: str
    binding: str
    asked_at: float
    expires_at: float | None


class StepShape(Given):
    key: str
    title: str
    state: str
    detail: str
    seconds: float
    attempts: int
    beside: str | None
    """What names it together with the steps that run at once with it."""


_DOLLARS = "Dollars of its calls to models, as far as their prices are known; null where no price is."


class RunBrief(Given):
    """A run as a list has it. Times are in seconds since the epoch."""

    run: str
    workflow: str
    status: RunStatus
    repository: str
    title: str
    subject: str
    step: str
    created_at: float
    ended_at: float | None
    pull: int | None
    usd: float | None = Field(description=_DOLLARS)


class RunList(Given):
    runs: list[RunBrief]
    after: str = Field(description="Where the next page begins; empty on the last.")


class RunShape(Given):
    """A run in full. `facts` are those of its workflow."""

    run: str
    workflow: str
    status: RunStatus
    repository: str
    title: str
    sentence: str
    step: str
    percent: int
    steps: list[StepShape]
    question: QuestionShape | None
    branch: str | None
    commit: str | None
    pull: str | None
    error: str | None
    usd: float | None = Field(description=_DOLLARS)
    tokens: int
    model_calls: int
    created_at: float
    ended_at: float | None
    facts: dict[str, Any]


class OrderShape(Given):
    """What a worker was asked to do. `state` is asked until it is done or refused; `result` is what came of it."""

    order: str
    run: str | None
    kind: str
    state: Literal["asked", "done", "refused"]
    result: dict[str, Any]
    asked_at: float
    done_at: float | None


class DefinitionShape(Given):
    workflow: str
    title: str
    takes: list[str]
    steps: list[list[str]]
    inputs: dict[str, Any] = Field(description="JSON Schema of what a start takes.")


class DefinitionList(Given):
    definitions: list[DefinitionShape]


class WhoShape(Given):
    name: str
    login: str
    admin: bool
    scopes: list[KeyScope]
    repository: str


class Problem(BaseModel):
    """https://www.rfc-editor.org/rfc/rfc9457"""

    type: str
    title: str
    status: int
    detail: str
    remedy: str | None
