"""Control groups: who owns a slot can be told from its name, and limits are written as the kernel wants them.

Version 2 is tested on plain directories: what matters there is which files are written, and with what.
"""

import os
import subprocess
from pathlib import Path

from sandbox.backend import MIB, CommandLimits, Kill
from sandbox.limits import cgroups
from sandbox.limits.cgroup_v2 import V2
from sandbox.limits.slots import started


def unified(root: Path) -> Path:
    """A directory that looks like the top of a version 2 hierarchy with all controllers on."""
    for place in (root, root / cgroups.PARENT):
        place.mkdir(exist_ok=True)
        (place / "cgroup.controllers").write_text("cpu memory pids\n")
        (place / "cgroup.subtree_control").write_text("cpu memory pids\n")
    return root


def test_there_is_a_reason_where_there_are_no_control_groups(tmp_path: Path) -> None:
    assert cgroups.find(tmp_path) == "The memory and pids controllers are not mounted."


def test_a_version_2_slot_gets_its_limits_and_tells_what_happened(tmp_path: Path) -> None:
    groups = V2(unified(tmp_path) / cgroups.PARENT)
    slot = groups.slot("run-1")
    (place,) = (path for path in (tmp_path / cgroups.PARENT).iterdir() if path.is_dir())
    for name in ("memory.swap.max", "memory.oom.group", "cpu.max"):
        (place / name).write_text("")
    (place / "memory.events").write_text("low 0\noom 0\noom_kill 0\n")
    (place / "pids.events").write_text("max 0\n")
    slot.arm(CommandLimits(memory_bytes=64 * MIB, processes=50, cpus=1.5))
    assert (place / "memory.max").read_text() == str(64 * MIB)
    assert (place / "memory.oom.group").read_text() == "1"
    assert (place / "cpu.max").read_text() == "150000 100000"
    assert slot.look() is None
    (place / "pids.events").write_text("max 3\n")
    assert slot.look() is Kill.PROCESSES
    (place / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert slot.look() is Kill.MEMORY
    slot.arm(CommandLimits())
    assert slot.look() is None, "what happened before does not count"


def test_what_a_dead_process_left_is_abandoned_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    home = unified(tmp_path) / cgroups.PARENT
    dead = subprocess.Popen(["true"])
    dead.wait()
    here, start = os.getpid(), started(os.getpid())
    parent = os.getppid()
    names = {
        "dead": f"dead@{dead.pid}.1.1",
        "reused": f"reused@{here}.{start + 1}.1",
        "ours": f"ours@{here}.{start}.1",
        "live": f"live@{here}.{start}.2",
        "other": f"other@{parent}.{started(parent)}.1",
    }
    for name in names.values():
        (home / name).mkdir()
    (home / "unrelated").mkdir()
    found = [box for box, _ in V2(home).abandoned(frozenset({"live"}))]
    assert found == ["dead", "ours", "reused"]
