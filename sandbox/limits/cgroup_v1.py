"""Control groups of version 1: a hierarchy for each controller."""

from __future__ import annotations

from collections.abc import Mapping
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


class V1:
    """One hierarchy per controller."""

    version = 1

    def __init__(self, homes: Mapping[str, Path]) -> None:
        self._homes = homes

    def slot(self, box: str) -> CgroupSlot:
        name = slot_name(box)
        return _Slot({kind: home / name for kind, home in self._homes.items()})

    def abandoned(self, live: frozenset[str]) -> list[tuple[str, CgroupSlot]]:
        names = {path.name for home in self._homes.values() for path in children(home)}
        return [
            (box_of(name), _Slot({kind: home / name for kind, home in self._homes.items()}))
            for name in sorted(names)
            if is_abandoned(name, live)
        ]


class _Slot:
    def __init__(self, paths: Mapping[str, Path]) -> None:
        self._paths = paths
        self._armed: CommandLimits | None = None
        self._oom = self._forks = 0
        self.resident: int | None = None
        for path in paths.values():
            path.mkdir(exist_ok=True)
        self.joins = tuple(str(path / "cgroup.procs") for path in paths.values())

    def arm(self, limits: CommandLimits) -> None:
        if limits != self._armed:
            self._write(limits)
            self._armed = limits
        self._oom, self._forks = self._counters()

    def _write(self, limits: CommandLimits) -> None:
        memory = self._paths["memory"]
        memsw = memory / "memory.memsw.limit_in_bytes"  # there only where swap is counted
        with suppress(OSError):
            memsw.write_text("-1")  # must not be under the limit that comes next
        (memory / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
        with suppress(OSError):
            memsw.write_text(str(limits.memory_bytes))
        (self._paths["pids"] / "pids.max").write_text(str(limits.processes + LAUNCHERS))
        if "cpu" in self._paths:
            (self._paths["cpu"] / "cpu.cfs_quota_us").write_text(str(int(limits.cpus * PERIOD)))

    def _counters(self) -> tuple[int, int]:
        oom = field(self._paths["memory"] / "memory.oom_control", "oom_kill")
        return oom, field(self._paths["pids"] / "pids.events", "max")

    def look(self) -> Kill | None:
        return happened(self._counters(), (self._oom, self._forks))

    def empty(self) -> bool:
        return not any({*pids(path)} - {self.resident} for path in self._paths.values())

    def kill(self) -> None:
        for path in self._paths.values():
            kill_all({*pids(path)} - {self.resident})

    def close(self) -> None:
        for path in self._paths.values():
            with suppress(FileNotFoundError):
                path.rmdir()
