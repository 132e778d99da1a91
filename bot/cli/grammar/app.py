"""The command line itself, and the options and arguments that several commands take."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.grammar.other_names import CommandGroup
from bot.terminal.console import say

app = typer.Typer(
    name="pullwright",
    cls=CommandGroup,
    help="Turns an issue into a pull request that proves itself. Settings: PULLWRIGHT_MODEL and others (see README).",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        say(f"pullwright {version('pullwright')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and end.")
    ] = False,
) -> None:
    """Turns an issue into a pull request that proves itself. Settings: PULLWRIGHT_MODEL and others (see README)."""


def amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):  # which nan is not either
        raise typer.BadParameter(f"{text!r} is not an amount.")
    return amount


def proof_of(text: str) -> str:
    if text not in ("auto", "none"):
        raise typer.BadParameter(f"{text!r} is neither auto nor none.")
    return text


RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.")]
AnyRunId = Annotated[
    str,
    typer.Argument(
        metavar="[RUN]",
        help="A run's id, or its beginning; without one, the run that was interrupted.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on standard output.")]
Form = Annotated[
    str, typer.Option("--format", metavar="F", help="text, json, csv, html or markdown.", show_default=False)
]
Limit = Annotated[int, typer.Option(min=1, help="How many at most.")]
MaxCost = Annotated[float | None, typer.Option(metavar="USD", parser=amount, help="Dollars that the run may spend.")]
MaxMinutes = Annotated[float | None, typer.Option(metavar="N", parser=amount, help="Minutes that the run may take.")]
Repository = Annotated[
    str, typer.Option(metavar="OWNER/NAME", help="Only this repository; else everything.", show_default=False)
]
