"""Control groups of version 2: one hierarchy, in which a place must be found that hands its controllers down."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sandbox.backend import CommandLimits, Kill
from sandbox.limits.slots import (
    LAUNCHERS,
    PERIOD,
    CgroupSlot,
    box_of,
    children,
    field,
    happened,
    is_abandoned,
    kill_all,
    pids,
    slot_name,
)


class V2:
    """One hierarchy for all controllers."""

    version = 2

    def __init__(self, home: Path) -> None:
        self.home = home

    def slot(self, box: str) -> CgroupSlot:
        return _Slot(self.home / slot_name(box))

    def abandoned(self, live: frozenset[str]) -> list[tuple[str, CgroupSlot]]:
        names = sorted(path.name for path in children(self.home))
        return [(box_of(name), _Slot(self.home / name)) for name in names if is_abandoned(name, live)]


class _Slot:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._armed: CommandLimits | None = None
        self._oom = self._forks = 0
        self.resident: int | None = None
        path.mkdir(exist_ok=True)
        self.joins = (str(path / "cgroup.procs"),)

    def arm(self, limits: CommandLimits) -> None:
        if limits != self._armed:
            self._write(limits)
            self._armed = limits
        self._oom, self._forks = self._counters()

    def _write(self, limits: CommandLimits) -> None:
        (self._path / "memory.max").write_text(str(limits.memory_bytes))
        (self._path / "pids.max").write_text(str(limits.processes + LAUNCHERS))
        for name, value in (
            ("memory.swap.max", "0"),
            ("memory.oom.group", "1"),
            ("cpu.max", f"{int(limits.cpus * PERIOD)} {PERIOD}"),
        ):
            if (self._path / name).exists():
                (self._path / name).write_text(value)

    def _counters(self) -> tuple[int, int]:
        return field(self._path / "memory.events", "oom_kill"), field(self._path / "pids.events", "max")

    def look(self) -> Kill | None:
        return happened(self._counters(), (self._oom, self._forks))

    def empty(self) -> bool:
        return not {*pids(self._path)} - {self.resident}

    def kill(self) -> None:
        try:
            (self._path / "cgroup.kill").write_text("1")
            self.resident = None
        except FileNotFoundError:  # kernels before 5.14
            kill_all({*pids(self._path)} - {self.resident})

    def close(self) -> None:
        with suppress(FileNotFoundError):
            self._path.rmdir()


def find(root: Path, name: str) -> V2 | str:
    """A group called `name` that we may write, or a sentence that says why there is none."""
    reason = "No control group that we may write has the memory and pids controllers."
    for place in _places(root):
        home = place / name
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


def _places(root: Path) -> Iterator[Path]:
    """Where our groups may go, best first: the top for root, else our own group and those above it."""
    if os.geteuid() == 0:
        yield root
    own = root / _own_path().lstrip("/")
    for place in (own, *own.parents):
        if place != root and root not in place.parents:
            return
        if os.access(place, os.W_OK):
            yield place


def _own_path() -> str:
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
    if pids(place) == [os.getpid()]:
        (place / "main").mkdir(exist_ok=True)
        (place / "main" / "cgroup.procs").write_text("0")
