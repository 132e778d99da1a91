"""The backend without walls still keeps the protocol: outcomes, limits, and no survivors it can find."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.backend import MIB, Box, BoxCommand, BoxSpec, CommandLimits, Kill
from sandbox.boxes.unsafe_local import UnsafeLocal


@pytest.fixture
async def local_box(tmp_path: Path) -> AsyncIterator[Box]:
    for name in ("tree", "home"):
        (tmp_path / name).mkdir()
    async with UnsafeLocal().open(BoxSpec(tmp_path.name, tmp_path / "tree", tmp_path / "home")) as box:
        yield box


async def test_commands_run_in_the_tree_with_a_clean_environment(local_box: Box, tmp_path: Path) -> None:
    os.environ["PULLWRIGHT_TEST_SECRET"] = "geheim"
    try:
        outcome = await local_box.run(BoxCommand(shell="pwd; echo $HOME; env"))
    finally:
        del os.environ["PULLWRIGHT_TEST_SECRET"]
    assert outcome.output.startswith(f"{tmp_path}/tree\n{tmp_path}/home\n")
    assert "geheim" not in outcome.output


async def test_exit_codes_are_the_shells_here_too(local_box: Box) -> None:
    assert (await local_box.run(BoxCommand(shell="exit 7"))).exit_code == 7
    assert (await local_box.run(BoxCommand(argv=("no-such-command",)))).exit_code == 127
    assert (await local_box.run(BoxCommand(argv=("true",), cwd="nowhere"))).exit_code == 126


async def test_time_output_disk_and_memory_are_bounded(local_box: Box) -> None:
    slow = BoxCommand(shell="trap '' TERM; sleep 30", limits=CommandLimits(wall_seconds=0.2))
    assert (await local_box.run(slow)).killed is Kill.TIMEOUT
    loud = BoxCommand(argv=("yes",), limits=CommandLimits(output_total_bytes=MIB))
    assert (await local_box.run(loud)).killed is Kill.OUTPUT
    big = BoxCommand(shell="fallocate -l 50M x", limits=CommandLimits(disk_bytes=20 * MIB))
    assert (await local_box.run(big)).killed is Kill.DISK
    hog = "import time; x = bytearray(b'x') * 90_000_000; time.sleep(20)"
    hungry = BoxCommand(argv=("python3", "-c", hog), limits=CommandLimits(memory_bytes=50 * MIB, wall_seconds=20))
    assert (await local_box.run(hungry)).killed is Kill.MEMORY


async def test_a_daemon_in_the_same_session_does_not_survive(local_box: Box, tmp_path: Path) -> None:
    assert (await local_box.run(BoxCommand(shell="sleep 31234 & echo $! > pid"))).ok
    pid = int((tmp_path / "tree" / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text()
