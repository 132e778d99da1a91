"""The commands that are at work in a box."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from sandbox.backend import CommandOutcome


class CommandsAtWork:
    """Each is a task, so that whoever closes the box can end it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[CommandOutcome]] = set()

    async def run(self, command: Coroutine[Any, Any, CommandOutcome]) -> CommandOutcome:
        """Run to the end or to a limit."""
        task = asyncio.ensure_future(command)
        self._tasks.add(task)
        try:
            return await task
        finally:
            self._tasks.discard(task)

    async def end(self) -> None:
        """End what still runs; back when all have ended."""
        running = list(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
