"""Who takes a run back holds it: nobody has it go on meanwhile, nor takes it back too; a death ends the hold."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys

import pytest

from bot.app import DEFINITIONS
from bot.local.detached import detached
from tests.fakes.both_databases import either_store, postgres, postgres_url
from workflows.errors import RunError, TransientError
from workflows.runs.control import record_of
from workflows.store.audit import Asker
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.run_rows.line.run_lock import held
from workflows.values import Options, RunStatus

__all__ = ["either_store", "postgres", "postgres_url"]

ME = Asker("me", "cli")
FAILED = Run("r0", "issue_to_pr", 1, RunStatus.FAILED, "r", "t", {}, Options(), {}, "verify", 0, 0)
HOLDER = """
import asyncio, sys
from workflows.store.database import Store
from workflows.store.run_rows.line.run_lock import held

async def hold():
    async with held(Store(sys.argv[1]), "r0"):
        print("held", flush=True)
        await asyncio.sleep(100)

asyncio.run(hold())
"""


@pytest.fixture
def store(either_store: Store) -> Store:
    either_store.write_now(definition_rows.define, record_of(DEFINITIONS["issue_to_pr"]))
    either_store.write_now(runs.insert_run, FAILED)
    return either_store


async def test_a_run_that_is_held_does_not_go_on_and_is_held_by_one(store: Store) -> None:
    other = Store(store.url.render_as_string(hide_password=False))
    async with held(store, "r0"):
        for act in (detached(other).resume("r0", asker=ME), detached(other).skip("r0", asker=ME)):
            with pytest.raises(RunError, match="is being taken back at this moment"):
                await act
        with pytest.raises(TransientError, match="is being taken back"):
            async with held(other, "r0"):
                pass
        async with held(other, "r1"):
            pass
    assert (await detached(other).resume("r0", asker=ME)).status is RunStatus.PENDING
    other.close()


async def test_whoever_dies_holds_nothing(postgres_url: str) -> None:
    store = Store(postgres_url)
    command = [sys.executable, "-c", HOLDER, postgres_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(TransientError):
            async with held(store, "r0"):
                pass
        holder.send_signal(signal.SIGKILL)
    async with asyncio.timeout(30):
        while not await _mine(store):
            await asyncio.sleep(0.05)
    store.close()


async def _mine(store: Store) -> bool:
    try:
        async with held(store, "r0"):
            return True
    except TransientError:
        return False
