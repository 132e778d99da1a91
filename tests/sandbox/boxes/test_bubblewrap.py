"""The bubblewrap backend keeps the protocol: outcomes as data, nothing left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.backend import HOME, MIB, Box, BoxCommand, BoxSpec, CommandLimits, Mount
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.errors import SandboxUnavailable
from sandbox.limits import cgroups

pytestmark = pytest.mark.bwrap


def processes_with(word: str) -> list[int]:
    """Host processes that have `word` among their arguments."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                words = Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if word.encode() in words:
                found.append(int(entry))
    return found


def slots_of(name: str) -> list[Path]:
    return [path for path in cgroups.ROOT.glob("**/pullwright/*@*") if path.name.startswith(f"{name}@")]


async def test_a_command_sees_the_tree_and_may_write_it(box: Box, box_spec: BoxSpec) -> None:
    (box_spec.tree / "readme").write_text("hello\n")
    outcome = await box.run(BoxCommand(shell="pwd; cat readme; echo new > made"))
    assert outcome.ok
    assert outcome.output == "/work\nhello\n"
    assert (box_spec.tree / "made").read_text() == "new\n"


async def test_exit_codes_are_the_shells(box: Box) -> None:
    assert (await box.run(BoxCommand(argv=("false",)))).exit_code == 1
    assert (await box.run(BoxCommand(shell="exit 77"))).exit_code == 77
    assert (await box.run(BoxCommand(shell="kill -SEGV $$"))).exit_code == 128 + signal.SIGSEGV
    assert (await box.run(BoxCommand(argv=("no-such-command",)))).exit_code == 127
    assert (await box.run(BoxCommand(argv=("true",), cwd="no/such/directory"))).exit_code == 126


async def test_output_of_both_streams_comes_in_order(box: Box) -> None:
    outcome = await box.run(BoxCommand(shell="echo a; echo b >&2; echo c"))
    assert outcome.output == "a\nb\nc\n"


async def test_standard_input_arrives_whole(box: Box) -> None:
    outcome = await box.run(BoxCommand(argv=("wc", "-c"), stdin=b"x" * 300_000))
    assert outcome.output.strip() == "300000"


async def test_the_directory_and_the_environment_are_as_asked(box: Box, box_spec: BoxSpec) -> None:
    (box_spec.tree / "sub").mkdir()
    outcome = await box.run(BoxCommand(shell="pwd; echo $COLOUR $HOME $TMPDIR", cwd="sub", env={"COLOUR": "blue"}))
    assert outcome.output == f"/work/sub\nblue {HOME} /tmp\n"


async def test_home_and_tmp_last_as_long_as_the_box(box_backend: Bubblewrap, box_spec: BoxSpec) -> None:
    async with box_backend.open(box_spec) as box:
        await box.run(BoxCommand(shell="echo kept > ~/note; echo kept > /tmp/note"))
        assert (await box.run(BoxCommand(shell="cat ~/note /tmp/note"))).output == "kept\nkept\n"
    async with box_backend.open(box_spec) as box:
        assert (await box.run(BoxCommand(shell="cat ~/note; ls /tmp"))).output == "kept\n"


async def test_mounts_are_read_only_unless_they_say_otherwise(
    box_backend: Bubblewrap, box_spec: BoxSpec, tmp_path: Path
) -> None:
    for name in ("fixed", "free"):
        (tmp_path / name).mkdir()
        box_backend.own(tmp_path / name)
    mounts = (Mount(tmp_path / "fixed", "/work/fixed"), Mount(tmp_path / "free", "/srv/free", writable=True))
    async with box_backend.open(replace(box_spec, mounts=mounts)) as box:
        outcome = await box.run(BoxCommand(shell="touch /srv/free/a && ! touch /work/fixed/a"))
    assert outcome.ok, outcome.output
    assert (tmp_path / "free" / "a").exists()


async def test_a_tree_can_be_read_only(box_backend: Bubblewrap, box_spec: BoxSpec) -> None:
    async with box_backend.open(replace(box_spec, tree_writable=False)) as box:
        assert not (await box.run(BoxCommand(shell="touch /work/a"))).ok


async def test_many_commands_run_side_by_side_in_one_box(box: Box) -> None:
    outcomes = await asyncio.gather(*(box.run(BoxCommand(shell=f"sleep 0.1; echo {n}")) for n in range(8)))
    assert [outcome.output for outcome in outcomes] == [f"{n}\n" for n in range(8)]


async def test_many_boxes_run_side_by_side(box_backend: Bubblewrap, box_spec: BoxSpec, tmp_path: Path) -> None:
    async def one(number: int) -> str:
        spec = BoxSpec(f"{box_spec.name}-{number}", tmp_path / f"t{number}", tmp_path / f"h{number}")
        for place in (spec.tree, spec.home):
            place.mkdir()
            box_backend.own(place)
        async with box_backend.open(spec) as box:
            return (await box.run(BoxCommand(shell=f"echo {number} > n; cat n; ls /work"))).output

    assert await asyncio.gather(*map(one, range(4))) == [f"{n}\nn\n" for n in range(4)]


async def test_cancelling_kills_the_whole_tree_first(box: Box) -> None:
    running = asyncio.create_task(box.run(BoxCommand(shell="sleep 98765 & (setsid sleep 98765 &) ; sleep 98765")))
    while len(processes_with("98765")) < 3:
        await asyncio.sleep(0.02)
    begun = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert processes_with("98765") == []
    assert time.monotonic() - begun < 5


async def test_leaving_the_box_ends_what_runs_in_it(box_backend: Bubblewrap, box_spec: BoxSpec) -> None:
    async with box_backend.open(box_spec) as box:
        running = asyncio.create_task(box.run(BoxCommand(shell="sleep 98764")))
        while not processes_with("98764"):
            await asyncio.sleep(0.02)
    assert processes_with("98764") == []
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_nothing_is_left_open_or_lying_about(box_backend: Bubblewrap, box_spec: BoxSpec) -> None:
    async with box_backend.open(box_spec) as box:
        await box.run(BoxCommand(argv=("true",)))
    before = len(os.listdir("/proc/self/fd"))
    async with box_backend.open(box_spec) as box:
        for _ in range(10):
            await box.run(BoxCommand(shell="sleep 60 & echo", stdin=b"x"))
        await box.run(BoxCommand(argv=("sleep", "9"), limits=CommandLimits(wall_seconds=0.1)))
    assert len(os.listdir("/proc/self/fd")) == before
    assert slots_of(box_spec.name) == []
    assert not box_spec.temporary.exists()


HOST = """
import asyncio, sys
from pathlib import Path
from sandbox.backend import BoxSpec, BoxCommand
from sandbox.boxes.bubblewrap import Bubblewrap

async def main():
    name, tree, home = sys.argv[1:]
    async with Bubblewrap().open(BoxSpec(name, Path(tree), Path(home))) as box:
        await box.run(BoxCommand(shell="setsid sleep 98763 & sleep 98763"))

asyncio.run(main())
"""


async def test_boxes_die_with_a_killed_host_process_and_the_sweep_takes_the_rest(
    box_backend: Bubblewrap, box_spec: BoxSpec
) -> None:
    argv = [sys.executable, "-c", HOST, box_spec.name, str(box_spec.tree), str(box_spec.home)]
    host = subprocess.Popen(argv, cwd=Path(cgroups.__file__).parents[2])
    while len(processes_with("98763")) < 2 and host.poll() is None:
        await asyncio.sleep(0.02)
    assert box_backend.sweep(frozenset()) == [] or box_spec.name not in box_backend.sweep(frozenset())
    assert len(processes_with("98763")) >= 2, "a sweep leaves the boxes of a living process alone"
    host.kill()
    host.wait()
    for _ in range(500):
        if not processes_with("98763"):
            break
        await asyncio.sleep(0.01)
    assert processes_with("98763") == []
    swept = box_backend.sweep(frozenset())
    if not isinstance(box_backend.cgroups, str):
        assert box_spec.name in swept
    assert slots_of(box_spec.name) == []


async def test_the_sweep_spares_live_boxes_of_our_own(box_backend: Bubblewrap, box_spec: BoxSpec) -> None:
    async with box_backend.open(box_spec) as box:
        running = asyncio.create_task(box.run(BoxCommand(shell="sleep 0.5; echo done")))
        await asyncio.sleep(0.1)
        assert box_spec.name not in box_backend.sweep(frozenset({box_spec.name}))
        assert (await running).output == "done\n"


async def test_strict_refuses_a_machine_without_control_groups(box_spec: BoxSpec, tmp_path: Path) -> None:
    backend = Bubblewrap(strict=True, cgroup_root=tmp_path)
    with pytest.raises(SandboxUnavailable, match="memory and processes"):
        async with backend.open(box_spec):
            pass
    assert next(f.subject for f in backend.check() if not f.ok and f.fatal) == "sandbox limits"


async def test_without_strict_the_lack_of_control_groups_is_a_warning(tmp_path: Path, box_machine: None) -> None:
    findings = Bubblewrap(cgroup_root=tmp_path).check()
    assert [(f.subject, f.fatal) for f in findings if not f.ok] == [("sandbox limits", False)]


async def test_a_box_that_cannot_be_made_is_an_error_and_not_an_outcome(
    box_backend: Bubblewrap, box_spec: BoxSpec, tmp_path: Path
) -> None:
    spec = replace(box_spec, mounts=(Mount(tmp_path / "missing", "/srv/missing"),))
    with pytest.raises(SandboxUnavailable, match="missing"):
        async with box_backend.open(spec) as box:
            await box.run(BoxCommand(argv=("true",)))
    assert slots_of(spec.name) == []


async def test_the_users_own_tool_chains_work_inside(box: Box) -> None:
    version = json.dumps(f"{sys.version_info.major}.{sys.version_info.minor}")
    from sandbox.host.toolchains import interpreter

    probe = f"import sys, ssl, sqlite3; assert sys.version.startswith({version})"
    outcome = await box.run(BoxCommand(argv=(str(interpreter()), "-c", probe)))
    assert outcome.ok, outcome.output


async def test_a_name_that_is_no_name_is_refused(box_backend: Bubblewrap, box_spec: BoxSpec) -> None:
    with pytest.raises(ValueError, match="name of a box"):
        async with box_backend.open(replace(box_spec, name="../../x")):
            pass


async def test_one_commands_limits_do_not_hold_the_next(box_backend: Bubblewrap, box: Box) -> None:
    eat = "head -c 200M /dev/zero | tail -c 200M | wc -c"
    small = await box.run(BoxCommand(shell=eat, limits=CommandLimits(memory_bytes=64 * MIB)))
    large = await box.run(BoxCommand(shell=eat, limits=CommandLimits(memory_bytes=1024 * MIB)))
    counted = isinstance(box_backend.cgroups, str) and "memory exhausted" in small.output  # an rlimit may be quicker
    assert counted or small.killed == "memory"
    assert (large.killed, large.output.strip()) == (None, str(200 * MIB))


async def test_a_tool_chain_in_a_private_place_below_the_host_s_tmp_is_there(box_spec: BoxSpec) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as private:
        bin_ = Path(private, "chain/bin")
        bin_.mkdir(parents=True)
        (bin_ / "tool").write_text("#!/bin/sh\necho it works\n")
        (bin_ / "tool").chmod(0o755)
        async with Bubblewrap(extra_toolchains=[bin_.parent]).open(box_spec) as box:
            assert (
                await box.run(BoxCommand(shell="tool; touch /tmp/mine; ls /tmp/mine"))
            ).output == "it works\n/tmp/mine\n"
            assert (await box.run(BoxCommand(shell=f"touch {bin_}/more"))).exit_code != 0
        assert [path.name for path in bin_.iterdir()] == ["tool"]
