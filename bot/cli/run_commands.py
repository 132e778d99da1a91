"""The commands that work on a run and follow it to its end: settings in, words and an exit code out.

What is heavy is imported where it is used, so that a command pays for what it does.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.following import bounded_by, follow, told_as_json
from bot.terminal.console import prepared
from sandbox.errors import UserError

if TYPE_CHECKING:
    from bot.local.asking import Acts
    from bot.settings import Settings
    from workflows.store.records import Run


def solve(
    target: str,
    issue_file: str,
    *,
    model: str,
    number: int | None,
    labels: list[str],
    approve: bool,
    dry_run: bool,
    proof: str,
    as_json: bool,
    max_cost: float | None,
    max_minutes: float | None,
) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.local.address import address, check

        where = None if os.path.exists(target) else address(target)
        if where is not None:
            check(where, dry_run=dry_run, described=bool(issue_file or number is not None or labels))
            from bot.local.on_github import dry_run_of

            change = dry_run_of(
                settings,
                where,
                model=model,
                approve=approve,
                needs_proof=proof != "none",
                max_cost=max_cost,
                max_minutes=max_minutes,
            )
            return follow(settings, change, as_json)
        if not issue_file:
            raise _no_issue(target)
        from bot.local.issue_file import read_issue

        path = Path(target)
        issue = read_issue(issue_file, number=number, labels=labels)
        from bot.local import starts
        from bot.local.chosen import CommandChoices, configuration, options_of
        from bot.local.work import warned
        from workflows.values import Options

        starts.check_start(settings, path, issue, dry_run=dry_run)
        own = Options(approve=approve, dry_run=dry_run, needs_proof=proof != "none")
        asked = CommandChoices(model, max_cost, max_minutes)
        options, warning = options_of(settings, configuration(path), "issue_to_pr", asked, own)
        return follow(settings, warned(warning, lambda app: starts.start(app, path, issue, options)), as_json)


def _no_issue(target: str) -> UserError:
    if os.path.isfile(target):
        return UserError(f"{target} is a file.", f"Where it is the issue: pullwright solve . --issue {target}")
    if not os.path.exists(target):
        remedy = "Give the path of a repository, or an issue on GitHub, like OWNER/NAME#7."
        return UserError(f"{target} does not exist.", remedy)
    return UserError("Which issue?", "Give --issue FILE, or the address of an issue on GitHub.")


def explain(path: Path, question: str, *, model: str, as_json: bool, max_cost: float | None) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.cli.pausing import must_not_be_paused
        from bot.local import starts
        from bot.local.chosen import CommandChoices, configuration, options_of
        from bot.local.work import warned
        from workflows.text.sanitise import sanitised
        from workflows.values import Issue

        must_not_be_paused(settings)
        if not question.strip():
            raise UserError("What is to be explained?", 'Ask it: pullwright explain PATH "How are slugs made?"')
        title, _, body = question.strip().partition("\n")
        options, warning = options_of(settings, configuration(path), "explain", CommandChoices(model, max_cost))
        asked = sanitised(Issue(0, title, body))
        return follow(settings, warned(warning, lambda app: starts.explain(app, path, asked, options)), as_json)


def release_notes(
    path: Path, range_: str, *, model: str, plain: bool, changelog: bool, as_json: bool, max_cost: float | None
) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.cli.pausing import must_not_be_paused
        from bot.local import starts
        from bot.local.chosen import CommandChoices, configuration, options_of, without_model
        from bot.local.work import warned
        from workflows.release_notes.history.asked import asked_range

        must_not_be_paused(settings)
        named, config, asked = asked_range(range_), configuration(path), CommandChoices(model, max_cost)
        if plain:
            options, warning = without_model(settings, config, "release_notes", asked), ""
        else:
            options, warning = options_of(settings, config, "release_notes", asked, without="--plain")
        wanted = {"range": {"since": named.since, "until": named.until}, "plain": plain, "changelog": changelog}
        return follow(settings, warned(warning, lambda app: starts.release_notes(app, path, wanted, options)), as_json)


def review(
    path: Path,
    range_: str,
    issue_file: str,
    *,
    model: str,
    as_json: bool,
    max_cost: float | None,
    max_minutes: float | None,
) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.cli.pausing import must_not_be_paused
        from bot.local import starts
        from bot.local.chosen import CommandChoices, configuration, options_of
        from bot.local.issue_file import read_issue
        from bot.local.review import ends_of
        from bot.local.work import warned

        must_not_be_paused(settings)
        ends = ends_of(path, range_)
        issue = read_issue(issue_file) if issue_file else None
        asked = CommandChoices(model, max_cost, max_minutes)
        options, warning = options_of(settings, configuration(path), "review_pr", asked)
        return follow(settings, warned(warning, lambda app: starts.review(app, ends, issue, options)), as_json)


def triage(
    target: str,
    issue_file: str,
    others: Path | None,
    *,
    model: str,
    dry_run: bool,
    as_json: bool,
    max_cost: float | None,
    max_minutes: float | None,
) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.cli.pausing import must_not_be_paused
        from bot.local.address import address, check

        must_not_be_paused(settings)
        where = None if os.path.exists(target) else address(target)
        if where is not None:
            check(where, dry_run=dry_run, described=bool(issue_file or others))
            from bot.local.on_github import dry_run_of

            change = dry_run_of(settings, where, "triage", model=model, max_cost=max_cost, max_minutes=max_minutes)
            return follow(settings, change, as_json)
        if not issue_file:
            raise UserError("Which report?", "Give --issue FILE, or the address of an issue on GitHub.")
        from bot.local import starts
        from bot.local.chosen import CommandChoices, configuration, options_of
        from bot.local.issue_file import read_issue, read_issues
        from bot.local.work import warned
        from workflows.values import Options

        path, issue = Path(target), read_issue(issue_file)
        known = read_issues(others) if others else []
        asked = CommandChoices(model, max_cost, max_minutes)
        options, warning = options_of(settings, configuration(path), "triage", asked, Options(dry_run=dry_run))
        return follow(settings, warned(warning, lambda app: starts.triage(app, path, issue, known, options)), as_json)


def resume(run_id: str, as_json: bool, max_cost: float | None, max_minutes: float | None) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.cli.pausing import must_not_be_paused
        from bot.local.work import full_id, go_on, interrupted_id, tell_price

        must_not_be_paused(settings)  # which says more than that no run was interrupted
        run_id = full_id(settings, run_id) if run_id else interrupted_id(settings)

        async def on(app: Acts) -> Run:
            await tell_price(app, run_id, max_cost)
            return await go_on(app, run_id, bounded_by(max_cost, max_minutes))

        return _steer(settings, on, as_json)


def retry(run_id: str, step: str, as_json: bool, max_cost: float | None, max_minutes: float | None) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.local.operator import OPERATOR
        from bot.local.work import full_id, tell_price
        from workflows.runs import actions
        from workflows.store.run_rows.runs import get_run

        run_id = full_id(settings, run_id)

        async def again(app: Acts) -> Run:
            await tell_price(app, run_id, max_cost)
            run = await app.store.read(get_run, run_id)
            key = step or run.current_step
            return await actions.retry(app.runs, run.id, OPERATOR, key, change=bounded_by(max_cost, max_minutes))

        return _steer(settings, again, as_json)


def skip(run_id: str, step: str, as_json: bool) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.local.operator import OPERATOR
        from bot.local.work import full_id
        from workflows.runs import actions

        run_id = full_id(settings, run_id)
        return _steer(settings, lambda app: actions.skip(app.runs, run_id, OPERATOR, step), as_json)


def answer(run_id: str, text: str, reason: str, as_json: bool, *, approval: bool) -> int:
    with told_as_json(as_json):
        settings = prepared()
        from bot.local.asking import answered
        from bot.local.work import full_id

        run_id = full_id(settings, run_id)
        return _steer(settings, lambda app: answered(app, run_id, text, reason, approval=approval), as_json)


def _steer(settings: Settings, change: Callable[[Acts], Awaitable[Run]], as_json: bool) -> int:
    """Change a run and follow it; beside a server, which goes on with it, that it was taken is all."""
    from bot.cli.beside_server import steered

    done = steered(settings, change, as_json)
    return follow(settings, change, as_json) if done is None else done
