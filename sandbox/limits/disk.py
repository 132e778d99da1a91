"""The disk bound of a box: what its writable directories have grown by.

Walking a tree is slow and asking a file system for its free space is not. So the free space
is the tripwire: where it fell by as much as the bound, `du` walks the directories and says who
it was. Somebody else may have freed as much in the same moment, so there is a walk every two
seconds all the same, across commands, or as seldom as keeps walking cheap in a large tree.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.backend import CommandLimits, Kill

_BASELINE_SHARE = 8  # a baseline is taken again when free space fell by this share of the bound
_WALK_EVERY = 2.0
_WALK_COST = 30  # at most one part in so many is spent on walking that no tripwire asked for
_CHEAP_WALK = 0.2
_SIGXFSZ_EXIT = 128 + 25


@dataclass(frozen=True, slots=True)
class DiskUsage:
    """Bytes allocated and inodes used."""

    size: int
    files: int

    def __sub__(self, other: DiskUsage) -> DiskUsage:
        return DiskUsage(self.size - other.size, self.files - other.files)

    def reaches(self, limits: CommandLimits, share: int = 1) -> bool:
        return self.size * share >= limits.disk_bytes or self.files * share >= limits.files


class Disk:
    """The writable directories of one box, and what they used when somebody last walked them."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = tuple(str(place) for place in places)
        self._known: DiskUsage | None = None
        self._lost_then = DiskUsage(0, 0)
        self._next_walk = 0.0
        self._walk_seconds = 0.0

    def lost(self) -> DiskUsage:
        """What the file systems below have handed out, up to a constant: only differences mean something."""
        size = files = 0
        seen = set()
        for place in self._places:
            stat = os.statvfs(place)
            if stat.f_fsid not in seen:
                seen.add(stat.f_fsid)
                size -= stat.f_bfree * stat.f_frsize
                files -= stat.f_ffree
        return DiskUsage(size, files)

    async def baseline(self, limits: CommandLimits) -> DiskUsage:
        """What the box uses now, to within an eighth of the bound."""
        if self._known is None or (self.lost() - self._lost_then).reaches(limits, _BASELINE_SHARE):
            return await self.measure()
        return self._known

    async def measure(self) -> DiskUsage:
        """Walk the directories. What `du` may not read is not counted."""
        lost, begun = self.lost(), time.monotonic()
        known = DiskUsage(await self._du("--block-size=1"), await self._du("--inodes"))
        self._known, self._lost_then = known, lost
        self._walk_seconds = time.monotonic() - begun
        self._next_walk = begun + max(_WALK_EVERY, _WALK_COST * self._walk_seconds)
        return known

    @property
    def due(self) -> bool:
        """Whether the last walk was long enough ago for another one that nothing speaks for."""
        return time.monotonic() >= self._next_walk

    @property
    def small(self) -> bool:
        """Whether the last walk was quick enough to take one on a mere suspicion."""
        return self._walk_seconds < _CHEAP_WALK

    async def _du(self, unit: str) -> int:
        last = (await _output("du", "-scx", unit, "--", *self._places)).rstrip().rpartition(b"\n")[2]
        return int(last.split(b"\t")[0] or 0)

    async def has_file_of(self, size: int) -> bool:
        """Whether a file has reached `size`, as one does that ran into RLIMIT_FSIZE."""
        big = await _output(
            "find", *self._places, "-xdev", "-type", "f", "-size", f"+{size - 1}c", "-printf", "x", "-quit"
        )
        return bool(big)


class DiskWatch:
    """Holds one command of a box to the disk bound."""

    def __init__(self, disk: Disk, limits: CommandLimits, baseline: DiskUsage) -> None:
        self._disk = disk
        self._limits = limits
        self._baseline = baseline
        self._lost = disk.lost()
        self._walk: asyncio.Task[DiskUsage] | None = None

    def look(self) -> Kill | None:
        """DISK where a walk has found the bound broken; starts a walk where one is due."""
        if self._walk is not None:
            if not self._walk.done():
                return None
            grown, self._walk = self._walk.result() - self._baseline, None
            if grown.reaches(self._limits):
                return Kill.DISK
            self._lost = self._disk.lost()
        if self._tripped() or self._disk.due:
            self._walk = asyncio.ensure_future(self._disk.measure())
        return None

    async def settle(self, exit_code: int) -> Kill | None:
        """The last look, for what was too quick for the others."""
        if self._walk is not None:
            self._walk.cancel()
            with suppress(asyncio.CancelledError):
                await self._walk
        if exit_code == _SIGXFSZ_EXIT:
            return Kill.DISK
        suspicious = self._tripped() or self._disk.due
        if suspicious and (await self._disk.measure() - self._baseline).reaches(self._limits):
            return Kill.DISK
        wrote_much = (self._disk.lost() - self._lost).size >= self._limits.file_bytes // 2
        if exit_code and (wrote_much or self._disk.small) and await self._disk.has_file_of(self._limits.file_bytes):
            return Kill.DISK
        return None

    def _tripped(self) -> bool:
        return (self._disk.lost() - self._lost).reaches(self._limits)


async def _output(*argv: str) -> bytes:
    """The standard output of a small tool on the host, which is killed where we are cancelled."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return output
