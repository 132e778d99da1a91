"""Answers to what a run asks for: given by a command, or at the terminal where the run is followed."""

from __future__ import annotations

import asyncio
import sys
from typing import Protocol

from bot.app import App
from bot.local.operator import OPERATOR
from bot.settings import Settings
from workflows.errors import NotAsked, RunError
from workflows.runs import actions
from workflows.runs.approval import Seen
from workflows.runs.control import Runs
from workflows.store.database import Store
from workflows.store.records import Run, Snapshot
from workflows.store.run_rows import runs
from workflows.text.escape import visible


class Acts(Protocol):
    """What is there to act on runs with: the whole of a process that works, or as much as one has beside a server."""

    @property
    def settings(self) -> Settings: ...

    @property
    def store(self) -> Store: ...

    @property
    def runs(self) -> Runs: ...


async def answered(
    app: Acts, run_id: str, text: str, reason: str, *, approval: bool, binding: str | None = None
) -> Run:
    """Answer what a run asks for; RunError where it asks for the other kind of answer."""
    seen = Seen(0.0, "", binding)
    try:
        if not approval:
            return await actions.answer(app.runs, run_id, OPERATOR, seen, text)
        if text == "reject":
            return await actions.reject(app.runs, run_id, OPERATOR, seen, reason)
        return await actions.approve(app.runs, run_id, OPERATOR, seen)
    except NotAsked as error:
        raise await _told_here(app, run_id, error.kind) from None


async def _told_here(app: Acts, run_id: str, asks: str) -> RunError:
    """That a run asks for nothing, or for another kind of answer, with the command for that."""
    run = await app.store.read(runs.get_run, run_id)
    if not asks:
        return RunError(f"Nothing to answer: run {run.id} is {run.status} at step {run.current_step}.")
    if asks == "approval":
        return RunError(f"Run {run.id} asks for a yes or a no.", f"Use pullwright approve {run.id}, or reject.")
    return RunError(f"Run {run.id} asks for an answer.", f'Use pullwright answer {run.id} "...".')


async def ask_here(app: App, snapshot: Snapshot) -> bool:
    """Put the run's question to whoever sits at the terminal; False where no answer is given."""
    question = snapshot.question
    assert question is not None, "a waiting run has a question"
    sys.stdout.write(f"\n{visible(question.question)}\n\n")
    approval = question.kind == "approval"
    if not approval:
        answer, reason = (await read_line("Your answer (empty to answer later): ")), ""
        if not answer:
            return False
    else:
        said = await read_line("Go on? [y]es, [n]o, or what should be different (empty to answer later): ")
        if not said:
            return False
        if said.lower() in ("y", "yes"):
            answer, reason = "approve", ""
        else:
            answer, reason = "reject", "" if said.lower() in ("n", "no") else said
    await answered(app, snapshot.run.id, answer, reason, approval=approval, binding=question.binding)
    return True


async def read_line(prompt: str) -> str:
    """A line from the terminal. No thread: one that waits for a line could not be interrupted."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def _readable() -> None:
        if not line.done():
            line.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin, _readable)
    try:
        return (await line).strip()
    finally:
        loop.remove_reader(sys.stdin)
