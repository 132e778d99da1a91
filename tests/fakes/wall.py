"""A channel of some forty lines: notes on walls of our own, to which anything can happen that happens out there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.channels.channel import Card
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.records import Run, Snapshot


@dataclass
class Wall:
    """What hangs there, by number, and how often it was written; `trouble` is asked before each writing."""

    notes: dict[str, str] = field(default_factory=dict)
    writings: int = 0
    trouble: Callable[[], Exception | None] = lambda: None
    free: asyncio.Event = field(default_factory=asyncio.Event)
    held: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, number: str, text: str) -> str:
        self.held.set()
        await self.free.wait()
        if (error := self.trouble()) is not None:
            raise error
        self.writings += 1
        self.notes[number] = text
        return number


# --- all that a channel costs ----------------------------------------------------------------------


@dataclass(frozen=True)
class Note:
    wall: Wall
    run_id: str
    target: str
    digest: str
    kind = "note"

    async def find(self) -> str | None:
        return next((number for number in self.wall.notes if number.endswith(self.run_id)), None)

    async def make(self) -> str:
        return await self.wall.write(f"{len(self.wall.notes)}-{self.run_id}", self.digest)

    async def change(self, external_id: str) -> bool:
        return external_id in self.wall.notes and bool(await self.wall.write(external_id, self.digest))


@dataclass(frozen=True)
class WallChannel:
    store: Store
    walls: dict[str, Wall]
    pace: float = 0.01
    name = "note"

    async def targets(self, run: Run) -> Sequence[str]:
        return [*self.walls]

    async def cards(self, snapshot: Snapshot, target: str) -> Sequence[Card]:
        text = f"{snapshot.run.status} {snapshot.run.error_text}".strip()
        return [Note(self.walls[target], snapshot.run.id, target, text)]

    def seconds(self, target: str) -> float:
        return self.pace

    async def behind(self, *, since: float, until: float, at_rest: bool) -> list[str]:
        return await self.store.read(posts.behind, "note", "", since=since, until=until, at_rest=at_rest)
