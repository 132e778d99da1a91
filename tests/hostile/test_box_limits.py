"""Attacks on the machine's resources: each is stopped, and the reason is a fact in the outcome."""

import asyncio
import os
import resource
import time
from pathlib import Path

import pytest

from sandbox.backend import MIB, Box, BoxCommand, BoxSpec, CommandLimits, Kill
from sandbox.boxes.bubblewrap import Bubblewrap

# The first hint at growth is the free space of the file system, and what others give back in the same
# moment hides it until the next walk: they run one after the other, and what is quick stays for a walk.
LINGER = "sleep 20"
pytestmark = [pytest.mark.bwrap, pytest.mark.xdist_group("disk")]


def sleepers(seconds: str) -> list[str]:
    """Host processes that run `sleep SECONDS`."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and Path("/proc", entry, "cmdline").read_bytes() == f"sleep\0{seconds}\0".encode():
                found.append(entry)
        except OSError:
            continue
    return found


async def no_sleeper(seconds: str) -> bool:
    """Whether none runs; one that the kernel is just taking down shows its command line for a moment longer."""
    for _ in range(20):
        if not sleepers(seconds):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_fork_bomb_hits_the_process_cap_and_the_run_ends(bounded_box: Box) -> None:
    bomb = BoxCommand(
        shell="bomb() { bomb | bomb & }; bomb; sleep 30", limits=CommandLimits(processes=60, wall_seconds=30)
    )
    outcome = await bounded_box.run(bomb)
    assert outcome.killed is Kill.PROCESSES
    assert outcome.seconds < 25
    assert (await bounded_box.run(BoxCommand(shell="echo alive"))).output == "alive\n"


async def test_one_memory_hog_is_killed(bounded_box: Box) -> None:
    hog = "x = []\nwhile True: x.append(bytearray(b'x') * 4000000)"
    limits = CommandLimits(memory_bytes=160 * MIB, wall_seconds=30)
    outcome = await bounded_box.run(BoxCommand(argv=("python3", "-c", hog), limits=limits))
    if outcome.killed is None:  # without control groups a burst may run into RLIMIT_DATA first
        assert "MemoryError" in outcome.output
    else:
        assert outcome.killed is Kill.MEMORY


async def test_the_sum_of_many_processes_counts(bounded_box: Box) -> None:
    eater = "import time; x = bytearray(b'x') * 40_000_000; time.sleep(20)"
    limits = CommandLimits(memory_bytes=150 * MIB, wall_seconds=30)
    outcome = await bounded_box.run(
        BoxCommand(shell=f'for n in 1 2 3 4 5 6 7 8; do python3 -c "{eater}" & done; wait', limits=limits)
    )
    assert outcome.killed is Kill.MEMORY


async def test_pages_that_processes_share_count_once(bounded_box: Box) -> None:
    family = """
import os, time
x = bytearray(b'x') * 60_000_000
children = [os.fork() for _ in range(1)]
for _ in range(3):
    if os.fork() == 0:
        time.sleep(0.4); os._exit(0)
time.sleep(0.5)
print("fine")
"""
    limits = CommandLimits(memory_bytes=200 * MIB, wall_seconds=30)
    outcome = await bounded_box.run(BoxCommand(argv=("python3", "-c", family), limits=limits))
    assert (outcome.killed, "fine" in outcome.output) == (None, True)


async def test_where_nobody_counts_exactly_each_process_starts_with_bounds(
    box_machine: None, box_spec: BoxSpec, tmp_path: Path
) -> None:
    limits = CommandLimits(processes=77, memory_bytes=400 * MIB)
    async with Bubblewrap(cgroup_root=tmp_path).open(box_spec) as box:
        outcome = await box.run(BoxCommand(shell="ulimit -u; ulimit -d", limits=limits))
    assert outcome.output.split() == ["77", str(500 * 1024)]


async def test_shared_memory_cannot_be_filled_without_end(bounded_box: Box) -> None:
    outcome = await bounded_box.run(BoxCommand(shell="head -c 600M /dev/zero > /dev/shm/x; stat -c %s /dev/shm/x"))
    assert int(outcome.output.split()[-1]) <= 256 * MIB


async def test_one_huge_file_breaks_the_disk_bound(bounded_box: Box) -> None:
    limits = CommandLimits(disk_bytes=40 * MIB, wall_seconds=30)
    outcome = await bounded_box.run(BoxCommand(shell="while :; do head -c 4M /dev/zero >> x; done", limits=limits))
    assert outcome.killed is Kill.DISK


async def test_a_huge_file_that_is_made_in_one_moment_is_seen_too(bounded_box: Box) -> None:
    limits = CommandLimits(disk_bytes=400 * MIB)
    outcome = await bounded_box.run(BoxCommand(shell=f"fallocate -l 800M x; {LINGER}", limits=limits))
    assert outcome.killed is Kill.DISK


async def test_home_and_tmp_count_as_well(bounded_box: Box) -> None:
    limits = CommandLimits(disk_bytes=400 * MIB)
    line = f"fallocate -l 300M ~/x; fallocate -l 300M /tmp/x; {LINGER}"
    outcome = await bounded_box.run(BoxCommand(shell=line, limits=limits))
    assert outcome.killed is Kill.DISK


async def test_growth_is_seen_though_somebody_else_gives_back_as_much(bounded_box: Box, tmp_path: Path) -> None:
    ballast = tmp_path / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 800 * MIB)
    growing = asyncio.ensure_future(
        bounded_box.run(
            BoxCommand(shell=f"sleep 0.5; fallocate -l 600M x; {LINGER}", limits=CommandLimits(disk_bytes=400 * MIB))
        )
    )
    await asyncio.sleep(0.3)
    ballast.unlink()
    outcome = await growing
    assert (outcome.killed, outcome.seconds < 15) == (Kill.DISK, True)


async def test_a_single_file_has_a_bound_of_its_own(bounded_box: Box) -> None:
    limits = CommandLimits(file_bytes=4 * MIB)
    outcome = await bounded_box.run(BoxCommand(argv=("head", "-c", "9M", "/dev/zero"), limits=limits))
    assert outcome.killed is None, "a pipe is no file"
    outcome = await bounded_box.run(BoxCommand(shell="head -c 9M /dev/zero > x", limits=limits))
    assert outcome.killed is Kill.DISK
    outcome = await bounded_box.run(
        BoxCommand(argv=("python3", "-c", "open('y','wb').write(b'x'*9000000)"), limits=limits)
    )
    assert outcome.killed is Kill.DISK


async def test_very_many_files_break_the_disk_bound(bounded_box: Box) -> None:
    limits = CommandLimits(files=1500, wall_seconds=30)
    flood = "mkdir -p a/b; cd a/b; n=0; while :; do n=$((n+1)); : > $n; done"
    outcome = await bounded_box.run(BoxCommand(shell=flood, limits=limits))
    assert outcome.killed is Kill.DISK


async def test_files_cannot_hide_below_a_path_too_long_to_name(bounded_box: Box) -> None:
    dig = "for n in $(seq 60); do mkdir -p $(printf 'd%.0s' $(seq 200)) && cd d*; done"
    line = f"{dig}; pwd | wc -c; fallocate -l 600M x; {LINGER}"
    outcome = await bounded_box.run(BoxCommand(shell=line, limits=CommandLimits(disk_bytes=400 * MIB)))
    assert int(outcome.output.split()[-1]) > 4096
    assert outcome.killed is Kill.DISK


async def test_endless_output_is_capped_and_ended(bounded_box: Box) -> None:
    limits = CommandLimits(output_bytes=10_000, output_total_bytes=4 * MIB, wall_seconds=15)
    outcome = await bounded_box.run(BoxCommand(argv=("yes",), limits=limits))
    assert outcome.killed is Kill.OUTPUT
    assert len(outcome.output) < 11_000
    assert outcome.dropped_bytes > 3 * MIB


async def test_a_gigabyte_without_a_newline_leaves_the_hosts_memory_flat(box: Box) -> None:
    limits = CommandLimits(output_total_bytes=2048 * MIB)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcome = await box.run(BoxCommand(shell="printf head; head -c 1G /dev/zero; printf tail", limits=limits))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert outcome.ok
    assert outcome.output.startswith("head")
    assert outcome.output.endswith("tail")
    assert outcome.dropped_bytes == 1024 * MIB + 8 - limits.output_bytes
    assert grown < 32 * MIB


async def test_burning_cpu_in_many_children_ends_with_the_clock(bounded_box: Box) -> None:
    limits = CommandLimits(wall_seconds=0.6)
    outcome = await bounded_box.run(
        BoxCommand(shell="for n in 1 2 3 4; do (while :; do :; done) & done; wait", limits=limits)
    )
    assert outcome.killed is Kill.TIMEOUT
    assert outcome.exit_code == 137


async def test_the_cpu_quota_holds_for_the_sum(box_backend: Bubblewrap, box: Box) -> None:
    burn = "import os, time\nfor _ in range(3): os.fork()\nend = time.time() + 1\nwhile time.time() < end: pass\n"
    total = "print(round(sum(os.times()[:4]), 2))"
    wait = "import sys\ntry:\n while True: os.wait()\nexcept ChildProcessError: pass\n"
    code = burn + wait + total
    outcome = await box.run(BoxCommand(argv=("python3", "-c", code), limits=CommandLimits(cpus=0.25)))
    spent = float(outcome.output.split()[-1])
    if not isinstance(box_backend.cgroups, str):
        assert spent < 0.8


async def test_who_ignores_signals_is_killed_all_the_same(bounded_box: Box) -> None:
    stubborn = "trap '' TERM INT HUP; while :; do sleep 1; done"
    outcome = await bounded_box.run(BoxCommand(shell=stubborn, limits=CommandLimits(wall_seconds=0.3)))
    assert outcome.killed is Kill.TIMEOUT
    assert outcome.seconds < 10


async def test_a_daemon_does_not_survive_its_command(bounded_box: Box) -> None:
    outcome = await bounded_box.run(BoxCommand(shell="setsid nohup sleep 45678 >/dev/null 2>&1 & echo started"))
    assert outcome.output == "started\n"
    assert await no_sleeper("45678")


async def test_a_daemon_that_keeps_the_output_open_does_not_hold_us_up(bounded_box: Box) -> None:
    begun = time.monotonic()
    outcome = await bounded_box.run(BoxCommand(shell="(setsid sleep 45679 &); echo started"))
    assert outcome.output == "started\n"
    assert time.monotonic() - begun < 20
    assert await no_sleeper("45679")


async def test_a_fork_bomb_can_be_aborted(bounded_box: Box) -> None:
    bomb = BoxCommand(
        shell="bomb() { bomb | bomb & }; bomb; sleep 45680", limits=CommandLimits(processes=3000, wall_seconds=30)
    )
    running = asyncio.create_task(bounded_box.run(bomb))
    await asyncio.sleep(0.3)
    running.cancel()
    begun = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - begun < 10
    assert await no_sleeper("45680")
