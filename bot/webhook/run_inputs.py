"""What a run is given of what happened on GitHub: where, about what, who asked, and what its workflow needs besides."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from bot import choices
from bot.github.client import GitHub
from bot.github.repository import RepositoryClient
from bot.settings import Settings
from bot.webhook import continuing
from bot.webhook.events.code import CheckCompleted, OnPull, PullChanged, ReviewCommented, TagPushed
from bot.webhook.events.conversation import About, Commented, IssueAssigned, IssueLabeled, OnIssue
from workflows.engine import failure_policy
from workflows.errors import ModelError, RunError
from workflows.policy.config.repo_config import RepoConfig
from workflows.registry import WORKFLOWS
from workflows.release_notes.history.asked import NotesRange, asked_range
from workflows.runs.actions import Wanted
from workflows.runs.control import Runs
from workflows.runs.principal import Principal, Role
from workflows.store.run_rows import runs
from workflows.subject import Subject, SubjectKind
from workflows.text.sanitise import sanitise, sanitise_line, sanitised
from workflows.triage.state import has_asked
from workflows.values import Issue, Options, to_json

log = logging.getLogger(__name__)

_MOST_HINT = 2000
_MOST_TITLE = 256
_PUSHED = "synchronize"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """Somebody's wish for work, by the delivery that brought it; `about` the event's own subject where it names none.

    `outsider` says that whoever caused it has no write permission: only a repository's own rule lets such a one
    start anything. `role` is what whoever asks counts as in the repository; None where GitHub was not asked.
    """

    event: About
    delivery: str
    config: RepoConfig
    hint: str = ""
    approve: bool = False
    outsider: bool = False
    role: Role | None = None
    workflow: str = "issue_to_pr"
    about: Subject | None = None
    who: Principal | None = None
    """Who asks for it where no event tells so: by the API, on a page or in a chat."""

    @property
    def subject(self) -> Subject:
        return self.about or self.event.subject


@dataclass(frozen=True, slots=True)
class RunMaker:
    """Makes what a request's run is started with."""

    settings: Settings
    github: GitHub
    runs: Runs

    async def wanted(self, request: RunRequest, repository: str) -> Wanted:
        """The run that is wanted; `repository` is named as in runs. RunError where it lacks what its workflow needs."""
        plain = _question if WORKFLOWS[request.workflow].question else _work
        return await _MAKERS.get(request.workflow, plain)(self, request, repository)

    def place(self, event: About) -> RepositoryClient:
        return self.github.repository(event.place.installation, event.place.repository)

    def options(self, request: RunRequest) -> Options:
        """How a run of the request goes. ModelError where no model is configured, or a named cap cannot be kept."""
        model = choices.model_of(self.settings, request.config)
        if not model:
            raise ModelError("No model is configured on this server.", "Whoever runs it sets PULLWRIGHT_MODEL.")
        bounds = choices.bounds_of(self.settings, request.config)
        warning = choices.price_warning(self.settings, model, bounds.usd, choices.named_cap(request.config))
        if warning:
            log.warning("%s: %s", request.event.place.repository, warning)
        return Options(
            model=model,
            approve=request.approve,
            bounds=bounds,
            failure=failure_policy.configured(request.config, self.runs.definitions[request.workflow]),
            approval=request.config.approval_rules(),
        )


async def _work(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """Any workflow's run: one at a time on its subject."""
    event, subject = request.event, request.subject
    inputs = {**await _inputs(maker, request), "hint": sanitise(request.hint, _MOST_HINT)}
    if request.workflow == "issue_to_pr":
        inputs |= await _beside(maker, request, repository)
        inputs["branch_prefix"] = request.config.branch_prefix or ""
    title = subject.label
    if isinstance(event, OnIssue):
        issue = sanitised(event.issue)
        title, inputs["issue"] = issue.title, to_json(issue)
    elif isinstance(event, OnPull):
        title = sanitise_line(event.pull.title, _MOST_TITLE) or title
    thing = subject.label.removeprefix(subject.repository)
    key = f"{request.workflow}:github:{repository}".lower()
    return Wanted(request.workflow, title, inputs, maker.options(request), f"{key}{thing}")


async def _beside(maker: RunMaker, request: RunRequest, repository: str) -> dict[str, Any]:
    """What an earlier run left open for the issue: the work goes on there, or stands beside it where that is asked."""
    anew, hint = continuing.fresh(request.hint)
    place = maker.place(request.event)
    there = await continuing.open_pull_of(maker.runs.store, place, repository, request.subject.number)
    told: dict[str, Any] = {"hint": sanitise(hint, _MOST_HINT)}
    return told if there is None else {**told, "beside" if anew else "continues": there}


async def _question(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """A question about the default branch, or on a pull request about its head."""
    event, subject, entry = request.event, request.subject, WORKFLOWS[request.workflow]
    if not request.hint.strip():
        example = next((one.hint for one in entry.fields if one.name == "hint"), "")
        raise RunError("What is the question?", f"Ask it: /{entry.command.partition(' ')[0]} {example}")
    asked = sanitised(Issue(0, request.hint.strip(), "", url=event.url))
    inputs = {**await _inputs(maker, request), "issue": to_json(asked)}
    if subject.kind is SubjectKind.PULL:
        inputs["base_commit"] = (await maker.place(event).pull(subject.number)).head_commit
    return Wanted(request.workflow, title=asked.title, inputs=inputs, options=maker.options(request))


async def _review(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """Who says so in words gets a full review; a push, one of what is new, which is silent where it finds nothing."""
    wanted = await _work(maker, request, repository)
    changed = request.event if isinstance(request.event, PullChanged) else None
    pushed = changed is not None and (changed.action == _PUSHED or changed.other_base)
    more = {
        "fresh": request.who is not None or isinstance(request.event, Commented),
        "quiet": pushed,
        "quiet_seconds": maker.settings.push_quiet_seconds,
    }
    return replace(wanted, inputs={**wanted.inputs, **more})


async def _triage(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """What only its writer knows is asked for once, however often an issue is looked through."""
    wanted, number = await _work(maker, request, repository), request.subject.told_on
    before = await maker.runs.store.read(runs.of_number, repository, number, workflow="triage")
    return replace(wanted, inputs={**wanted.inputs, "asked_before": any(map(has_asked, before))})


async def _notes(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """Those of a tag since the release before it; in a comment, of the range that stands there."""
    subject, event = request.subject, request.event
    tag = subject.name if subject.kind is SubjectKind.TAG else ""
    named = NotesRange(until=tag) if tag else asked_range(request.hint)
    wanted = await _work(maker, request, repository)
    moved = event.before if isinstance(event, TagPushed) else ""
    more = {"range": {"since": named.since, "until": named.until}, "plain": False, "moved_from": moved}
    title = f"Release notes of {named.until or 'what is new'}"
    key = {
        SubjectKind.TAG: wanted.active_key,
        SubjectKind.BRANCH: f"{wanted.active_key} {named.since}..{named.until}",  # packages have ranges of their own
    }.get(subject.kind)
    return replace(wanted, title=title, inputs={**wanted.inputs, **more}, active_key=key)


async def _withdrawal(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """Never beside the writing of notes for the same tag: the one waits for the other."""
    wanted, subject = await _work(maker, request, repository), request.subject
    key = str(wanted.active_key).replace(request.workflow, "release_notes", 1)
    inputs = {**wanted.inputs, "quiet_seconds": maker.settings.push_quiet_seconds}
    return replace(wanted, title=f"Release notes of {subject.name}, whose tag is gone", inputs=inputs, active_key=key)


async def _following(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """What is asked on a pull request of ours, for the issue that it was opened for.

    One that no issue asked for (an entry of the CHANGELOG), or whose run was cleaned up, stands for that itself.
    """
    number, event = request.subject.number, request.event
    rows = await maker.runs.store.read(runs.of_number, repository, number, workflow="issue_to_pr")
    made = next((one for one in rows if (one.state.get("pull") or {}).get("number") == number), None)
    if made is None:
        place = maker.place(event)
        pull = await place.pull(number)
        if not place.is_me(pull.author.login):
            raise RunError("This pull request is not one of ours.", "Only those that we have opened are followed up.")
        asked = sanitised(Issue(0, pull.title, pull.body, url=pull.url))
        issue, name = to_json(asked), asked.title
    else:
        issue, name = made.inputs["issue"], made.title
    wanted = await _work(maker, request, repository)
    check = {"id": event.check.id, "name": event.check.name} if isinstance(event, CheckCompleted) else None
    more = {"issue": issue, "check": check, "quiet": check is not None}
    more["quiet_seconds"] = maker.settings.push_quiet_seconds if isinstance(event, ReviewCommented) else 0.0
    title = f"Follow-up on #{number}: {name}"
    return replace(wanted, title=title[:_MOST_TITLE], inputs={**wanted.inputs, **more})


async def _replying(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """A word in a thread of ours on the code; the answer there is all that is told of it."""
    event = request.event
    assert isinstance(event, ReviewCommented), "only such are answered in their threads"
    wanted = await _work(maker, request, repository)
    more = {"thread": event.thread or event.comment, "comment": event.comment, "quiet": True}
    title = f"Reply in a thread of #{request.subject.number}"
    return replace(wanted, title=title, inputs={**wanted.inputs, **more}, active_key=None)


async def _fix_check(maker: RunMaker, request: RunRequest, repository: str) -> Wanted:
    """What reproduced an issue, on a pull request that names it; what came of it is all that is told."""
    wanted = await _work(maker, request, repository)
    title = f"Test of #{request.hint} on #{request.subject.number}"
    key = f"{wanted.active_key} #{request.hint}"  # each issue that it names is tried
    return replace(wanted, title=title, inputs={**wanted.inputs, "quiet": True}, active_key=key)


_MAKERS = {
    "fix_check": _fix_check,
    "review_reply": _replying,
    "follow_up": _following,
    "notes_withdrawal": _withdrawal,
    "release_notes": _notes,
    "review_pr": _review,
    "triage": _triage,
}
"""What makes the inputs of a workflow's runs, where it is not as for any."""


async def _inputs(maker: RunMaker, request: RunRequest) -> dict[str, Any]:
    """What every run on GitHub is given: where, about what, and who asked, as an author of commits."""
    event = request.event
    user = await maker.place(event).user(event.sender.login, event.sender.id)
    return {
        "forge": "github",
        "installation": event.place.installation,
        "repository": event.place.repository,
        "repository_id": str(event.place.number),
        "subject": to_json(request.subject),
        "requester": {"login": user.login, "name": user.name or user.login, "email": user.commit_email},
        "delivery": request.delivery,
        "outsider": request.outsider,
        "comment": event.comment if isinstance(event, Commented) else 0,
        "asked_by": _asked_by(event),
        "locked": isinstance(event, OnIssue) and event.locked,
    }


def _asked_by(event: About) -> dict[str, str]:
    """The label or the account by which an issue asks for work: as long as it has that, the work is wanted."""
    match event:
        case IssueLabeled():
            return {"label": event.label, "label_id": str(event.label_id)}
        case IssueAssigned():
            return {"assignee": event.assignee, "assignee_id": str(event.assignee_id)}
    return {}
