"""A review of a pull request. A pending one is deleted, a verdict is dismissed, mere comments are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol, runtime_checkable

from sandbox.journal import JournalEntry
from workflows.effects.items import ReviewInfo
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.errors import NotFound, Refused
from workflows.journal import Journal


@dataclass(frozen=True, slots=True)
class LineComment:
    """A comment of a review on lines of a file, from `start` to `line` on one side of the diff; `start` 0: on one."""

    path: str
    body: str
    line: int
    side: str = "RIGHT"
    start: int = 0


Verdict = Literal["APPROVE", "REQUEST_CHANGES", "COMMENT", ""]
"""What a review says; "" where it is not submitted yet."""


@runtime_checkable
class ReviewOperations(Protocol):
    """A forge on which changes are judged."""

    def is_me(self, login: str) -> bool: ...

    async def reviews(self, number: int) -> list[ReviewInfo]:
        """All that we may see, oldest first. NotFound where there is no such pull request."""
        ...

    async def create_review(
        self, number: int, body: str, verdict: Verdict, *, commit: str, comments: Sequence[LineComment] = ()
    ) -> ReviewInfo:
        """A new one, of the pull request as it was at `commit`. Refused where a comment cannot stand there."""
        ...

    async def delete_review(self, number: int, review: int) -> None:
        """A pending one; one that is gone is fine."""
        ...

    async def dismiss_review(self, number: int, review: int, why: str) -> None: ...


@runtime_checkable
class HidingReviews(Protocol):
    """A forge that can show what was said folded up."""

    async def hide_review(self, number: int, review: int) -> None:
        """With its comments. Refused where that cannot be; one that is gone is fine."""
        ...


@dataclass(frozen=True, slots=True)
class PostReview(RemoteEffect):
    """Of #`number`; `marker` is in its body, and its result has `id`."""

    number: int
    marker: str
    kind: ClassVar[str] = "post_review"
    undoing: ClassVar[str] = "A pending one is deleted, a verdict dismissed; mere comments are hidden as outdated."
    needs: ClassVar[tuple[type, ...]] = (ReviewOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number}"

    async def do(
        self,
        journal: Journal,
        forge: ReviewOperations,
        body: str,
        verdict: Verdict,
        *,
        commit: str,
        comments: Sequence[LineComment] = (),
    ) -> int:
        """Post it, or find the one that an interrupted attempt posted; its id."""
        assert self.marker in body, "a review is found again by its marker"

        async def post() -> dict[str, object]:
            there = await self._find(forge, 0)
            if there is None:
                there = await forge.create_review(self.number, body, verdict, commit=commit, comments=comments)
            return {"id": there.id}

        return int(str((await journal.do(self.effect, post))["id"]))

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        forge = back.operations
        assert isinstance(forge, ReviewOperations)
        review = await self._find(forge, int(str(entry.result.get("id") or 0)))
        if review is None:
            return ""
        match review.state:
            case "PENDING":
                await forge.delete_review(self.number, review.id)
            case "APPROVED" | "CHANGES_REQUESTED":
                await forge.dismiss_review(self.number, review.id, f"Run {back.run_id} was rolled back.")
            case "COMMENTED":
                return await self._hidden(forge, review)
        return ""

    async def _hidden(self, forge: ReviewOperations, review: ReviewInfo) -> str:
        """A forge keeps what was only commented; what it can do is to show it folded up."""
        if not isinstance(forge, HidingReviews):
            return f"A review that only comments stays: {review.url}."
        try:
            await forge.hide_review(self.number, review.id)
        except Refused as refused:
            return f"The review {review.url} stays: {refused}"
        return ""

    async def _find(self, forge: ReviewOperations, wanted: int) -> ReviewInfo | None:
        try:
            reviews = await forge.reviews(self.number)
        except NotFound:
            return None
        ours = [one for one in reviews if forge.is_me(one.author.login)]
        return next((one for one in ours if one.id == wanted or self.marker in one.body), None)
