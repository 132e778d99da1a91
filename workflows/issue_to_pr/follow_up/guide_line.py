"""What reviewers have asked for twice, told to people as a line that their guide may get; nothing is written there.

It is in the words of whoever asked, and rests on no model: two requests on different pull requests that say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workflows.definition import Done, Result
from workflows.effects.conversation.comment import PostComment
from workflows.effects.kind import digest
from workflows.errors import Gone, NotFound, Refused
from workflows.issue_to_pr.follow_up.asked import AskedFor
from workflows.issue_to_pr.follow_up.forge import FollowUpForge
from workflows.issue_to_pr.follow_up.gathering import ASKED
from workflows.policy.instructions import FOR_AGENTS
from workflows.services import StepContext
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.text.model_words import phrase
from workflows.text.word_share import ALIKE, share
from workflows.values import from_json

PROPOSED = "guide_proposed"
"""The key of what was proposed, so that it is not proposed again."""
_MOST_RUNS = 300
_MOST_LINE = 240


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked for on a pull request, in their own words."""

    words: str
    number: int


async def learn(ctx: StepContext) -> Result:
    """Propose a line for the guide where what was asked here was asked on another pull request, too; one at a time."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if ctx.dry or not isinstance(forge, FollowUpForge):
        return Done(summary="nothing to tell anybody")
    rows = await ctx.services.store.read(runs.list_runs, repository=ctx.run.repository, limit=_MOST_RUNS)
    others = [row for row in rows if row.workflow == ctx.run.workflow and row.id != ctx.run.id]
    told = [str(row.state[PROPOSED]) for row in others if row.state.get(PROPOSED)]
    found = asked_twice(requests_of(ctx.run), [one for row in others for one in requests_of(row)], told)
    if found is None:
        return Done(summary="nothing was asked twice")
    here, before = found
    marker = f"<!-- pullwright:guide:{digest(here.words)[:16]} -->"
    body = f"{marker}\n{proposal(here, before, _file_of(ctx))}"
    try:
        await PostComment.of(number, marker, body).do(ctx.journal, forge, body)
    except (NotFound, Refused, Gone) as error:
        return Done(summary=f"it could not be told: {error}")
    return Done({PROPOSED: here.words}, f"asked on #{before.number}, too")


def requests_of(run: Run) -> list[Request]:
    """What people asked in a follow-up; what a check asks for is no rule of theirs."""
    asked = (from_json(AskedFor, one) for one in run.state.get(ASKED.key) or ())
    return [Request(words_of(one), run.subject.number) for one in asked if one.kind != "check"]


def words_of(asked: AskedFor) -> str:
    """The last thing that was said: a thread holds what was said before it, each behind its writer's name."""
    said = asked.text.rpartition(f"{asked.by}: ")[2] if asked.kind == "thread" and asked.by else asked.text
    return " ".join(re.sub(r"```.*?(?:```|\Z)|@[\w-]+", " ", said, flags=re.DOTALL).split())


def asked_twice(
    here: Iterable[Request], before: Sequence[Request], told: Sequence[str]
) -> tuple[Request, Request] | None:
    """The first request that resembles one on another pull request, with that; None where all is new or was told."""
    for one in here:
        if any(share(one.words, words) >= ALIKE for words in told):
            continue
        for other in before:
            if other.number != one.number and share(one.words, other.words) >= ALIKE:
                return one, other
    return None


def proposal(here: Request, before: Request, file: str) -> str:
    """The shorter of both as the line."""
    line = min((here.words, before.words), key=len)
    return (
        f"This was asked on #{before.number} before. A line in `{file}` would have it done from the start, such as:\n\n"
        f"> {phrase(line, _MOST_LINE)}\n\n*Whether it becomes one is for people to say; nothing is added by itself.*"
    )


def _file_of(ctx: StepContext) -> str:
    paths = (ctx.state.get("guide") or {}).get("paths") or [FOR_AGENTS[0]]
    return str(paths[0])
