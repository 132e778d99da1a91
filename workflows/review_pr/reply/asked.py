"""What is asked in a thread of a review, and what is kept of the finding that it began with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from workflows.definition import Slot
from workflows.effects.conversation.reply import ReplyOperations
from workflows.effects.items import PullInfo, ThreadInfo
from workflows.store.run_rows import runs

if TYPE_CHECKING:
    from workflows.services import StepContext  # what is asked is read where no step is made

APPLY = "/apply"
"""The hint of a run that is to commit what a thread suggests."""
THREAD = Slot("reply_thread", dict)
"""The thread: {"path", "line", "said": [each comment, its writer first], "begins": the body of its first one}."""
SAID = "reply_said"
"""What is answered: {"answer": the model's words}, {"applied": a commit}, or {"refused": why not, as a sentence}."""


@runtime_checkable
class ReplyForge(ReplyOperations, Protocol):
    """A forge with pull requests whose code is spoken about."""

    async def pull(self, number: int) -> PullInfo: ...

    async def review_threads(self, number: int) -> list[ThreadInfo]: ...

    async def resolve_thread(self, thread: str, resolved: bool = True) -> None: ...


def applies(ctx: StepContext) -> bool:
    return ctx.run.inputs.get("hint") == APPLY


async def record_of(ctx: StepContext, key: str) -> Mapping[str, str]:
    """What the reviews of this pull request keep of a finding that they posted; empty where none knows it."""
    rows = await ctx.services.store.read(
        runs.of_number, ctx.run.repository, ctx.run.subject.number, workflow="review_pr", limit=200
    )
    for row in rows:
        if (found := (row.state.get("review_posted") or {}).get(key)) is not None:
            record: Mapping[str, str] = found
            return record
    return {}
