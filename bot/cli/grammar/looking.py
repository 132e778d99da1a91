"""The commands that look: at runs, at a repository, at this installation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import inspect_commands
from bot.cli.grammar.app import Form, Json, Limit, RunId, app


@app.command("runs")
def runs_(
    status: Annotated[
        str, typer.Option(metavar="STATUS", help="Only those that are waiting, failed, ...", show_default=False)
    ] = "",
    workflow: Annotated[
        str, typer.Option(metavar="NAME", help="Only those of this workflow.", show_default=False)
    ] = "",
    search: Annotated[
        str,
        typer.Option(metavar="WORDS", help="Only those with it in title, number, id, repository.", show_default=False),
    ] = "",
    json: Json = False,
    limit: Limit = 50,
    form: Form = "",
) -> int:
    """List the runs, newest first."""
    return inspect_commands.runs(json, limit, form, status=status, workflow=workflow, words=search)


@app.command()
def audit(
    run: Annotated[str, typer.Option(metavar="RUN", help="Only what was asked of this run.", show_default=False)] = "",
    limit: Limit = 50,
    form: Form = "",
) -> int:
    """List who asked for what, when and from where, newest first."""
    return inspect_commands.audit(form, limit, run)


@app.command()
def show(
    run: RunId,
    json: Json = False,
    step: Annotated[str | None, typer.Option(metavar="K", help="With --output: only this step.")] = None,
    output: Annotated[bool, typer.Option("--output", help="Print what each command printed, whole.")] = False,
    form: Form = "",
) -> int:
    """Show a run: steps, journal, checks with their numbers, cost; or what its commands printed."""
    return inspect_commands.show(run, json, step, output=output, form=form)


@app.command()
def diff(
    run: RunId, step: Annotated[str | None, typer.Option(metavar="K", help="Only what this step changed.")] = None
) -> int:
    """Print what a run changed, from its journal alone."""
    return inspect_commands.diff(run, step)


@app.command()
def detect(path: Annotated[Path, typer.Argument(metavar="PATH", help="A repository.")], json: Json = False) -> int:
    """Find a repository's own commands, with the evidence; run nothing."""
    return inspect_commands.detect(path, json)


config = typer.Typer(help="Look at what is configured.", no_args_is_help=True)
app.add_typer(config, name="config")


@config.command("show")
def show_config(
    path: Annotated[Path, typer.Argument(metavar="[PATH]", help="A repository.")] = Path(), json: Json = False
) -> int:
    """Show what holds for a repository, and where each value comes from."""
    return inspect_commands.config_show(path, json)


@config.command()
def check(path: Annotated[Path, typer.Argument(metavar="[PATH]", help="A repository.")] = Path()) -> int:
    """Check the settings, and a repository's .github/pullwright.yml, with file, line and remedy."""
    return inspect_commands.config_check(path)


@app.command()
def cleanup(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> int:
    """Remove what was kept for long enough, as a server does each night. Nothing that can still go on is touched."""
    return inspect_commands.cleanup(dry_run)


@app.command()
def doctor(
    model_call: Annotated[bool, typer.Option("--model-call", help="Try the model with one tiny call.")] = False,
) -> int:
    """Say what this machine has and lacks, and what to do about it."""
    return inspect_commands.doctor(model_call)


@app.command()
def init(
    model: Annotated[str, typer.Option(metavar="M", help="The model, as litellm names it; else it is asked for.")] = "",
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the settings.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over settings that are there.")] = False,
) -> int:
    """Ask for the model and its key, write them to a settings file that only you can read, and run doctor."""
    return inspect_commands.init(model, file, force=force)


@app.command()
def schema() -> int:
    """Print the JSON schema of .github/pullwright.yml, for editors; put it beside the file."""
    return inspect_commands.schema()
