"""Posting a review: one on a pull request, with its findings on their lines, and a check that says how far it went."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from workflows.definition import Done, Exit, Result
from workflows.effects.code.check import CheckOperations, CreateCheck
from workflows.effects.conversation.file_comment import CommentOnFile
from workflows.effects.conversation.review import LineComment, PostReview
from workflows.errors import Gone, NotFound, Refused
from workflows.review_pr.diff.placing import PlacedFinding
from workflows.review_pr.forge import PullReading, ReviewPosting
from workflows.review_pr.history.earlier import RESOLVED, as_record, earlier_of, hunk_ids, key_in, mark
from workflows.review_pr.history.pausing import announce
from workflows.review_pr.history.waved_away import as_state, waved_in
from workflows.review_pr.report import MOST_INLINE, ReviewReport, body, comment, report_of
from workflows.review_pr.source import change_of, rules_of, texts_beside
from workflows.review_pr.state import BASE_BRANCH, HEAD, SKIPPED, UNREAD
from workflows.review_pr.threads import settle, threads_of
from workflows.services import StepContext
from workflows.text.escape import cut, plain

CHECK_NAME = "Pullwright review"
MOVED = "moved"
"""The exit of a step that finds another head than the one that is reviewed."""
_LOOK_SECONDS = 2.0


async def moved(ctx: StepContext) -> Exit | None:
    """Begin anew where somebody has pushed meanwhile, as soon as nobody has for a while, or where it leads to another
    branch by now; None where neither is so."""
    forge = ctx.forge.operations(ctx.run.id)
    number = ctx.run.subject.told_on
    if not number or not isinstance(forge, PullReading):
        return None
    pull = await forge.pull(number)
    head, base = pull.head_commit, ctx.state.get(BASE_BRANCH)
    if head == ctx.state[HEAD.key]:
        return Exit(MOVED, summary=f"led to {pull.base} meanwhile") if base and pull.base != base else None
    await ctx.say("somebody pushed: waiting until nobody does")
    quiet, needed = 0.0, float(ctx.run.inputs.get("quiet_seconds") or 0.0)
    while quiet < needed:
        await ctx.boundary()
        await asyncio.sleep(min(_LOOK_SECONDS, needed))
        now = (await forge.pull(number)).head_commit
        quiet, head = (quiet + min(_LOOK_SECONDS, needed), head) if now == head else (0.0, now)
    return Exit(MOVED, summary=f"superseded by {head[:10]}")


async def said_before(ctx: StepContext) -> frozenset[str]:
    """The keys of all findings that were posted before: by our own record, and by the comments that carry them.

    The latter also where a run died between posting and remembering. What a rollback has hidden counts as never said.
    """
    known = set((await earlier_of(ctx)).posted)
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if number and isinstance(forge, ReviewPosting):
        try:
            threads = await forge.review_threads(number)
            known |= {key_in(thread.body) for thread in threads if thread.ours and not thread.hidden}
        except (NotFound, Refused):
            return frozenset(known)
    return frozenset(known)


async def post(ctx: StepContext) -> Result:
    """Post what stands, once, where there is anything; resolve what was mended; and say in a check how far it went."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    rules = await asyncio.to_thread(rules_of, ctx)
    most = MOST_INLINE if rules.inline is None else rules.inline
    state: dict[str, Any] = {"review_fail_at": rules.fail_at or "", "review_inline": most}
    report = report_of(ctx.state, most)
    if not number or ctx.dry or not isinstance(forge, ReviewPosting):
        return Done({**state, "review_posted": {}}, report.count)
    if (again := await moved(ctx)) is not None:
        return again
    changes, texts = await asyncio.to_thread(change_of, ctx)
    threads, earlier = await threads_of(forge, number), await earlier_of(ctx)
    texts |= await asyncio.to_thread(texts_beside, ctx, {one["path"] for one in earlier.posted.values()} - set(texts))
    settled = await settle(ctx, forge, number, threads, earlier.posted, texts, earlier.resolved)
    by_people = [one for one in settled.threads if not settled.ours.get(one.id)]
    state |= {"review_waved": as_state(waved_in(by_people, earlier.posted, texts)), RESOLVED: dict(settled.ours)}
    if report.findings and (again := await _post_review(ctx, forge, number, report)) is not None:
        return again
    unread = {str(one["path"]): str(one["why"]) for one in ctx.state[SKIPPED.key]}
    read = [one for one in changes if one.path not in unread]
    state["review_hunks"] = sorted({*(ctx.state.get("review_seen") or ()), *hunk_ids(read)})
    if any(why in UNREAD for why in unread.values()):
        state["review_patch"] = ""  # the same change again is read again
    at = {"head": str(ctx.state[HEAD.key])}
    posted = {one.finding.key: as_record(one, texts.get(one.finding.path)) | at for one in report.findings}
    return Done(
        {**state, "review_posted": {**(ctx.state.get("review_posted") or {}), **posted}}, report.count + settled.words
    )


async def close(ctx: StepContext) -> Result:
    """A settled check on the head, also where the same change was reviewed before."""
    from workflows.review_pr.outcome import outcome_of

    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if not number or ctx.dry or not isinstance(forge, CheckOperations):
        return Done(summary="nothing to tell anybody")
    if paused := int(ctx.state.get("review_paused") or 0):
        await announce(ctx, paused)
    outcome = outcome_of(ctx.run)
    check = CreateCheck(CHECK_NAME, ctx.state[HEAD.key], ctx.run.id)
    title = plain(outcome.headline)[:200]
    try:
        await check.do(ctx.journal, forge, conclusion=outcome.conclusion, title=title, summary=outcome.headline)
    except (Refused, Gone) as error:
        return Done(summary=f"no check: {error}")
    again = await moved(ctx) if isinstance(forge, PullReading) else None
    return again or Done(summary=outcome.conclusion)


async def _post_review(ctx: StepContext, forge: ReviewPosting, number: int, report: ReviewReport) -> Exit | None:
    """One comment that GitHub does not take refuses a whole review: then that one is found, and goes elsewhere.

    It takes none at all for a commit that was forced away meanwhile: then the review begins anew.
    """
    commit = ctx.state[HEAD.key]
    marker = f"<!-- pullwright:review:{ctx.run.id}:{commit[:12]} -->"  # a run that was overtaken may review twice
    review = PostReview(number, marker)
    inline = await _without_moved(ctx, forge, number, report.inline)
    comments = [_line_comment(one) for one in inline]
    text = cut(f"{marker}\n{body(report)}")
    try:
        await review.do(ctx.journal, forge, text, "COMMENT", commit=commit, comments=comments)
    except Refused as refused:
        if refused.status != 422:
            raise
        if (again := await moved(ctx)) is not None:
            return again
        if not comments:
            raise
        comments, elsewhere = await _taken(ctx, forge, number, inline)
        text = cut(f"{marker}\n{body(report, elsewhere)}")
        await review.do(ctx.journal, forge, text, "COMMENT", commit=commit, comments=comments)
    return None


async def _taken(
    ctx: StepContext, forge: ReviewPosting, number: int, placed: Sequence[PlacedFinding]
) -> tuple[list[LineComment], list[PlacedFinding]]:
    """The comments that the forge takes, and the findings that go into the body since no place takes them.

    What cannot stand on its lines goes to its file as a whole, and where that cannot be either, into the body.
    """
    commit, good, elsewhere = ctx.state[HEAD.key], [], []
    for one in placed:
        wanted = _line_comment(one)
        if await forge.takes_comment(number, commit, wanted):
            good.append(wanted)
            continue
        on_file, text = _on_file(ctx, number, one)
        try:
            await on_file.do(ctx.journal, forge, text, commit=commit)
        except Refused as refused:
            if refused.status != 422:
                raise
            elsewhere.append(one)
    return good, elsewhere


async def _without_moved(
    ctx: StepContext, forge: ReviewPosting, number: int, placed: Sequence[PlacedFinding]
) -> list[PlacedFinding]:
    """Those that no attempt which died has put on their files already: the forge may take their lines by now."""
    stays = []
    for one in placed:
        on_file, _ = _on_file(ctx, number, one)
        if not await on_file.earlier(ctx.journal) or await on_file.find(forge) is None:
            stays.append(one)
    return stays


def _on_file(ctx: StepContext, number: int, placed: PlacedFinding) -> tuple[CommentOnFile, str]:
    """A finding as a comment on its file as a whole, with the text of that."""
    wanted = _line_comment(placed)
    marker = f"<!-- pullwright:on-file:{ctx.run.id}:{placed.finding.key} -->"
    text = cut(f"{marker}\n{wanted.body}")
    return CommentOnFile.of(number, wanted.path, marker, text), text


def _line_comment(placed: PlacedFinding) -> LineComment:
    at = placed.place
    assert at is not None, "what has no place is not inline"
    text = f"{mark(placed.finding.key)}\n{comment(placed)}"
    return LineComment(at.path, cut(text), at.end, at.side, at.start if at.start < at.end else 0)
