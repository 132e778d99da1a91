"""The commands that look at runs, take them back and serve: settings in, words and an exit code out.

What is heavy is imported where it is used, so that a command pays for what it does.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot.terminal.colours import coloured, has_colours
from bot.terminal.console import complain, prepared, say, speaking
from sandbox.errors import UserError

if TYPE_CHECKING:
    from bot.view.documents import Format


def abort(run_id: str, reason: str) -> int:
    settings = prepared()
    import asyncio

    from bot.database import open_store
    from bot.local.detached import detached
    from bot.local.operator import OPERATOR
    from workflows.runs import actions
    from workflows.store.run_rows.runs import find_run

    store = open_store(settings)
    try:
        run = store.read_now(find_run, run_id)
        asyncio.run(actions.abort(detached(store), run.id, OPERATOR, reason))
    finally:
        store.close()
    say(f"Run {run.id} is aborted. Its branch and its work are kept.")
    say(f"  next     pullwright resume {run.id}\n  next     pullwright rollback {run.id} --hard")
    return 0


def pause(repository: str, why: str) -> int:
    settings = prepared()
    from bot.cli import pausing

    for line in pausing.pause(settings, repository, why):
        say(line)
    return 0


def unpause(repository: str) -> int:
    settings = prepared()
    from bot.cli import pausing

    for line in pausing.unpause(settings, repository):
        say(line)
    return 0


def runs(as_json: bool, limit: int, form: str, *, status: str = "", workflow: str = "", words: str = "") -> int:
    settings = prepared()
    from bot.terminal.formats import runs_as
    from workflows.registry import WORKFLOWS
    from workflows.store.web.run_search import Filter
    from workflows.values import RunStatus

    for asked, known, what in ((status, list(RunStatus), "status"), (workflow, list(WORKFLOWS), "workflow")):
        if asked and asked not in known:
            raise UserError(f"There is no {what} '{asked}'.", f"Give one of {', '.join(known)}.")
    which = Filter(statuses=[RunStatus(status)] if status else (), workflow=workflow, words=words)
    say(runs_as(settings, _form(form, as_json), limit, which).rstrip("\n"))
    return 0


def audit(form: str, limit: int, run: str) -> int:
    settings = prepared()
    from bot.terminal.formats import audit_as

    say(audit_as(settings, _form(form, False), limit, run).rstrip("\n"))
    return 0


def _form(text: str, as_json: bool) -> Format:
    from bot.view.documents import Format

    if as_json and text not in ("", Format.JSON):
        raise UserError("That is two forms at once.", "Leave one of --json and --format out.")
    if text and text not in set(Format):
        raise UserError(f"There is no form {text!r}.", f"There are: {', '.join(Format)}.")
    return Format.JSON if as_json else Format(text or Format.TEXT)


def show(run_id: str, as_json: bool, step: str | None, *, output: bool, form: str = "") -> int:
    if step is not None and not output:
        raise UserError("A step is shown by what its commands printed.", "Add --output.")
    settings = prepared()
    if output:
        from bot.terminal.printed import printed_in

        say(printed_in(settings, run_id, step))
        return 0
    from bot.terminal.formats import show_as

    say(show_as(settings, run_id, _form(form, as_json)).rstrip("\n"))
    return 0


def diff(run_id: str, step: str | None) -> int:
    settings = prepared()
    from bot.terminal.show import diff_of, nothing_changed

    text = diff_of(settings, run_id, step)
    if not text:
        complain(nothing_changed(settings, run_id, step))
    if sys.stdout.isatty():
        from workflows.text.escape import visible

        text = visible(text)  # contents of files are not to steer a terminal; a pipe gets them as they are
        text = coloured(text) if has_colours(sys.stdout) else text
    with speaking():
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    return 0


def rollback(run_id: str, soft: bool, hard: bool, steps: int | None, dry_run: bool) -> int:
    if (soft, hard, steps is not None).count(True) != 1:
        raise UserError("Say which kind of rollback.", "Give one of --soft, --hard and --steps N.")
    settings = prepared()
    import asyncio

    from bot.local.operator import OPERATOR
    from bot.local.rollback import roll_back
    from bot.view.run_view import view_of
    from sandbox.trees.rollback import Mode

    mode = Mode.SOFT if soft else Mode.HARD if hard else Mode.STEPS
    snapshot = asyncio.run(roll_back(settings, run_id, mode, steps or 0, principal=OPERATOR, dry_run=dry_run, say=say))
    if dry_run:
        say("Nothing was undone: this was a dry run.")
        return 0
    view = view_of(snapshot, time.time())
    say(view.sentence)
    for command in view.commands:
        say(f"  next     {command}")
    return 0


def detect(path: Path, as_json: bool) -> int:
    from bot.cli.checking import need_directory
    from bot.cli.detecting import configured, described
    from sandbox.detect import detect as detect_commands
    from sandbox.detect import to_json

    need_directory(path)
    found = configured(detect_commands(path.resolve()), path.resolve())
    say(json.dumps(to_json(found), indent=2) if as_json else "\n".join(described(found)))
    return 0


def config_check(path: Path) -> int:
    from bot.cli.checking import checked
    from bot.settings_source import load

    for line in checked(load(), path):
        say(line)
    return 0


def config_show(path: Path, as_json: bool) -> int:
    from dataclasses import asdict

    from bot.cli.checking import holding
    from bot.settings_source import load

    found = holding(load(), path)
    if as_json:
        say(json.dumps(asdict(found), indent=2))
        return 1 if found.problem else 0
    if found.problem:
        complain(f"{found.problem} {found.remedy}".rstrip())
    wide = max(len(one.key) for one in found.values)
    for one in found.values:
        say(f"{one.key:{wide}}  {one.value or '-'}  ({one.place})")
    return 1 if found.problem else 0


def cleanup(dry_run: bool) -> int:
    settings = prepared()
    import asyncio

    from bot.cli.cleaning import clean_up, told

    for line in told(asyncio.run(clean_up(settings, dry_run=dry_run)), dry_run=dry_run):
        say(line)
    return 0


def doctor(model_call: bool) -> int:
    from bot.cli.machine.doctor import findings, shown
    from bot.settings_source import load

    fine = True
    for finding in findings(load(), call_model=model_call):
        say(shown(finding))
        fine = fine and (finding.ok or not finding.fatal)
    return 0 if fine else 1


def init(model: str, file: Path | None, *, force: bool) -> int:
    import os

    import typer

    from bot.cli.machine.initialising import initialise

    def ask(question: str, hidden: bool) -> str:
        if not sys.stdin.isatty():
            return str(sys.stdin.readline().strip())
        return str(typer.prompt(question, default="", show_default=False, hide_input=hidden))

    place = initialise(file, model, ask, force=force, environ=dict(os.environ))
    say(f"Written to {place}, which only you can read.")
    if "PULLWRIGHT_CONFIG" not in os.environ and file is not None:
        say(f"  next     export PULLWRIGHT_CONFIG={place}")
    os.environ["PULLWRIGHT_CONFIG"] = str(place)
    return doctor(False)


def schema() -> int:
    from workflows.policy.config.schema import schema as made

    say(json.dumps(made(), indent=2))
    return 0


def serve(*, web: bool, worker: bool) -> int:
    settings = prepared()
    from bot.server.serving import run

    run(settings, web=web, worker=worker)
    return 0


def signin() -> int:
    settings = prepared()
    from bot.database import open_store
    from bot.signin.links import one_time_link

    store = open_store(settings)
    try:
        say(one_time_link(store, settings.port, settings.host))
    finally:
        store.close()
    return 0
