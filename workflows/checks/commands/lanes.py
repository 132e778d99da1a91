"""How many checks run at once: one for each run, and more where the machine has cores and memory for them.

A run always has a lane of its own, so that nothing waits here for another run. What is beside it is shared by all
runs of a process: with as many runs at work as there are cores, each runs its checks one after the other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sandbox.backend import MIB
from sandbox.limits import machine

Item = TypeVar("Item")
Made = TypeVar("Made")

_MOST = 3
"""Lanes beside the first: suites that measure time, or start as many processes as there are cores, suffer from more."""
_MEMORY = 4096 * MIB
"""What one check may take, as boxes have it where a repository says nothing else."""


@dataclass(slots=True)
class Lanes:
    """`spare` is how many more checks may run beside the one that each run has at work anyway, and `memory` (bytes)
    what these may take together; None where that is no matter."""

    spare: int = 0
    memory: int | None = None

    @classmethod
    def of_machine(cls) -> Lanes:
        """One for each core, and for each 4 GiB of memory, but those that the first check of a run takes."""
        left = max(0, machine.memory() - _MEMORY)
        return cls(max(0, min(machine.cores() - 1, left // _MEMORY, _MOST)), left)

    async def each(
        self, items: Iterable[Item], work: Callable[[Item], Awaitable[Made]], *, memory: int = _MEMORY
    ) -> list[Made]:
        """`work` on each item, begun in their order; what it made, in the same order. Each may take that much `memory`.

        Where one raises, no more is begun, what is at work is cancelled and waited for, and the first is raised.
        """
        left = deque(enumerate(items))
        made: dict[int, Made] = {}

        async def lane() -> None:
            while left:
                number, item = left.popleft()
                try:
                    made[number] = await work(item)
                except BaseException:
                    left.clear()
                    raise

        beside = min(self._fitting(memory), max(0, len(left) - 1))
        self.spare -= beside
        if self.memory is not None:
            self.memory -= beside * memory
        tasks = [asyncio.create_task(lane()) for _ in range(1 + beside)]
        for task in tasks[1:]:
            task.add_done_callback(lambda _: self._given_back(memory))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in sorted((one for one in ended if one is not None), key=_only_stopped):
            raise error
        return [made[number] for number in sorted(made)]

    def _fitting(self, memory: int) -> int:
        """How many may run beside the first, whose own memory counts where it takes more than one usually does."""
        if self.memory is None:
            return self.spare
        return max(0, min(self.spare, (self.memory - max(0, memory - _MEMORY)) // memory))

    def _given_back(self, memory: int) -> None:
        self.spare += 1
        if self.memory is not None:
            self.memory += memory


def _only_stopped(error: BaseException) -> bool:
    return isinstance(error, asyncio.CancelledError)
