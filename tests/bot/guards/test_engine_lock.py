"""One engine per data directory."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.guards.engine_lock import EngineLock, Holder
from sandbox.errors import UserError

HOLD = """
import asyncio, sys
from pathlib import Path
from bot.guards.engine_lock import EngineLock
async def hold():
    async with EngineLock(Path(sys.argv[1])) as lock:
        lock.note("r1")
        print("held", flush=True)
        await asyncio.sleep(60)
asyncio.run(hold())
"""


async def test_the_second_waits_in_line_and_is_told_for_whom(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == "held\n"
        told: list[Holder] = []
        waiting = asyncio.create_task(_take(path, told))
        while not told:
            await asyncio.sleep(0.05)
        assert told == [Holder(holder.pid, "r1")]
        assert str(told[0]) == f"run r1 in process {holder.pid}"
        assert not waiting.done()
        os.kill(holder.pid, signal.SIGKILL)
        assert await asyncio.wait_for(waiting, 20) == "taken"


async def test_it_can_be_taken_again_and_names_who_has_it_now(tmp_path: Path) -> None:
    for run in ("a-long-run-id", "b"):
        async with EngineLock(tmp_path / "lock") as lock:
            lock.note(run)
            assert f'"run_id": "{run}"' in (tmp_path / "lock").read_text()
    assert (tmp_path / "lock").read_text() == ""


async def test_who_gives_up_waiting_leaves_the_line(tmp_path: Path) -> None:
    async with EngineLock(tmp_path / "lock"):
        waiting = asyncio.create_task(_take(tmp_path / "lock", []))
        await asyncio.sleep(0.3)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await _take(tmp_path / "lock", []) == "taken"


async def test_a_lock_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be opened"):
        await _take(tmp_path / "none" / "lock", [])


async def _take(path: Path, told: list[Holder]) -> str:
    async with EngineLock(path, told.append):
        return "taken"
