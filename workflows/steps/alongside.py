"""Work that is done beside a step's own, and ends with the step at the latest: of it nothing is relied on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

log = logging.getLogger(__name__)

_LOOK_SECONDS = 2.0

Work = Callable[[], Coroutine[Any, Any, None]]


class Alongside:
    """The work beside, or none."""

    def __init__(self, task: asyncio.Task[None] | None) -> None:
        self._task = task

    @property
    def done(self) -> bool:
        return self._task is None or self._task.done()

    async def ended(self, boundary: Callable[[], Awaitable[None]]) -> None:
        """Wait until it is done. `boundary` is passed meanwhile, and may leave the step."""
        while self._task is not None and not self._task.done():
            await asyncio.wait({self._task}, timeout=_LOOK_SECONDS)
            await boundary()


@asynccontextmanager
async def alongside(work: Work | None, what: str) -> AsyncIterator[Alongside]:
    """Have `work` done while the block runs; what is not done at its end is stopped. That it failed is only logged."""
    task = asyncio.create_task(work()) if work is not None else None
    try:
        yield Alongside(task)
    finally:
        if task is not None:
            task.cancel()
            for result in await asyncio.gather(task, return_exceptions=True):
                if isinstance(result, Exception):
                    log.warning("%s: %s", what, result)
