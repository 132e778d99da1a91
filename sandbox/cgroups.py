"""Control groups of both versions: a slot per running command that bounds the sum of its processes.

A slot is made before the command starts, joined by the launcher as its first act, asked what
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
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sandbox.backend import Kill, Limits

ROOT = Path("/sys/fs/cgroup")
PARENT = "pullwright"
_PERIOD = 100_000  # microseconds, the kernel's own default
_LAUNCHERS = 3  # bubblewrap's two processes, and the zygote that starts the first of them
_numbers = itertools.count(1)


class Slot(Protocol):
    """The control group of one command at a time.

    `resident` is the pid of a member that stays from command to command and is not counted as
    one; None where there is none, and after a `kill` that takes it with the others.
    """

    resident: int | None

    @property
    def joins(self) -> tuple[str, ...]:
        """Files that a process writes "0" into to become a member."""
        ...

    def arm(self, limits: Limits) -> None:
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

    def slot(self, box: str) -> Slot: ...

    def abandoned(self, live: frozenset[str]) -> list[tuple[str, Slot]]:
        """Slots of dead owners, and of our own boxes that are not live, with the box's name."""
        ...


def find(root: Path = ROOT) -> Cgroups | str:
    """The control groups that we may write here, or a sentence that says why there are none."""
    if (root / "cgroup.controllers").exists():
        return _find_v2(root)
    homes = {name: root / name / PARENT for name in ("memory", "pids", "cpu") if (root / name / "tasks").exists()}
    if "memory" not in homes or "pids" not in homes:
        return "The memory and pids controllers are not mounted."
    try:
        for home in homes.values():
            home.mkdir(exist_ok=True)
    except OSError as error:
        return f"Control groups cannot be written: {error.strerror}."
    if not all(os.access(home, os.W_OK) for home in homes.values()):
        return "Control groups belong to another user."
    return V1(homes)


def clear(slot: Slot) -> None:
    """Kill what is still in a slot and remove it. Blocks for as long as the kernel needs, two seconds at most."""
    for _ in range(200):
        if slot.empty():
            slot.close()
            return
        slot.kill()
        time.sleep(0.01)


class V1:
    """One hierarchy per controller."""

    version = 1

    def __init__(self, homes: Mapping[str, Path]) -> None:
        self._homes = homes

    def slot(self, box: str) -> Slot:
        name = _slot_name(box)
        return _SlotV1({kind: home / name for kind, home in self._homes.items()})

    def abandoned(self, live: frozenset[str]) -> list[tuple[str, Slot]]:
        names = {path.name for home in self._homes.values() for path in _children(home)}
        return [
            (_box_of(name), _SlotV1({kind: home / name for kind, home in self._homes.items()}))
            for name in sorted(names)
            if _is_abandoned(name, live)
        ]


class V2:
    """One hierarchy for all controllers."""

    version = 2

    def __init__(self, home: Path) -> None:
        self.home = home

    def slot(self, box: str) -> Slot:
        return _SlotV2(self.home / _slot_name(box))

    def abandoned(self, live: frozenset[str]) -> list[tuple[str, Slot]]:
        names = sorted(path.name for path in _children(self.home))
        return [(_box_of(name), _SlotV2(self.home / name)) for name in names if _is_abandoned(name, live)]


class _SlotV1:
    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths
        self._armed: Limits | None = None
        self._oom = self._forks = 0
        self.resident: int | None = None
        for path in paths.values():
            path.mkdir(exist_ok=True)
        self.joins = tuple(str(path / "cgroup.procs") for path in paths.values())

    def arm(self, limits: Limits) -> None:
        if limits != self._armed:
            self._write(limits)
            self._armed = limits
        self._oom, self._forks = self._counters()

    def _write(self, limits: Limits) -> None:
        memory = self._paths["memory"]
        memsw = memory / "memory.memsw.limit_in_bytes"  # there only where swap is counted
        with suppress(OSError):
            memsw.write_text("-1")  # must not be under the limit that comes next
        (memory / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
        with suppress(OSError):
            memsw.write_text(str(limits.memory_bytes))
        (self._paths["pids"] / "pids.max").write_text(str(limits.processes + _LAUNCHERS))
        if "cpu" in self._paths:
            (self._paths["cpu"] / "cpu.cfs_quota_us").write_text(str(int(limits.cpus * _PERIOD)))

    def _counters(self) -> tuple[int, int]:
        oom = _field(self._paths["memory"] / "memory.oom_control", "oom_kill")
        return oom, _field(self._paths["pids"] / "pids.events", "max")

    def look(self) -> Kill | None:
        return _what(self._counters(), (self._oom, self._forks))

    def empty(self) -> bool:
        return not any({*_pids(path)} - {self.resident} for path in self._paths.values())

    def kill(self) -> None:
        for path in self._paths.values():
            _kill_all({*_pids(path)} - {self.resident})

    def close(self) -> None:
        for path in self._paths.values():
            with suppress(FileNotFoundError):
                path.rmdir()


class _SlotV2:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._armed: Limits | None = None
        self._oom = self._forks = 0
        self.resident: int | None = None
        path.mkdir(exist_ok=True)
        self.joins = (str(path / "cgroup.procs"),)

    def arm(self, limits: Limits) -> None:
        if limits != self._armed:
            self._write(limits)
            self._armed = limits
        self._oom, self._forks = self._counters()

    def _write(self, limits: Limits) -> None:
        (self._path / "memory.max").write_text(str(limits.memory_bytes))
        (self._path / "pids.max").write_text(str(limits.processes + _LAUNCHERS))
        for name, value in (
            ("memory.swap.max", "0"),
            ("memory.oom.group", "1"),
            ("cpu.max", f"{int(limits.cpus * _PERIOD)} {_PERIOD}"),
        ):
            if (self._path / name).exists():
                (self._path / name).write_text(value)

    def _counters(self) -> tuple[int, int]:
        return _field(self._path / "memory.events", "oom_kill"), _field(self._path / "pids.events", "max")

    def look(self) -> Kill | None:
        return _what(self._counters(), (self._oom, self._forks))

    def empty(self) -> bool:
        return not {*_pids(self._path)} - {self.resident}

    def kill(self) -> None:
        try:
            (self._path / "cgroup.kill").write_text("1")
            self.resident = None
        except FileNotFoundError:  # kernels before 5.14
            _kill_all({*_pids(self._path)} - {self.resident})

    def close(self) -> None:
        with suppress(FileNotFoundError):
            self._path.rmdir()


def _find_v2(root: Path) -> Cgroups | str:
    reason = "No control group that we may write has the memory and pids controllers."
    for place in _places_v2(root):
        home = place / PARENT
        try:
            home.mkdir(exist_ok=True)
            _delegate(place)
            _delegate(home)
        except OSError as error:
            with suppress(OSError):
                home.rmdir()
            reason = f"Control groups cannot be written: {error.strerror} at {place}."
            continue
        return V2(home)
    return reason


def _places_v2(root: Path) -> Iterator[Path]:
    """Where our groups may go, best first: the top for root, else our own group and those above it."""
    if os.geteuid() == 0:
        yield root
    own = root / _own_path_v2().lstrip("/")
    for place in (own, *own.parents):
        if place != root and root not in place.parents:
            return
        if os.access(place, os.W_OK):
            yield place


def _own_path_v2() -> str:
    with open("/proc/self/cgroup") as lines:
        return next((line.strip()[3:] for line in lines if line.startswith("0::")), "/")


def _delegate(place: Path) -> None:
    """Let the children of a group use the controllers; OSError where it does not have them."""
    control = place / "cgroup.subtree_control"
    missing = {"memory", "pids"} - set(control.read_text().split())
    if missing:
        _step_aside(place)
        control.write_text(" ".join(f"+{name}" for name in sorted(missing)))
    with suppress(OSError):  # cpu is a matter of fairness, not of safety
        control.write_text("+cpu")


def _step_aside(place: Path) -> None:
    """A group with members cannot hand controllers down: where we are its only one, move into a child."""
    if _pids(place) == [os.getpid()]:
        (place / "main").mkdir(exist_ok=True)
        (place / "main" / "cgroup.procs").write_text("0")


def _slot_name(box: str) -> str:
    return f"{box}@{os.getpid()}.{started(os.getpid())}.{next(_numbers)}"


def _box_of(name: str) -> str:
    return name.rpartition("@")[0]


def _is_abandoned(name: str, live: frozenset[str]) -> bool:
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


def _children(home: Path) -> list[Path]:
    return [path for path in home.iterdir() if path.is_dir() and path.name.count("@") == 1]


def _field(path: Path, name: str) -> int:
    with open(path) as lines:
        for line in lines:
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0


def _pids(path: Path) -> list[int]:
    try:
        return [int(line) for line in (path / "cgroup.procs").read_text().split()]
    except FileNotFoundError:
        return []


def _kill_all(pids: Iterable[int]) -> None:
    for pid in pids:
        if pid > 0:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _what(now: tuple[int, int], before: tuple[int, int]) -> Kill | None:
    if now[0] > before[0]:
        return Kill.MEMORY
    return Kill.PROCESSES if now[1] > before[1] else None
