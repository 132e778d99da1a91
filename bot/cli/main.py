"""The command line: what each command is called and takes. Their bodies are imported when they run.

`--help` must answer at once, so nothing heavy is imported here: not the database, not the
engine, not a model, and neither pydantic.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import inspect_commands, run_commands
from bot.terminal.console import guarded, say, whole_streams

app = typer.Typer(
    name="pullwright",
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


def _amount(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < float("inf"):  # which nan is not either
        raise typer.BadParameter(f"{text!r} is not an amount.")
    return amount


def _proof(text: str) -> str:
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
MaxCost = Annotated[float | None, typer.Option(metavar="USD", parser=_amount, help="Dollars that the run may spend.")]
MaxMinutes = Annotated[float | None, typer.Option(metavar="N", parser=_amount, help="Minutes that the run may take.")]


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
            parser=_proof,
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
def skip(run: RunId, json: Json = False) -> int:
    """Leave out the step at which a run failed, and go on behind it."""
    return run_commands.skip(run, json)


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


Repository = Annotated[
    str, typer.Option(metavar="OWNER/NAME", help="Only this repository; else everything.", show_default=False)
]


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


@app.command("runs")
def runs_(json: Json = False, limit: Limit = 50, form: Form = "") -> int:
    """List the runs, newest first."""
    return inspect_commands.runs(json, limit, form)


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
def rollback(
    run: RunId,
    soft: Annotated[bool, typer.Option("--soft", help="Keep branch and work for a person to go on.")] = False,
    hard: Annotated[bool, typer.Option("--hard", help="Take everything back: as before the run.")] = False,
    steps: Annotated[int | None, typer.Option(metavar="N", min=1, help="Take the last N steps back.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be undone.")] = False,
) -> int:
    """Take a run back, unless a person built on top of it."""
    return inspect_commands.rollback(run, soft, hard, steps, dry_run)


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
    days: Annotated[float | None, typer.Option(metavar="N", parser=_amount, help="After so many it is over.")] = None,
) -> int:
    """Make a key, and print it once: only its hash is kept. Without --scope it may read."""
    return inspect_commands.keys_create(name, scope or ["read"], login, repository, days)


@keys_app.command("list")
def keys_list() -> int:
    """List the keys: what each may do, and when it was used."""
    return inspect_commands.keys_list()


@keys_app.command("revoke")
def keys_revoke(key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, as in the list.")]) -> int:
    """Have a key count no more, at once."""
    return inspect_commands.keys_revoke(key)


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
    return inspect_commands.hooks_create(url, on or [], repository)


@hooks_app.command("list")
def hooks_list() -> int:
    """List the hooks."""
    return inspect_commands.hooks_list()


@hooks_app.command("remove")
def hooks_remove(hook: Annotated[str, typer.Argument(metavar="HOOK", help="Its id, as in the list.")]) -> int:
    """Tell it nothing more."""
    return inspect_commands.hooks_remove(hook)


@hooks_app.command("log")
def hooks_log(
    hook: Annotated[str, typer.Argument(metavar="[HOOK]", help="Only this one.", show_default=False)] = "",
    limit: Limit = 50,
) -> int:
    """List what was told, newest first, and what came of it."""
    return inspect_commands.hooks_log(hook, limit)


@hooks_app.command("replay")
def hooks_replay(message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, as in the log.")]) -> int:
    """Tell it once more."""
    return inspect_commands.hooks_replay(message)


@app.command()
def version() -> int:
    """Print the version."""
    from importlib.metadata import version as installed

    say(f"pullwright {installed('pullwright')}")
    return 0


def _quieten() -> None:
    """What a library leaves unfinished at Ctrl-C (litellm's notes about a call) is nobody's to read."""
    warnings.filterwarnings("ignore", r"coroutine '.*' was never awaited", RuntimeWarning)


def main() -> None:
    """The root: every error ends here as one sentence, and what is a bug of ours in the log."""
    whole_streams()
    if not sys.warnoptions:
        _quieten()
    code = guarded(lambda: app(standalone_mode=False))
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # it was told where it could be
            stream.flush()
    # Everything of ours is closed by now. Taking litellm's modules apart would cost another second.
    os._exit(code)


if __name__ == "__main__":
    main()
