"""Telling on a pull request what the test of the issue does there: each result once, and only what shows something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.definition import Done, Exit, Result
from workflows.effects.conversation.comment import PostComment
from workflows.errors import Gone, NotFound, Refused
from workflows.services import StepContext
from workflows.text.escape import block, code, cut
from workflows.triage.fix_check.state import HEAD, SEEN, PullTelling
from workflows.triage.reproduction.trying import FAILS_ALIKE, FAILS_OTHERWISE, PASSES

MOVED = "moved"
"""The exit where somebody has pushed meanwhile."""
_MOST_OUTPUT = 3_000
_SAYS = {
    PASSES: "passes with this change, and fails without it.",
    FAILS_ALIKE: "still fails with this change, as it was reported.",
    FAILS_OTHERWISE: "fails with this change in another way than was reported.",
}


async def tell(ctx: StepContext) -> Result:
    """Nothing is told where it does not fail on the base: then it shows nothing of this change."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    issue, seen = int(ctx.run.inputs["hint"]), ctx.state[SEEN.key]
    if ctx.dry or not isinstance(forge, PullTelling):
        return Done(summary="nothing to tell anybody")
    if (await forge.pull(number)).head_commit != ctx.state[HEAD.key]:
        return Exit(MOVED, summary="somebody has pushed")
    text = words(issue, seen)
    if not text:
        return Done(summary="it shows nothing of this change")
    marker = f"<!-- pullwright:fix-check:{issue}:{seen['head'].replace(' ', '-')} -->"
    body = cut(f"{marker}\n{text}")
    try:
        posting = PostComment.of(number, marker, body)
        if await forge.find_comment(number, marker) is not None and not await posting.begun(ctx.journal):
            return Done(summary="it was told before")
        await posting.do(ctx.journal, forge, body)
    except (NotFound, Refused, Gone) as error:
        return Done(summary=f"it could not be told: {error}")
    return Done(summary="told")


async def end(ctx: StepContext) -> Result:
    """The last word, also where nothing was to be run."""
    from workflows.triage.fix_check.outcome import outcome_of

    return Done(summary=outcome_of(ctx.run).headline)


def words(issue: int, seen: Mapping[str, Any]) -> str:
    """What is told; "" where it shows nothing."""
    if seen.get("base") != FAILS_ALIKE or seen.get("head") not in _SAYS:
        return ""
    output = str(seen.get("output") or "").strip()
    printed = block(output, _MOST_OUTPUT) if output else "It printed nothing."
    shown = f"{code(str(seen.get('command') or ''), 300)}\n\n{printed}"
    details = f"<details><summary>What was run, without network, and what came</summary>\n\n{shown}\n\n</details>"
    return f"What reproduced #{issue} {_SAYS[str(seen['head'])]}\n\n{details}"
