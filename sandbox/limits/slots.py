"""A slot: the control group of one running command, which bounds the sum of its processes.

It is made before the command starts, joined by the launcher as its first act, asked what
happened (out of memory, too many processes), and used again by the next command of the box:
a fresh group for every command would leave the kernel with hundreds of dying ones.

The directory of a slot is called `BOX@PID.START.N` after the box and the process that owns
it, so that whoever comes later can tell what a killed process left behind.
"""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sandbox.backend import CommandLimits, Kill

PERIOD = 100_000  # microseconds, the kernel's own default
LAUNCHERS = 3  # bubblewrap's two processes, and the zygote that starts the first of them
_numbers = itertools.count(1)


class CgroupSlot(Protocol):
    """The control group of one command at a time.

    `resident` is the pid of a member that stays from command to command and is not counted as
    one; None where there is none, and after a `kill` that takes it with the others.
    """

    resident: int | None

    @property
    def joins(self) -> tuple[str, ...]:
        """Files that a process writes "0" into to become a member."""
        ...

    def arm(self, limits: CommandLimits) -> None:
        """Set the limits and forget what happened before."""
        ...

    def look(self) -> Kill | None:
        """What the kernel has refused or killed since `arm`."""
        ...

    def empty(self) -> bool: ...

    def kill(self) -> None: ...

    def close(self) -> None:
        """Remove the group; it must be empty."""
        ...


class Cgroups(Protocol):
    """A place below which slots can be made."""

    @property
    def version(self) -> int: ...

    def slot(self, box: str) -> CgroupSlot: ...

    def abandoned(self, live: frozenset[str]) -> list[tuple[str, CgroupSlot]]:
        """Slots of dead owners, and of our own boxes that are not live, with the box's name."""
        ...


def clear(slot: CgroupSlot) -> None:
    """Kill what is still in a slot and remove it. Blocks for as long as the kernel needs, two seconds at most."""
    for _ in range(200):
        if slot.empty():
            slot.close()
            return
        slot.kill()
        time.sleep(0.01)


def slot_name(box: str) -> str:
    """A name that no other slot has."""
    return f"{box}@{os.getpid()}.{started(os.getpid())}.{next(_numbers)}"


def box_of(name: str) -> str:
    """The box that a slot was made for."""
    return name.rpartition("@")[0]


def is_abandoned(name: str, live: frozenset[str]) -> bool:
    """Whether the slot's owner is dead, or is us and the box is not live."""
    box, _, owner = name.rpartition("@")
    pid, start, _ = owner.split(".")
    if int(pid) == os.getpid() and start == str(started(os.getpid())):
        return box not in live
    return str(started(int(pid))) != start


def started(pid: int) -> int:
    """When a process started, in clock ticks since boot; 0 where there is none. Tells reused pids apart."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def children(home: Path) -> list[Path]:
    """The directories of slots."""
    return [path for path in home.iterdir() if path.is_dir() and path.name.count("@") == 1]


def field(path: Path, name: str) -> int:
    """One number of a file of the kernel's with a name and a number per line; 0 where it is not there."""
    for line in _told(path).splitlines():
        key, _, value = line.partition(b" ")
        if key == name.encode():
            return int(value)
    return 0


def pids(path: Path) -> list[int]:
    """The members of a group."""
    try:
        return [int(line) for line in _told(path / "cgroup.procs").split()]
    except FileNotFoundError:
        return []


def _told(path: Path) -> bytes:
    """What a file of the kernel's says: several are read for each command, and a file object takes longer than that."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        said = b""
        while more := os.read(descriptor, 65536):
            said += more
        return said
    finally:
        os.close(descriptor)


def kill_all(pids: Iterable[int]) -> None:
    for pid in pids:
        if pid > 0:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def happened(now: tuple[int, int], before: tuple[int, int]) -> Kill | None:
    """What two readings of the counters (killed for memory, refused processes) tell."""
    if now[0] > before[0]:
        return Kill.MEMORY
    return Kill.PROCESSES if now[1] > before[1] else None
