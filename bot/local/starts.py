"""Runs that are started here, on a repository in a folder: what each workflow takes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.app import App
from bot.database import open_store
from bot.local.operator import OPERATOR
from bot.local.review import Ends
from bot.settings import Settings
from sandbox.errors import RepositoryError
from sandbox.git.repository import Repository, local_source
from workflows.effects.items import ListedIssue
from workflows.runs import actions
from workflows.runs.actions import Wanted
from workflows.steps.branch_names import branch_name
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.subject import Subject, SubjectKind
from workflows.values import Issue, Options, RunStatus, to_json
from workflows.workspace.mirrors import mirror_name

_LIVE = (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING)


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


async def start_here(app: App, repository: str, wanted: Wanted) -> Run:
    """Start what the operator of this machine wants."""

    async def make() -> Wanted:
        return wanted

    return await actions.start(app.runs, OPERATOR, repository, make)


def bound(app: App) -> dict[str, str]:
    """What a run's inputs say where a database is shared with other machines: this one is to work on it."""
    return {"machine": app.machine} if app.machine else {}


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


def _active_key(root: Path, issue: Issue) -> str:
    """What only one live run may work on."""
    return f"issue_to_pr:{root}#{issue.number or issue.digest[:16]}"
