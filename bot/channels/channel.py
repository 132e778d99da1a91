"""What a channel has to know: where a run is shown, what stands there, and how that is made, found and changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from workflows.store import posts
from workflows.store.database import Store
from workflows.store.posts import Post
from workflows.store.records import Run, Snapshot


class Card(Protocol):
    """One thing out there that shows a run; `target` says where it stands, `digest` what is in it.

    TransientError where it may pass (with `retry_after` where that is known), UserError where it is refused.
    """

    @property
    def kind(self) -> str: ...

    @property
    def target(self) -> str: ...

    @property
    def digest(self) -> str: ...

    async def find(self) -> str | None:
        """The id of one whose making was never confirmed, None where there is none."""
        ...

    async def make(self) -> str:
        """Its id out there."""
        ...

    async def change(self, external_id: str) -> bool:
        """False where it is not there any more."""
        ...


class Channel(Protocol):
    """One kind of place where runs are shown."""

    @property
    def name(self) -> str:
        """The kind of its main card, which tells whether a run is behind."""
        ...

    async def targets(self, run: Run) -> Sequence[str]:
        """Where the run is shown: each has its own lease, its own pace and its own failures."""
        ...

    async def cards(self, snapshot: Snapshot, target: str) -> Sequence[Card]:
        """What stands there, as the run is now."""
        ...

    def seconds(self, target: str) -> float:
        """The least time between two changes there; the final state does not wait for it."""
        ...

    async def behind(self, *, since: float, until: float, at_rest: bool) -> list[str]:
        """The runs of this channel that are shown as they were before: see `posts.behind`."""
        ...


async def put_up(card: Card, post: Post, store: Store) -> str:
    """Make the card or change the one that is there; its id.

    Where the one that was known is gone, that is kept before another is made: whoever comes after a death, or a lost
    answer, looks for that other one first.
    """
    known: str | None = post.external_id
    if not known and post.at:
        known = await card.find()
    if known and await card.change(known):
        return known
    if post.external_id:
        await store.write(posts.is_gone, post, time.time())
    return await card.make()  # also where somebody deleted it: the state of the run is told all the same
