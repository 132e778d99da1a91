"""A worker takes no runs while its disk is full: others may have room, and here they would only wait for it."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from sandbox.errors import NoRoom

log = logging.getLogger(__name__)

LEAST_BYTES = 256 * 1024**2
"""Of free space; less than what a run of any size needs."""
FULL_BYTES = 1024**2
"""With less than that a disk is full, and nothing can be done."""
_FULL_FILES = 100


def free_bytes(data: Path) -> int:
    """What there is room for; none either where the file system can hold no further files."""
    facts = os.statvfs(data)
    return 0 if facts.f_files and facts.f_favail < _FULL_FILES else facts.f_bavail * facts.f_frsize


def lack(data: Path) -> NoRoom | None:
    """Why nothing can be done on this machine now."""
    return NoRoom(os.strerror(errno.ENOSPC)) if free_bytes(data) < FULL_BYTES else None


class WorkerRoom:
    """How many runs this worker offers to work on: as many as it has places, or none."""

    def __init__(
        self, data: Path, places: int, *, least: int = LEAST_BYTES, free: Callable[[Path], int] = free_bytes
    ) -> None:
        self._data = data
        self._places = places
        self._least = least
        self._free = free
        self.offered = self._now()
        if not self.offered:
            self._say()

    async def look(self, offer: Callable[[int], Awaitable[None]]) -> None:
        """Call `offer` with another number where that has changed; again at the next look where it fails."""
        places = await asyncio.to_thread(self._now)
        if places == self.offered:
            return
        await offer(places)
        self.offered = places
        self._say()

    def _say(self) -> None:
        if self.offered:
            log.warning("there is room on the disk again, and runs are taken")
        else:
            log.warning(
                "no runs are taken while less than %d MB are free at %s", max(1, self._least // 1024**2), self._data
            )

    def _now(self) -> int:
        return self._places if self._free(self._data) >= self._least else 0
