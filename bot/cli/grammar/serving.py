"""The commands of a server: what it runs, and who and what may reach it."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli import inspect_commands, outside_commands
from bot.cli.grammar.app import Limit, Repository, amount, app


@app.command()
def serve() -> int:
    """Run the server: take in GitHub's webhooks and work on them. Ends on SIGTERM; runs go on at the next start."""
    return inspect_commands.serve(web=True, worker=True)


@app.command()
def web() -> int:
    """Only take in webhooks, small and quick; workers on the same database do the work."""
    return inspect_commands.serve(web=True, worker=False)


@app.command()
def worker() -> int:
    """Only do the work that a web process takes in."""
    return inspect_commands.serve(web=False, worker=True)


@app.command()
def signin() -> int:
    """Print a link to this server's pages that works once, on this machine, for whoever runs it."""
    return inspect_commands.signin()


keys_app = typer.Typer(help="Keys of the API: make, list and revoke them.", no_args_is_help=True)
app.add_typer(keys_app, name="keys")


@keys_app.command("create")
def keys_create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for; it stands in the audit log.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help="read, start, steer, approve, rollback, admin; may be given more than once."),
    ] = None,
    login: Annotated[
        str,
        typer.Option(metavar="LOGIN", help="It may do no more than this person on GitHub may.", show_default=False),
    ] = "",
    repository: Annotated[
        str, typer.Option(metavar="OWNER/NAME", help="It is good for this repository only.", show_default=False)
    ] = "",
    days: Annotated[float | None, typer.Option(metavar="N", parser=amount, help="After so many it is over.")] = None,
) -> int:
    """Make a key, and print it once: only its hash is kept. Without --scope it may read."""
    return outside_commands.keys_create(name, scope or ["read"], login, repository, days)


@keys_app.command("list")
def keys_list() -> int:
    """List the keys: what each may do, and when it was used."""
    return outside_commands.keys_list()


@keys_app.command("revoke")
def keys_revoke(key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, as in the list.")]) -> int:
    """Have a key count no more, at once."""
    return outside_commands.keys_revoke(key)


hooks_app = typer.Typer(help="Outgoing webhooks: addresses that are told of runs.", no_args_is_help=True)
app.add_typer(hooks_app, name="hooks")


@hooks_app.command("create")
def hooks_create(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where it is told.")],
    on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="started, waiting, completed, failed, aborted, rolled_back, step, ...; may be given more than once.",
        ),
    ] = None,
    repository: Repository = "",
) -> int:
    """Tell an address what happens to runs from now on, and print the secret that its messages are signed with."""
    return outside_commands.hooks_create(url, on or [], repository)


@hooks_app.command("list")
def hooks_list() -> int:
    """List the hooks."""
    return outside_commands.hooks_list()


@hooks_app.command("remove")
def hooks_remove(hook: Annotated[str, typer.Argument(metavar="HOOK", help="Its id, as in the list.")]) -> int:
    """Tell it nothing more."""
    return outside_commands.hooks_remove(hook)


@hooks_app.command("log")
def hooks_log(
    hook: Annotated[str, typer.Argument(metavar="[HOOK]", help="Only this one.", show_default=False)] = "",
    limit: Limit = 50,
) -> int:
    """List what was told, newest first, and what came of it."""
    return outside_commands.hooks_log(hook, limit)


@hooks_app.command("replay")
def hooks_replay(message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, as in the log.")]) -> int:
    """Tell it once more."""
    return outside_commands.hooks_replay(message)
