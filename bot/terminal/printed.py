"""`show RUN --step K --output`: what each command printed, whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.database import open_store
from bot.settings import Settings
from sandbox.environment.set_up import Printed
from workflows.errors import RunError
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import printed, runs
from workflows.text.escape import visible


def printed_in(settings: Settings, prefix: str, step: str | None) -> str:
    """The output of every command of a step, in order; of all steps where none is named."""
    store = open_store(settings)
    try:
        run, keys = run_with_steps(store, prefix, step)
        wanted = keys if step is None else [step]
        found = [(key, store.read_now(printed.of_step, run.id, key)) for key in wanted]
    finally:
        store.close()
    text = "\n".join(line for key, commands in found for line in _lines(key, commands))
    return text or f"No command was run in {step or 'any step'}.\n"


def run_with_steps(store: Store, prefix: str, step: str | None) -> tuple[Run, list[str]]:
    """A run whose records are kept, and the keys of its steps; RunError where `step` is none of them."""
    run = store.read_now(runs.find_run, prefix)
    keys = [key for key, _ in store.read_now(runs.snapshot, run.id).definition.steps]
    if step is not None and step not in keys:
        raise RunError(f"Run {run.id} has no step {step!r}.", f"Its steps: {', '.join(keys)}.")
    run.need_records()
    return run, keys


def _lines(key: str, commands: Sequence[Printed]) -> Iterator[str]:
    for one in commands:
        end = f"stopped: {one.killed}" if one.killed else f"exit code {one.exit_code}"
        yield f"{key}: $ {visible(one.command)}"
        yield visible(one.output).rstrip("\n")
        yield f"({end}, {one.seconds:.1f} s)\n"
