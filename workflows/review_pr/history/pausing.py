"""A pause of reviews after many pushes that nobody has said a word about: announced once, ended by a word."""

from __future__ import annotations

from collections.abc import Sequence

from workflows.effects.conversation.comment import CommentOperations, PostComment
from workflows.errors import Gone, Refused
from workflows.services import StepContext
from workflows.store.records import Run
from workflows.store.run_rows import runs


def said(many: int) -> str:
    """What a pause is announced with."""
    pushes = "one push" if many == 1 else f"{many} pushes in a row"
    return f"Reviews of this pull request are paused after {pushes}. `/review` has them go on."


async def pushes_in_a_row(ctx: StepContext) -> int:
    """How many pushes were looked at since somebody last asked for a review, this one not counted."""
    number = ctx.run.subject.told_on
    rows = await ctx.services.store.read(
        runs.of_number, ctx.run.repository, number, workflow=ctx.run.workflow, limit=200
    )
    return counted([one for one in rows if one.id != ctx.run.id])


def counted(rows: Sequence[Run]) -> int:
    """Of all reviews of a pull request, those of pushes that are newer than the last one that was asked for."""
    newest = sorted(rows, key=lambda one: -one.created_at)
    return next((at for at, one in enumerate(newest) if not one.inputs.get("quiet")), len(newest))


async def announce(ctx: StepContext, many: int) -> None:
    """Say it once for as long as the pause lasts; where nothing can be said the check tells it alone."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if not number or ctx.dry or not isinstance(forge, CommentOperations):
        return
    rows = await ctx.services.store.read(
        runs.of_number, ctx.run.repository, number, workflow=ctx.run.workflow, limit=200
    )
    asked = max((one.created_at for one in rows if not one.inputs.get("quiet")), default=0.0)
    marker = f"<!-- pullwright:reviews-paused:{int(asked)} -->"
    body = f"{marker}\n{said(many)}"
    try:
        await PostComment.of(number, marker, body).do(ctx.journal, forge, body)
    except (Refused, Gone):
        return
