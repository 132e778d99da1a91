"""Issues on GitHub, worked on from the command line: read by the App, and nothing is written there.

Whatever the workflow, a dry run takes the same three steps: an address becomes a subject, the
subject a run whose forge only reads, and what would have been posted is shown.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from bot.app import App, make_github
from bot.commands.table import COMMANDS
from bot.github.api.errors import NotFound
from bot.github.client import GitHub
from bot.local.address import Address
from bot.local.chosen import CommandChoices, options_of
from bot.local.starts import bound, start_here
from bot.local.work import Change, warned
from bot.redaction import redactor
from bot.settings import Settings
from bot.view.progress import progress
from bot.view.run_view import view_of
from sandbox.errors import UserError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import RepoConfig
from workflows.runs.actions import Wanted
from workflows.store.records import Run, Snapshot
from workflows.subject import Subject, SubjectKind
from workflows.text.sanitise import sanitised
from workflows.values import Issue, Options, to_json


@dataclass(frozen=True, slots=True)
class IssueOnGitHub:
    """An issue with what a run on it is started with. `repository` is named as in runs: "github.com/owner/name"."""

    repository: str
    issue: Issue
    config: RepoConfig
    inputs: dict[str, Any]


def dry_run_of(
    settings: Settings,
    where: Address,
    workflow: str = "issue_to_pr",
    *,
    model: str = "",
    approve: bool = False,
    needs_proof: bool = True,
    max_cost: float | None = None,
    max_minutes: float | None = None,
) -> Change:
    """What starts a dry run of a workflow on the issue: as the server would do it, but for what was asked for here.

    UserError as `read`; ModelError where no model can be used.
    """
    subject = asyncio.run(read(settings, where))
    own = Options(approve=approve, dry_run=True, needs_proof=needs_proof)
    options, warning = options_of(settings, subject.config, workflow, CommandChoices(model, max_cost, max_minutes), own)
    return warned(warning, lambda app: start_dry(app, subject, workflow, options))


async def read(settings: Settings, where: Address) -> IssueOnGitHub:
    """Read the issue and the repository's configuration as they are now.

    UserError where there are no credentials, the App is not installed there, or it is no issue.
    """
    github = make_github(settings)
    ours = github.credentials.host
    if where.host not in ("", ours):
        raise UserError(f"The App of this data directory is on {ours}, not on {where.host}.", "Use its own server's.")
    try:
        return await _read(github, where)
    finally:
        await github.close()


async def start_dry(app: App, subject: IssueOnGitHub, workflow: str, options: Options) -> Run:
    """Start a run that reads from GitHub and writes nowhere; it is nobody's run but this machine's."""
    assert options.dry_run, "what is posted for somebody is asked for on GitHub"
    wanted = Wanted(workflow, subject.issue.title, {**subject.inputs, **bound(app)}, options)
    return await start_here(app, subject.repository, wanted)


def comment_of(settings: Settings, snapshot: Snapshot) -> str:
    """The comment that the run would have on its issue by now; "" for a run that has none."""
    if snapshot.run.inputs.get("forge") != "github":
        return ""
    text = redactor(settings)(progress(view_of(snapshot, time.time()), COMMANDS))
    return text.partition("\n")[2]  # without the mark that it is found by


async def _read(github: GitHub, where: Address) -> IssueOnGitHub:
    try:
        installation = await github.installation_of(where.repository)
    except NotFound:
        keys = github.credentials
        raise UserError(
            f"The App {keys.slug} is not installed in {where.repository}, or there is no such repository.",
            f"Install it: {keys.web_url}/apps/{keys.slug}/installations/new",
        ) from None
    place = github.repository(installation, where.repository)
    info = await place.info()
    found = await place.issue(where.number)
    if found.pull:
        raise UserError(f"{where} is a pull request.", "Give the issue that is to be worked on.")
    text = await place.configuration()
    config = RepoConfig() if text is None else parse(text)
    issue = sanitised(
        Issue(found.number, found.title, found.body, author=found.author.login, url=found.url, labels=found.labels)
    )
    inputs = {
        "forge": "github",
        "installation": installation,
        "repository": info.full_name,
        "subject": to_json(Subject(SubjectKind.ISSUE, info.full_name, "github", installation, issue.number)),
        "issue": to_json(issue),
        "requester": None,
    }
    return IssueOnGitHub(f"{github.credentials.host}/{info.full_name}", issue, config, inputs)
