"""Control groups of version 1, on plain directories: what matters is which files are written, and with what."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.backend import MIB, CommandLimits, Kill
from sandbox.limits.cgroup_v1 import V1


@pytest.fixture
def homes(tmp_path: Path) -> dict[str, Path]:
    found = {kind: tmp_path / kind for kind in ("memory", "pids", "cpu")}
    for home in found.values():
        home.mkdir()
    return found


def places(homes: dict[str, Path]) -> dict[str, Path]:
    """The one slot's directory in each hierarchy, with the kernel's files of counters."""
    found = {kind: next(home.iterdir()) for kind, home in homes.items()}
    (found["memory"] / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    (found["pids"] / "pids.events").write_text("max 5\n")
    return found


def test_each_hierarchy_gets_its_limits_and_tells_what_happened(homes: dict[str, Path]) -> None:
    slot = V1(homes).slot("run-1")
    found = places(homes)
    assert slot.joins == tuple(str(found[kind] / "cgroup.procs") for kind in homes)
    slot.arm(CommandLimits(memory_bytes=64 * MIB, processes=50, cpus=0.5))
    assert (found["memory"] / "memory.limit_in_bytes").read_text() == str(64 * MIB)
    assert (found["cpu"] / "cpu.cfs_quota_us").read_text() == "50000"
    assert int((found["pids"] / "pids.max").read_text()) >= 50
    assert slot.look() is None, "what happened before does not count"
    (found["pids"] / "pids.events").write_text("max 6\n")
    assert slot.look() is Kill.PROCESSES
    (found["memory"] / "memory.oom_control").write_text("oom_kill 3\n")
    assert slot.look() is Kill.MEMORY


def test_where_swap_is_counted_it_is_bounded_with_the_memory(homes: dict[str, Path]) -> None:
    slot = V1(homes).slot("run-1")
    swap = places(homes)["memory"] / "memory.memsw.limit_in_bytes"
    swap.write_text("")
    slot.arm(CommandLimits(memory_bytes=64 * MIB))
    assert swap.read_text() == str(64 * MIB)


def test_a_machine_that_bounds_no_processor_has_two_hierarchies(homes: dict[str, Path]) -> None:
    del homes["cpu"]
    slot = V1(homes).slot("run-1")
    places(homes)
    slot.arm(CommandLimits(cpus=0.5))
    assert len(slot.joins) == 2


def test_a_slot_is_empty_but_for_who_stays(homes: dict[str, Path]) -> None:
    slot = V1(homes).slot("run-1")
    for place in places(homes).values():
        (place / "cgroup.procs").write_text(f"{os.getpid()}\n")
    assert not slot.empty()
    slot.resident = os.getpid()
    assert slot.empty()
    slot.kill()  # which spares who stays: this test goes on


def test_what_was_abandoned_is_found_in_any_hierarchy_and_closed_in_all(homes: dict[str, Path]) -> None:
    groups = V1(homes)
    groups.slot("run-1")
    for kind in ("memory", "pids"):
        next(homes[kind].iterdir()).rmdir()  # as one that died over it leaves them
    assert groups.abandoned(frozenset({"run-1"})) == []
    ((name, slot),) = groups.abandoned(frozenset())
    assert name == "run-1"
    slot.close()
    assert not any(one for home in homes.values() for one in home.iterdir())
