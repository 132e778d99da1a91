"""The commands that steer runs, or all work at once."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli import inspect_commands, run_commands
from bot.cli.grammar.app import AnyRunId, Json, MaxCost, MaxMinutes, Repository, RunId, app


@app.command()
def resume(run: AnyRunId = "", json: Json = False, max_cost: MaxCost = None, max_minutes: MaxMinutes = None) -> int:
    """Go on with a run that was interrupted, failed or was aborted. Exit codes as for solve.

    What pullwright pause has stopped goes on with pullwright unpause.
    """
    return run_commands.resume(run, json, max_cost, max_minutes)


@app.command()
def retry(
    run: RunId,
    step: Annotated[str, typer.Argument(metavar="[STEP]", help="Where to begin; else the current step.")] = "",
    json: Json = False,
    max_cost: MaxCost = None,
    max_minutes: MaxMinutes = None,
) -> int:
    """Do a step and all behind it again, from where it began."""
    return run_commands.retry(run, step, json, max_cost, max_minutes)


@app.command()
def skip(
    run: RunId,
    step: Annotated[str, typer.Argument(metavar="[STEP]", help="One of several that failed at once.")] = "",
    json: Json = False,
) -> int:
    """Leave out the step at which a run failed, and go on behind it."""
    return run_commands.skip(run, step, json)


@app.command()
def approve(run: RunId, json: Json = False) -> int:
    """Approve what a run asks for, and go on with it."""
    return run_commands.answer(run, "approve", "", json, approval=True)


@app.command()
def reject(
    run: RunId, reason: Annotated[str, typer.Argument(help="What should be different.")] = "", json: Json = False
) -> int:
    """Say no to what a run asks for, with the reason."""
    return run_commands.answer(run, "reject", reason, json, approval=True)


@app.command()
def answer(run: RunId, text: Annotated[str, typer.Argument(help="The answer.")], json: Json = False) -> int:
    """Answer a question that a run asks, and go on with it."""
    return run_commands.answer(run, text, "", json, approval=False)


@app.command()
def abort(run: RunId, reason: Annotated[str, typer.Argument(help="Why; it is kept with the run.")] = "") -> int:
    """Stop a run where it is, also one that another process works on."""
    return inspect_commands.abort(run, reason)


@app.command()
def pause(
    repository: Repository = "",
    why: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; everybody who asks is told, also on GitHub.", show_default=False)
    ] = "",
) -> int:
    """Stop all work: nothing new begins, and what is at work stops where it can be left, and is kept.

    Webhooks are still taken in, and what they ask for waits in line. abort and rollback still work. It stays so,
    whatever is started anew, until pullwright unpause.
    """
    return inspect_commands.pause(repository, why)


@app.command()
def unpause(repository: Repository = "") -> int:
    """End a pause: everything that waited goes on by itself, in order."""
    return inspect_commands.unpause(repository)


@app.command()
def rollback(
    run: RunId,
    soft: Annotated[bool, typer.Option("--soft", help="Keep branch and work for a person to go on.")] = False,
    hard: Annotated[bool, typer.Option("--hard", help="Take everything back: as before the run.")] = False,
    steps: Annotated[int | None, typer.Option(metavar="N", min=1, help="Take the last N steps back.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be undone.")] = False,
) -> int:
    """Take a run back, unless a person built on top of it."""
    return inspect_commands.rollback(run, soft, hard, steps, dry_run)
