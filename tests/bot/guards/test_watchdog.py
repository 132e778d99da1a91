"""A process whose event loop hangs ends; one whose loop is busy does not."""

import asyncio
import subprocess
import sys
from typing import NoReturn

import pytest

from bot.guards.watchdog import Watchdog
from tests.fakes.warm_cli import ROOT

HANGS = """
import asyncio, time
from bot.guards.watchdog import watched

async def main():
    with watched(asyncio.get_running_loop(), looks=4, look_seconds=0.05):
        await asyncio.sleep(0.01)
        time.sleep(600)

asyncio.run(main())
"""


def _end(sentence: str) -> NoReturn:
    raise SystemExit(sentence)


def test_a_loop_that_hangs_ends_its_process_and_it_is_said_where_it_hangs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HANGS], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "pullwright: An event loop of this process has done nothing" in done.stderr
    assert 'File "<string>", line 8 in main' in done.stderr


def test_a_loop_that_is_busy_is_let_be_and_its_looks_are_counted_from_its_last_sign() -> None:
    loop = asyncio.new_event_loop()
    dog = Watchdog(loop, looks=3, end=_end)
    for _ in range(5):
        assert [dog.look() for _ in range(3)] == [True] * 3
        loop.run_until_complete(asyncio.sleep(0))
    assert [dog.look() for _ in range(3)] == [True] * 3
    with pytest.raises(SystemExit, match="done nothing for a long time"):
        dog.look()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert not dog.look(), "of a loop that is closed nothing is wanted"
