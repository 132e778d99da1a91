"""What a command does to a run while a server works on the same data directory: that one goes on with it.

Who waited for a server to end, as for another command, would wait for ever.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.guards.engine_lock import holder_of
from bot.terminal.console import say

if TYPE_CHECKING:
    from bot.settings import Settings
    from workflows.runs.control import Runs
    from workflows.store.database import Store
    from workflows.store.records import Run


@dataclass(frozen=True, slots=True)
class ActingBeside:
    """What is there for who acts and works on nothing; implements `Acts`."""

    settings: Settings
    store: Store
    runs: Runs


def steered(settings: Settings, change: Callable[[ActingBeside], Awaitable[Run]], as_json: bool) -> int | None:
    """Make the change and leave the rest to the server; None where none works here. What `change` raises."""
    holder = holder_of(settings.lock_file)
    if holder is None or not holder.serves:
        return None
    from bot.acting import acting
    from bot.database import open_store
    from bot.view.json_form import as_json as plain
    from bot.view.run_view import view_of
    from workflows.store.run_rows.runs import snapshot
    from workflows.values import RunStatus

    store = open_store(settings)
    try:
        run = asyncio.run(_made(change, ActingBeside(settings, store, acting(settings, store))))
        view = view_of(store.read_now(snapshot, run.id), time.time())
    finally:
        store.close()
    if as_json:
        say(json.dumps(plain(view, "", ""), indent=2))
    elif view.status is RunStatus.WAITING:
        say(f"Run {run.id} waits for an answer, and goes on with that.")
        for command in ("show", "approve" if view.question and view.question.kind == "approval" else "answer"):
            say(f"  next     pullwright {command} {run.id}")
    else:
        say(f"It is taken: run {run.id} is {run.standing}. The server here ({holder}) goes on with it.")
        say(f"  next     pullwright show {run.id}")
    return 0


async def _made(change: Callable[[ActingBeside], Awaitable[Run]], beside: ActingBeside) -> Run:
    return await change(beside)
