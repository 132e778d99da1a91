"""The limits of one command: who counts its processes and memory, and the rlimits it starts with.

Control groups count exactly and the kernel enforces them. Without them `ProcessTally` adds up what
/proc says on every tick: a burst between two ticks can overshoot, which is why rlimits stand
behind it.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Protocol

from sandbox.backend import CommandLimits, Kill

_PAGE = os.sysconf("SC_PAGE_SIZE")
_BLOCK = 512  # the unit of `ulimit -f` in a POSIX shell

LAUNCHER = """\
while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done
shift
ulimit -c 0 && ulimit -f "$1" && shift || exit 125
exec "$@"
"""
"""Shell text that joins control groups, sets rlimits, and becomes the command behind them."""


def launcher(joins: tuple[str, ...], limits: CommandLimits) -> tuple[str, ...]:
    """An argv to put before a command's: it joins the groups and limits file sizes before anything else."""
    file_bytes = _within_hard(resource.RLIMIT_FSIZE, limits.file_bytes)
    return ("/bin/sh", "-c", LAUNCHER, "sh", *joins, "--", str(max(file_bytes // _BLOCK, 1)))


def rlimits(limits: CommandLimits) -> tuple[str, ...]:
    """An argv to put before a command's where no control group bounds the sums.

    RLIMIT_NPROC counts in the box's own user namespace. RLIMIT_DATA bounds each process, and
    only what it may write to: reserved address space (Java, Node, Go) does not count.
    """
    processes = _within_hard(resource.RLIMIT_NPROC, limits.processes)
    data = _within_hard(resource.RLIMIT_DATA, limits.memory_bytes + limits.memory_bytes // 4)
    return ("prlimit", f"--nproc={processes}", f"--data={data}", "--")


class Meter(Protocol):
    """Counts what one command uses."""

    def look(self) -> Kill | None: ...

    def kill(self) -> None: ...

    def empty(self) -> bool: ...


class ProcessTally:
    """A meter over /proc: one process and all below it, threads counted, shared pages counted once."""

    def __init__(self, limits: CommandLimits) -> None:
        self._limits = limits
        self.pid = 0

    def look(self) -> Kill | None:
        if not self.pid:
            return None
        pids = [self.pid, *islice(descendants(self.pid), self._limits.processes)]
        if sum(map(_threads, pids)) >= self._limits.processes:
            return Kill.PROCESSES
        if sum(map(_resident, pids)) <= self._limits.memory_bytes:
            return None
        return Kill.MEMORY if sum(map(_proportional, pids)) > self._limits.memory_bytes else None

    def kill(self) -> None:
        for pid in descendants(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def empty(self) -> bool:
        return next(descendants(self.pid), None) is None


def descendants(pid: int) -> Iterator[int]:
    """The processes below `pid`, as far as they have not left for another parent."""
    waiting = [pid]
    while waiting:
        for child in children(waiting.pop()):
            yield child
            waiting.append(child)


def children(pid: int) -> list[int]:
    """The children of a process, of whatever thread of it; none where there is no such process."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/task/{thread}/children") as file:
                found += map(int, file.read().split())
    return found


def _within_hard(kind: int, wanted: int) -> int:
    """What may be set of a limit: nobody but root goes beyond the hard one there is."""
    _, hard = resource.getrlimit(kind)
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def parent(pid: int) -> int:
    """The parent of a process, 0 where there is no such process."""
    return _stat(pid, 4)


def session(pid: int) -> int:
    """The session of a process, 0 where there is no such process."""
    return _stat(pid, 6)


def _threads(pid: int) -> int:
    return _stat(pid, 20)


def _stat(pid: int, field: int) -> int:
    """A number from /proc/PID/stat, counted from 1 as proc(5) does; 0 where there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[field - 3])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _proportional(pid: int) -> int:
    """Resident memory with each shared page divided among its users."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(b"Pss:"))
    except (FileNotFoundError, ProcessLookupError, PermissionError, StopIteration):
        return _resident(pid)
