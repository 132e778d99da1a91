"""Pull requests that were stacked on each other: what was read and said of the one below counts when that is merged.

Its lines come into the diff of the one above as soon as they are squashed into the base that both lead to then.
"""

from __future__ import annotations

from workflows.effects.conversation.pull import PullOperations
from workflows.review_pr.history.earlier import Earlier
from workflows.services import StepContext

MOST_BELOW = 20


async def below_of(ctx: StepContext, earlier: Earlier, base: str) -> list[int]:
    """The numbers of those that this one stood on until they were merged; `base` is the branch that it leads to now."""
    below, forge = list(earlier.below), ctx.forge.operations(ctx.run.id)
    if earlier.base_branch in ("", base) or not isinstance(forge, PullOperations):
        return below
    stood_on = await forge.find_pull(earlier.base_branch, state="all")
    if stood_on is None or not stood_on.merged or stood_on.number in (ctx.run.subject.number, *below):
        return below
    return [*below, stood_on.number][-MOST_BELOW:]
