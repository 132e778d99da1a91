"""The threads of a review: resolved when what they speak of is mended, opened again when that comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workflows.effects.conversation.thread import ReopenThread, ResolveThread
from workflows.effects.items import ThreadInfo
from workflows.errors import NotFound, Refused
from workflows.review_pr.forge import ReviewPosting
from workflows.review_pr.history.earlier import key_in, stands_in
from workflows.services import StepContext


@dataclass(frozen=True, slots=True)
class SettledThreads:
    """The threads as they are now. `ours` are those that we have resolved: False for one that a person opened since."""

    threads: Sequence[ThreadInfo]
    ours: Mapping[str, bool]
    resolved: int = 0
    reopened: int = 0

    @property
    def words(self) -> str:
        told = (("resolved", self.resolved), ("open again", self.reopened))
        return "".join(f", {count} {what}" for what, count in told if count)


async def threads_of(forge: ReviewPosting, number: int) -> list[ThreadInfo]:
    """All of a pull request; none where they cannot be read."""
    try:
        return await forge.review_threads(number)
    except (NotFound, Refused):
        return []


async def settle(
    ctx: StepContext,
    forge: ReviewPosting,
    number: int,
    threads: Sequence[ThreadInfo],
    posted: Mapping[str, Mapping[str, str]],
    texts: Mapping[str, str],
    before: Mapping[str, bool],
) -> SettledThreads:
    """Resolve the threads of ours whose lines are gone, and open those again whose lines are back, since a push took
    back what mended them. `before` is what an earlier review left as `ours`.

    Those that somebody speaks in, and what people have resolved or opened, stay as they are.
    """
    found: list[ThreadInfo] = []
    ours: dict[str, bool] = {}
    counts = {True: 0, False: 0}
    for thread in threads:
        said = posted.get(key_in(thread.body)) if thread.ours else None
        resolve = None if said is None else await _wanted(ctx, number, thread, stands_in(said, texts), before)
        if resolve is not None:
            kind = ResolveThread if resolve else ReopenThread
            await kind(number, thread.id).do(ctx.journal, forge)
            counts[resolve] += 1
            thread = replace(thread, resolved=resolve)
        if said is not None and (resolve or (resolve is None and thread.id in before)):
            ours[thread.id] = thread.resolved and before.get(thread.id, True)
        found.append(thread)
    return SettledThreads(found, ours, counts[True], counts[False])


async def _wanted(
    ctx: StepContext, number: int, thread: ThreadInfo, stands: bool, before: Mapping[str, bool]
) -> bool | None:
    """Whether to resolve a thread (True) or to open it again (False); None where it stays as it is.

    What an attempt that died has done counts as ours, and is done once more so that it is closed in the journal.
    """
    if thread.waved_away:
        return None
    resolved = bool(await ResolveThread(number, thread.id).earlier(ctx.journal))
    if thread.resolved:
        if stands:
            return False if resolved or before.get(thread.id) else None
        return True if await ResolveThread(number, thread.id).begun(ctx.journal) else None
    reopened = bool(await ReopenThread(number, thread.id).earlier(ctx.journal))
    if stands or (thread.id in before and not reopened):
        return False if await ReopenThread(number, thread.id).begun(ctx.journal) else None
    return True
