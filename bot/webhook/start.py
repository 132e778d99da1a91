"""From a request on GitHub to a run: what it is started with, and what its asker is told.

A request may be carried out twice (after a crash in the middle): it finds the run that it
started the first time by the delivery it came with, and by marks in what it posted.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass, field, replace
from typing import Any

from bot import choices
from bot.channels.github import progress_link
from bot.github.client import GitHub
from bot.github.repository import RepositoryClient
from bot.settings import Settings
from bot.view import messages
from bot.webhook import continuing
from bot.webhook.events.code import CheckCompleted, OnPull, PullChanged, ReviewCommented, TagPushed
from bot.webhook.events.conversation import About, Commented, IssueAssigned, IssueLabeled, OnIssue
from sandbox.errors import TransientError
from workflows.engine import failure_policy
from workflows.errors import ModelError, RunError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.registry import WORKFLOWS
from workflows.release_notes.history.asked import NotesRange, asked_range
from workflows.runs import actions
from workflows.runs.actions import Wanted
from workflows.runs.control import Runs
from workflows.runs.principal import Principal, Role, role_of
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.subject import Subject, SubjectKind
from workflows.text.sanitise import sanitise, sanitise_line, sanitised
from workflows.triage.state import has_asked
from workflows.values import Issue, Options, to_json

log = logging.getLogger(__name__)

CONFIG_SECONDS = 5.0
"""For how long a repository's configuration and name count as read: a burst of events asks for them once."""

_MOST_HINT = 2000
_MOST_TITLE = 256
_MOST_CONFIGS = 500


_PUSHED = "synchronize"
_LOOKED = {
    "review_pr": frozenset({"close"}),
    "follow_up": frozenset({"answer", "end"}),
    "fix_check": frozenset({"tell", "end"}),
}
"""Steps from which on a run may have looked for the last time whether something new has come."""
_ENDING_SECONDS = 2.0
_SEVERAL = frozenset({"explain", "release_notes", "review_reply"})
"""Workflows of which any number may be about the same thing at once."""
_WRONG_KIND = {
    SubjectKind.PULL: ("This is a pull request.", "Write the command on the issue that is to be worked on."),
    SubjectKind.ISSUE: ("This is an issue.", "Write the command on the pull request that is to be worked on."),
}


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


@dataclass(slots=True)
class Starting:
    """Starts runs for what is asked on GitHub, and answers there."""

    settings: Settings
    github: GitHub
    runs: Runs
    _configs: dict[str, tuple[float, RepoConfig]] = field(default_factory=dict)
    _names: dict[tuple[int, str], tuple[float, str]] = field(default_factory=dict)

    async def start(self, request: RunRequest) -> Run:
        """The run that works on the subject: the request's own, or the one that was there before it.

        RunError where the workflow is not about such a thing, ModelError where no model is configured or a named
        cap cannot be kept, DayIsSpent where no more may be spent today; what GitHub's refusals raise besides.
        TransientError where the one that is there is about to end and may not see any more what is asked.
        """
        event, subject = request.event, request.subject
        entry = WORKFLOWS.get(request.workflow)
        if entry is not None and subject.kind not in entry.takes:
            raise RunError(*_WRONG_KIND.get(subject.kind, (f"{entry.title} is not about a {subject.kind}.", "")))
        repository = await self.repository_of(event)
        role = request.role
        if role is None:
            role = role_of(await self.place(event).permission(event.sender.login, event.sender.id))
        sender = request.who or Principal(event.sender.login, "github", account=event.sender.id)
        principal = replace(sender, role=role, repository=repository, reference=_reference(request))

        async def make() -> Wanted:
            return await _MAKERS.get(request.workflow, _work)(self, request, repository)

        run = await actions.start(
            self.runs,
            principal,
            repository,
            make,
            number=0 if request.workflow in _SEVERAL else subject.told_on,
            delivery=request.delivery,
            workflow=request.workflow,
        )
        if run.inputs.get("delivery") != request.delivery and run.current_step in _LOOKED.get(run.workflow, ()):
            raise TransientError(f"run {run.id} is about to end", _ENDING_SECONDS, away=True)
        return run

    async def config(self, event: About) -> RepoConfig:
        """The repository's configuration on its default branch; ConfigError with file, line and remedy.

        One that is wrong is read anew each time: whoever has mended it asks again at once.
        """
        name = event.place.repository.lower()
        read_at, known = self._configs.get(name, (0.0, None))
        if known is not None and time.monotonic() - read_at < CONFIG_SECONDS:
            return known
        text = await self.place(event).file(PATH)
        config = RepoConfig() if text is None else parse(text)
        if len(self._configs) >= _MOST_CONFIGS:
            self._configs.clear()
        self._configs[name] = (time.monotonic(), config)
        return config

    def forget(self, repository: str) -> None:
        """Read the repository's configuration anew the next time."""
        self._configs.pop(repository.lower(), None)

    async def tell(self, event: About, text: str, about: str = "") -> None:
        """Comment where it happened; the same text once, or once for each thing that it is `about`."""
        number = event.subject.told_on
        if not number:
            log.warning("%s: %s", event.subject.label, text)
            return
        digest = hashlib.sha256(f"{about}\0{text}".encode()).hexdigest()[:16]
        mark = f"<!-- pullwright:told:{digest} -->"
        place = self.place(event)
        if await place.find_comment(number, mark) is None:
            await place.comment(number, f"{mark}\n{text}")

    async def tell_of(self, event: About, run: Run, delivery: str) -> None:
        """Answer a request for something that a run works on already."""
        await self.tell(event, messages.already_at_work(run.id, await self.link(run), run.standing), delivery)

    async def link(self, run: Run) -> str:
        """The address of a run's progress comment, "" while it has none."""
        return await progress_link(self.runs.store, self.github.credentials.web_url, run)

    def place(self, event: About) -> RepositoryClient:
        return self.github.repository(event.place.installation, event.place.repository)

    async def repository_of(self, event: About) -> str:
        """How runs name the repository: "github.com/owner/name", as it was called when its first run was started."""
        number, name = event.place.number, f"{self.github.credentials.host}/{event.place.repository}"
        read_at, known = self._names.get((number, name), (0.0, ""))
        if time.monotonic() - read_at > CONFIG_SECONDS or not read_at:
            known = await self.runs.store.read(runs.name_of, name, number)
            if len(self._names) >= _MOST_CONFIGS:
                self._names.clear()
            self._names[number, name] = (time.monotonic(), known)
        return known

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


# --- what a new run is given -----------------------------------------------------------------------


async def _work(starting: Starting, request: RunRequest, repository: str) -> Wanted:
    """Any workflow's run: one at a time on its subject."""
    event, subject = request.event, request.subject
    inputs = {**await _inputs(starting, request), "hint": sanitise(request.hint, _MOST_HINT)}
    if request.workflow == "issue_to_pr":
        inputs |= await _beside(starting, request, repository)
        inputs["branch_prefix"] = request.config.branch_prefix or ""
    title = subject.label
    if isinstance(event, OnIssue):
        issue = sanitised(event.issue)
        title, inputs["issue"] = issue.title, to_json(issue)
    elif isinstance(event, OnPull):
        title = sanitise_line(event.pull.title, _MOST_TITLE) or title
    thing = subject.label.removeprefix(subject.repository)
    key = f"{request.workflow}:github:{repository}".lower()
    return Wanted(request.workflow, title, inputs, starting.options(request), f"{key}{thing}")


async def _beside(starting: Starting, request: RunRequest, repository: str) -> dict[str, Any]:
    """What an earlier run left open for the issue: the work goes on there, or stands beside it where that is asked."""
    anew, hint = continuing.fresh(request.hint)
    place = starting.place(request.event)
    there = await continuing.open_pull_of(starting.runs.store, place, repository, request.subject.number)
    told: dict[str, Any] = {"hint": sanitise(hint, _MOST_HINT)}
    return told if there is None else {**told, "beside" if anew else "continues": there}


async def _explanation(starting: Starting, request: RunRequest, repository: str) -> Wanted:
    """A question about the default branch, or on a pull request about its head."""
    event, subject = request.event, request.subject
    if not request.hint.strip():
        raise RunError("What is to be explained?", "Ask it: /explain How are slugs made?")
    asked = sanitised(Issue(0, request.hint.strip(), "", url=event.url))
    inputs = {**await _inputs(starting, request), "issue": to_json(asked)}
    if subject.kind is SubjectKind.PULL:
        inputs["base_commit"] = (await starting.place(event).pull(subject.number)).head_commit
    return Wanted("explain", title=asked.title, inputs=inputs, options=starting.options(request))


async def _review(starting: Starting, request: RunRequest, repository: str) -> Wanted:
    """Who says so in words gets a full review; a push, one of what is new, which is silent where it finds nothing."""
    wanted = await _work(starting, request, repository)
    pushed = isinstance(request.event, PullChanged) and request.event.action == _PUSHED
    more = {
        "fresh": request.who is not None or isinstance(request.event, Commented),
        "quiet": pushed,
        "quiet_seconds": starting.settings.push_quiet_seconds,
    }
    return replace(wanted, inputs={**wanted.inputs, **more})


async def _triage(starting: Starting, request: RunRequest, repository: str) -> Wanted:
    """What only its writer knows is asked for once, however often an issue is looked through."""
    wanted, number = await _work(starting, request, repository), request.subject.told_on
    before = await starting.runs.store.read(runs.of_number, repository, number, workflow="triage")
    return replace(wanted, inputs={**wanted.inputs, "asked_before": any(map(has_asked, before))})


async def _notes(starting: Starting, request: RunRequest, repository: str) -> Wanted:
    """Those of a tag since the release before it; in a comment, of the range that stands there."""
    subject, event = request.subject, request.event
    tag = subject.name if subject.kind is SubjectKind.TAG else ""
    named = NotesRange(until=tag) if tag else asked_range(request.hint)
    wanted = await _work(starting, request, repository)
    moved = event.before if isinstance(event, TagPushed) else ""
    more = {"range": {"since": named.since, "until": named.until}, "plain": False, "moved_from": moved}
    title = f"Release notes of {named.until or 'what is new'}"
    return replace(wanted, title=title, inputs={**wanted.inputs, **more}, active_key=wanted.active_key if tag else None)


async def _following(starting: Starting, request: RunRequest, repository: str) -> Wanted:
    """What is asked on a pull request that a run of ours has opened, for the issue that it was opened for."""
    number, event = request.subject.number, request.event
    rows = await starting.runs.store.read(runs.of_number, repository, number, workflow="issue_to_pr")
    made = next((one for one in rows if (one.state.get("pull") or {}).get("number") == number), None)
    if made is None:
        raise RunError("This pull request is not one of ours.", "Only those that a run has opened are followed up.")
    wanted = await _work(starting, request, repository)
    check = {"id": event.check.id, "name": event.check.name} if isinstance(event, CheckCompleted) else None
    more = {"issue": made.inputs["issue"], "check": check, "quiet": check is not None}
    more["quiet_seconds"] = starting.settings.push_quiet_seconds if isinstance(event, ReviewCommented) else 0.0
    title = f"Follow-up on #{number}: {made.title}"
    return replace(wanted, title=title[:_MOST_TITLE], inputs={**wanted.inputs, **more})


async def _replying(starting: Starting, request: RunRequest, repository: str) -> Wanted:
    """A word in a thread of ours on the code; the answer there is all that is told of it."""
    event = request.event
    assert isinstance(event, ReviewCommented), "only such are answered in their threads"
    wanted = await _work(starting, request, repository)
    more = {"thread": event.thread or event.comment, "comment": event.comment, "quiet": True}
    title = f"Reply in a thread of #{request.subject.number}"
    return replace(wanted, title=title, inputs={**wanted.inputs, **more}, active_key=None)


async def _fix_check(starting: Starting, request: RunRequest, repository: str) -> Wanted:
    """What reproduced an issue, on a pull request that names it; what came of it is all that is told."""
    wanted = await _work(starting, request, repository)
    title = f"Test of #{request.hint} on #{request.subject.number}"
    return replace(wanted, title=title, inputs={**wanted.inputs, "quiet": True})


_MAKERS = {
    "fix_check": _fix_check,
    "review_reply": _replying,
    "follow_up": _following,
    "release_notes": _notes,
    "explain": _explanation,
    "review_pr": _review,
    "triage": _triage,
}
"""What makes the inputs of a workflow's runs, where it is not as for any."""


async def _inputs(starting: Starting, request: RunRequest) -> dict[str, Any]:
    """What every run on GitHub is given: where, about what, and who asked, as an author of commits."""
    event = request.event
    user = await starting.place(event).user(event.sender.login, event.sender.id)
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


def _reference(request: RunRequest) -> str:
    """Where it was asked, for the audit: the comment, or what was labelled, assigned, opened, pushed, ..."""
    return f"{request.event.url or request.subject.label} (delivery {request.delivery})"
