"""Runs at work in this process: start one or go on with one, follow it until it stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from socket import gethostname
from typing import Any

from bot import choices
from bot.app import DEFINITIONS, App, open_app
from bot.database import check_engine, open_store
from bot.guards.engine_lock import EngineLock
from bot.local.asking import Acts, ask_here
from bot.local.operator import OPERATOR
from bot.local.review import Ends
from bot.server.keeping import keeping
from bot.settings import Settings
from bot.terminal.console import complain
from bot.terminal.live import Screen, Waker
from sandbox.detect.read.source import Source
from sandbox.errors import RepositoryError, TransientError, UserError
from sandbox.git.repository import Repository, local_source
from workflows.cluster.membership import signed_in
from workflows.effects.items import ListedIssue
from workflows.engine.failure_policy import configured
from workflows.errors import ModelError, RunError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.runs import actions
from workflows.runs.actions import Wanted
from workflows.steps.branch_names import branch_name
from workflows.store.records import Run, Snapshot
from workflows.store.run_rows import runs, spending
from workflows.subject import Subject, SubjectKind
from workflows.text.escape import visible
from workflows.values import Issue, Options, RunStatus, to_json
from workflows.workspace.trees import mirror_name

_LOOK_SECONDS = 0.5
_AWAY_SECONDS = 300.0
_LIVE = (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING)

Change = Callable[[App], Awaitable[Run]]
"""What is done to a run (or makes it) before it is followed."""


@dataclass(slots=True)
class Followed:
    """Which run a command is about, known as soon as there is one: an interrupted command names it."""

    run_id: str = ""


async def work(
    settings: Settings, screen: Screen, change: Change, followed: Followed, *, ask: bool = False
) -> Snapshot:
    """Make the change, then follow the run to its end or its next question.

    With `ask`, questions are put to the terminal and the run goes on with the answers.
    Waits in line where another process works on this data directory.
    """
    waker = Waker()
    async with _app(settings, screen, waker) as (app, lock):
        run = await change(app)
        followed.run_id = run.id
        lock.note(run.id)
        while True:
            snapshot = await _follow(app, run.id, screen, waker)
            if not (ask and snapshot.run.status is RunStatus.WAITING and await ask_here(app, snapshot)):
                return snapshot


async def explain(app: App, path: Path, question: Issue, options: Options) -> Run:
    """Start a run that answers a question about the repository at `path`, as its branch is now."""
    source = await asyncio.to_thread(local_source, path)
    inputs = {
        "subject": to_json(Subject(SubjectKind.PATH, str(source.root))),
        "issue": to_json(question),
        "base_commit": source.commit,
        **bound(app),
    }
    return await start_here(app, str(source.root), Wanted("explain", question.title, inputs, options))


async def release_notes(app: App, path: Path, wanted: Mapping[str, Any], options: Options) -> Run:
    """Start a run that writes the notes of a range; `wanted` has `range` and `plain` as the workflow takes them."""
    source = await asyncio.to_thread(local_source, path)
    title = f"Release notes of {wanted['range']['until'] or source.branch}"
    inputs = {
        "subject": to_json(Subject(SubjectKind.PATH, str(source.root))),
        **wanted,
        "base_branch": source.branch,
        **bound(app),
    }
    return await start_here(app, str(source.root), Wanted("release_notes", title, inputs, options))


async def review(app: App, ends: Ends, issue: Issue | None, options: Options) -> Run:
    """Start a review of what one commit of a repository here has and another has not."""
    inputs = {
        "subject": to_json(Subject(SubjectKind.PATH, str(ends.root))),
        "base_commit": ends.base,
        "head_commit": ends.head,
        "base_branch": ends.branch,
        "issue": to_json(issue) if issue else None,
        **bound(app),
    }
    return await start_here(app, str(ends.root), Wanted("review_pr", f"Review of {ends.range}", inputs, options))


async def triage(app: App, path: Path, issue: Issue, others: Sequence[Issue], options: Options) -> Run:
    """Start a triage of a report about the repository at `path`, as it is now, beside `others` that there are."""
    source = await asyncio.to_thread(local_source, path)
    inputs = {
        "subject": to_json(Subject(SubjectKind.ISSUE, str(source.root), number=issue.number)),
        "issue": to_json(issue),
        "others": [to_json(ListedIssue(one.number, one.title, one.body, labels=one.labels)) for one in others],
        "base_branch": source.branch,
        "base_commit": source.commit,
        **bound(app),
    }
    return await start_here(app, str(source.root), Wanted("triage", issue.title, inputs, options))


async def start(app: App, path: Path, issue: Issue, options: Options) -> Run:
    """Start a run on the repository at `path`, as it is now."""
    source = await asyncio.to_thread(local_source, path)
    wanted = Wanted(
        "issue_to_pr",
        title=issue.title,
        inputs={
            "subject": to_json(Subject(SubjectKind.ISSUE, str(source.root), number=issue.number)),
            "issue": to_json(issue),
            "base_branch": source.branch,
            "base_commit": source.commit,
            "requester": to_json(source.user) if source.user else None,
            **bound(app),
        },
        options=options,
        active_key=None if options.dry_run else _active_key(source.root, issue),
    )
    return await start_here(app, str(source.root), wanted)


async def start_here(app: App, repository: str, wanted: Wanted) -> Run:
    """Start what the operator of this machine wants."""

    async def make() -> Wanted:
        return wanted

    return await actions.start(app.runs, OPERATOR, repository, make)


def bound(app: App) -> dict[str, str]:
    """What a run's inputs say where a database is shared with other machines: this one is to work on it."""
    return {"machine": app.machine} if app.machine else {}


def configuration(path: Path) -> RepoConfig:
    """What the repository at `path` says about itself; ConfigError where that is wrong."""
    return parse(Source(path.resolve()).text(PATH))


def as_configured(config: RepoConfig, options: Options, workflow: str = "issue_to_pr") -> Options:
    """The options with a repository's rules for failures and approvals; ConfigError where they are wrong.

    Somebody looks at a run that was started here: it does not wait for hours for a service that is away.
    """
    failure = replace(configured(config, DEFINITIONS[workflow]), away=_AWAY_SECONDS)
    return replace(options, failure=failure, approval=config.approval_rules())


async def go_on(app: Acts, run_id: str, options: Callable[[Options], Options] = lambda old: old) -> Run:
    """Resume a run, whatever stopped it: a failure, an abort, a kill, or nothing but a question."""
    run = await app.store.read(runs.get_run, run_id)
    new = options(run.options)
    if run.status in (RunStatus.FAILED, RunStatus.ABORTED):
        return await actions.retry(app.runs, run.id, OPERATOR, change=options)
    if run.status is RunStatus.ROLLED_BACK:
        raise UserError(f"Run {run.id} was rolled back.", f"Start it again: pullwright retry {run.id} STEP")
    if new != run.options:
        await app.store.write(runs.set_options, run.id, new)
    await app.runs.admit(run.id)  # one of a server's that waits in line does not wait for whoever names it here
    return run


def warned(warning: str, change: Change) -> Change:
    """The change, before which the warning is told, where there is one, on standard error."""

    async def tell_first(app: App) -> Run:
        if warning:
            complain(warning)
        return await change(app)

    return tell_first


async def tell_price(app: Acts, run_id: str, max_cost: float | None) -> None:
    """Before a run goes on, say where its cap, or that other one, may not hold; ModelError where it was named."""
    run, spent = await app.store.read(runs.get_run, run_id), await app.store.read(spending.spent, run_id)
    model, named = run.options.model or app.settings.model, "" if max_cost is None else "--max-cost"
    usd = run.options.bounds.usd if max_cost is None else max_cost
    if warning := choices.price_warning(app.settings, model, usd, named, spent):
        complain(warning)


def check_start(settings: Settings, path: Path, issue: Issue, *, dry_run: bool) -> None:
    """Whether a run could start here: told at once, before anybody waits in line or a model is paid.

    RepositoryError where the repository cannot be used as it is, or the branch exists already.
    """
    root = local_source(path).root
    if dry_run:
        return
    store = open_store(settings)
    try:
        live = store.read_now(runs.list_runs, statuses=_LIVE, repository=str(root))
    finally:
        store.close()
    if any(run.active_key == _active_key(root, issue) for run in live):
        return
    branch = branch_name(issue)
    mirror = Repository.mirror(settings.data / "mirrors" / mirror_name(str(root)))
    if mirror.branch_head(str(root), branch) is not None:
        raise RepositoryError(
            f"The branch {branch} exists already.", "Delete or rename it if it is not needed, then start again."
        )


def interrupted_id(settings: Settings) -> str:
    """The newest run that was interrupted at its work; RunError where there is none."""
    store = open_store(settings)
    try:
        at_work = store.read_now(runs.list_runs, statuses=(RunStatus.RUNNING, RunStatus.PENDING), limit=1)
        newest = store.read_now(runs.list_runs, limit=1)
    finally:
        store.close()
    if at_work:
        return at_work[0].id
    remedy = f"The newest one is {newest[0].id} ({newest[0].status})." if newest else "There are no runs yet."
    raise RunError("No run was interrupted.", remedy)


def full_id(settings: Settings, prefix: str) -> str:
    """The id of the run that begins so; RunError where there is none or more than one."""
    store = open_store(settings)
    try:
        return store.read_now(runs.find_run, prefix).id
    finally:
        store.close()


def need_model(settings: Settings, asked: str, without: str = "") -> str:
    """The model's name; ModelError where none was named. `without` is the option for going on with none."""
    name = asked or settings.model
    if not name:
        raise ModelError(
            "No model is configured.",
            "Set PULLWRIGHT_MODEL (as litellm names it, for example openai/gpt-5) and the provider's key, "
            f"or give --model{f', or {without} to go on without one' if without else ''}.",
        )
    missing = settings.missing_key(name)
    if missing:
        raise ModelError(f"The model {name} needs a key.", f"Set {_key_for(settings, name, missing)}.")
    return name


def _key_for(settings: Settings, name: str, variable: str) -> str:
    return variable if settings.is_listed(name) else f"{variable} or PULLWRIGHT_API_KEY"


@asynccontextmanager
async def _app(settings: Settings, screen: Screen, waker: Waker) -> AsyncIterator[tuple[App, EngineLock]]:
    store = await asyncio.to_thread(open_store, settings)
    try:
        await asyncio.to_thread(check_engine, settings)
        async with (
            EngineLock(settings.lock_file, lambda holder: screen.say(f"waiting for {holder} to end")) as lock,
            signed_in(store, 0, settings.times) as member,  # a server's runs do not count on this process
            open_app(settings, store, waker, member, machine="" if store.is_sqlite else gethostname()) as app,
            keeping(app, member),
        ):
            yield app, lock
    finally:
        store.close()


def _active_key(root: Path, issue: Issue) -> str:
    """What only one live run may work on."""
    return f"issue_to_pr:{root}#{issue.number or issue.digest[:16]}"


async def _follow(app: App, run_id: str, screen: Screen, waker: Waker) -> Snapshot:
    """Show the run until the engine has nothing more to do for it."""
    paused = False
    try:
        while True:
            try:
                snapshot = await app.store.read(runs.snapshot, run_id)
            except TransientError:  # the database is busy: what it holds will be shown a moment later
                await asyncio.sleep(_LOOK_SECONDS)
                continue
            screen.show(snapshot)
            paused = await _paused(app, snapshot, screen, paused)
            if not snapshot.run.status.active:
                if snapshot.run.status is RunStatus.ABORTED:  # by another process, which has no engine to stop it with
                    await app.runs.engine.cancel(run_id, snapshot.run.segment)
                return snapshot
            await waker.wait(_LOOK_SECONDS)
    finally:
        screen.close()


async def _paused(app: App, snapshot: Snapshot, screen: Screen, said: bool) -> bool:
    """Say once that the run is paused, and have it go on when it is no more; whether it is."""
    if snapshot.pause is None:
        if snapshot.run.in_line:
            await app.runs.admit(snapshot.run.id)
        return False
    if not said:
        screen.say(f"{visible(snapshot.pause.sentence)} `{snapshot.pause.ended_by}` has it go on.")
    return True
