"""The commands that start a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli import run_commands
from bot.cli.grammar.app import Json, MaxCost, MaxMinutes, app, proof_of


@app.command()
def solve(
    target: Annotated[
        str,
        typer.Argument(
            metavar="PATH|ISSUE",
            help="A git repository, whose work tree and current branch stay untouched; with --dry-run also an issue "
            "on GitHub: https://github.com/OWNER/NAME/issues/N or OWNER/NAME#N.",
        ),
    ],
    issue: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="With a PATH: the issue as Markdown, a heading, then text. - reads standard input.",
            show_default=False,
        ),
    ] = "",
    model: Annotated[str, typer.Option(metavar="M", help="The model, as litellm names it.")] = "",
    number: Annotated[int | None, typer.Option(metavar="N", min=1, help="The issue's number.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="A label of the issue; may be given more than once.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Show the plan and wait for approval.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing outside; show what would be.")] = False,
    proof: Annotated[
        str,
        typer.Option(
            metavar="auto|none",
            parser=proof_of,
            help="none: no test can show this change (a refactoring), so that nothing broke is all there is to say.",
        ),
    ] = "auto",
    json: Json = False,
    max_cost: MaxCost = None,
    max_minutes: MaxMinutes = None,
) -> int:
    """Turn an issue into a checked branch and a pull request text.

    An issue on GitHub is read with the App's credentials, and nothing is written there: plan, change, pull request
    and comment are shown. For the pull request itself, write /fix on the issue.

    Exit code: 0 proven, or nothing broke where no proof is owed; 4 nothing broke, and a proof is owed; 2 not verified;
    1 failed, 3 waiting for an answer, 130 interrupted.
    """
    return run_commands.solve(
        target,
        issue,
        model=model,
        number=number,
        labels=label or [],
        approve=approve,
        dry_run=dry_run,
        proof=proof,
        as_json=json,
        max_cost=max_cost,
        max_minutes=max_minutes,
    )


@app.command()
def explain(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A git repository; its current branch is read.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="What you want to know about it.")],
    model: Annotated[str, typer.Option(metavar="M", help="The model, as litellm names it.")] = "",
    json: Json = False,
    max_cost: MaxCost = None,
) -> int:
    """Answer a question about a repository from its files, with the files that were read; nothing is changed or run.

    Exit code: 0 answered, 2 not answered, 1 failed, 130 interrupted.
    """
    return run_commands.explain(path, question, model=model, as_json=json, max_cost=max_cost)


@app.command(name="release-notes")
def release_notes(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A git repository; its current branch is read.")],
    range_: Annotated[
        str,
        typer.Argument(
            metavar="[FROM..TO]",
            help="Tags, branches or commits; TO alone is compared with the release before it. Without one: what is "
            "new on the current branch since its last release.",
            show_default=False,
        ),
    ] = "",
    model: Annotated[str, typer.Option(metavar="M", help="The model, as litellm names it.")] = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="Ask no model: changes are sorted by labels and titles alone.")
    ] = False,
    changelog: Annotated[
        bool,
        typer.Option("--changelog", help="Also put them into the CHANGELOG, on a branch of its own, as solve would."),
    ] = False,
    json: Json = False,
    max_cost: MaxCost = None,
) -> int:
    """Write release notes in which every line names its pull request or commit; nothing is run.

    Exit code: 0 written, 1 failed, 130 interrupted.
    """
    return run_commands.release_notes(
        path, range_, model=model, plain=plain, changelog=changelog, as_json=json, max_cost=max_cost
    )


@app.command()
def review(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A git repository; it stays as it is.")],
    range_: Annotated[
        str,
        typer.Argument(
            metavar="BASE..HEAD",
            help="Branches, tags or commits: what HEAD has since it left BASE is reviewed. BASE.. means the current "
            "branch.",
        ),
    ],
    issue: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="The issue that the change is to resolve, as Markdown; the review says whether it does.",
            show_default=False,
        ),
    ] = "",
    model: Annotated[str, typer.Option(metavar="M", help="The model, as litellm names it.")] = "",
    json: Json = False,
    max_cost: MaxCost = None,
    max_minutes: MaxMinutes = None,
) -> int:
    """Review a change: findings on their lines, each checked against the code around it; nothing is changed or run.

    Exit code: 0 nothing found, 2 findings or nothing that could be read, 1 failed, 130 interrupted.
    """
    return run_commands.review(
        path, range_, issue, model=model, as_json=json, max_cost=max_cost, max_minutes=max_minutes
    )


@app.command()
def triage(
    target: Annotated[
        str,
        typer.Argument(
            metavar="PATH|ISSUE",
            help="A git repository, which stays as it is; with --dry-run also an issue on GitHub, as for solve.",
        ),
    ],
    issue: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="With a PATH: the report as Markdown, a heading, then text. - reads standard input.",
            show_default=False,
        ),
    ] = "",
    others: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="With a PATH: other issues as Markdown files; those that report the same are named.",
            show_default=False,
        ),
    ] = None,
    model: Annotated[str, typer.Option(metavar="M", help="The model, as litellm names it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing outside; show what would be.")] = False,
    json: Json = False,
    max_cost: MaxCost = None,
    max_minutes: MaxMinutes = None,
) -> int:
    """Look a report of a bug through: what it is, how urgent, what is like it, and whether it happens, by a test.

    The test is run three times without network, with a control beside it; your work tree and branches stay untouched.

    Exit code: 0 looked through, 2 it says too little or could not be tried, 1 failed, 130 interrupted.
    """
    return run_commands.triage(
        target,
        issue,
        others,
        model=model,
        dry_run=dry_run,
        as_json=json,
        max_cost=max_cost,
        max_minutes=max_minutes,
    )
