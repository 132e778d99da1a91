"""From a request on GitHub to a run: what it is started with, and what its asker is told.

A request may be carried out twice (after a crash in the middle): it finds the run that it
started the first time by the delivery it came with, and by marks in what it posted.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass, field
from typing import Any

from bot import choices
from bot.channels.github_reporter import progress_link
from bot.github.client import GitHub
from bot.github.repository import RepositoryClient
from bot.settings import Settings
from bot.view import messages
from bot.webhook.events import Commented, OnIssue
from workflows.engine import failure_policy
from workflows.errors import ModelError, RunError
from workflows.policy import repo_config
from workflows.policy.repo_config import RepoConfig
from workflows.runs import actions
from workflows.runs.actions import Wanted
from workflows.runs.control import Runs
from workflows.runs.principal import Principal, Role, role_of
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.subject import Kind, Subject
from workflows.text.sanitise import sanitise, sanitised
from workflows.values import Issue, Options, to_json

log = logging.getLogger(__name__)

CONFIG_SECONDS = 5.0
"""For how long a repository's configuration and name count as read: a burst of events asks for them once."""

_MOST_HINT = 2000
_MOST_CONFIGS = 500


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody's wish for work on an issue, by the delivery that brought it."""

    event: OnIssue
    delivery: str
    config: RepoConfig
    hint: str = ""
    approve: bool = False
    outsider: bool = False
    """Whether whoever caused it has no write permission; no trigger of today lets such a one start anything."""
    role: Role | None = None
    """What whoever asks is in the repository; None where GitHub was not asked."""
    workflow: str = "issue_to_pr"


@dataclass(slots=True)
class Starting:
    """Starts runs on GitHub's issues."""

    settings: Settings
    github: GitHub
    runs: Runs
    _configs: dict[str, tuple[float, RepoConfig]] = field(default_factory=dict)
    _names: dict[tuple[int, str], tuple[float, str]] = field(default_factory=dict)

    async def start(self, request: Request) -> Run:
        """The run that works on the issue: the request's own, or the one that was there before it.

        ModelError where no model is configured or a named cap cannot be kept, DayIsSpent where no more may be
        spent today; what GitHub's refusals raise besides.
        """
        event = request.event
        repository = await self.repository_of(event)
        role = request.role
        if role is None:
            role = role_of(await self.place(event).permission(event.sender.login))
        principal = Principal(event.sender.login, "github", role, repository, _reference(request))

        explains = request.workflow == "explain"

        async def make() -> Wanted:
            return await (self._explanation(request) if explains else self._work(request, repository))

        # Any number of questions may be asked about the same thing at once.
        number = 0 if explains else event.issue.number
        return await actions.start(
            self.runs,
            principal,
            repository,
            make,
            number=number,
            delivery=request.delivery,
            workflow=request.workflow,
        )

    async def _work(self, request: Request, repository: str) -> Wanted:
        issue = sanitised(request.event.issue)
        return Wanted(
            "issue_to_pr",
            title=issue.title,
            inputs={
                **await self._inputs(request),
                "issue": to_json(issue),
                "hint": sanitise(request.hint, _MOST_HINT),
            },
            options=self._options(request),
            active_key=f"issue_to_pr:github:{repository}#{issue.number}".lower(),
        )

    async def _explanation(self, request: Request) -> Wanted:
        """A question about the default branch, or on a pull request about its head."""
        event = request.event
        if not request.hint.strip():
            raise RunError("What is to be explained?", "Ask it: /explain How are slugs made?")
        asked = sanitised(Issue(0, request.hint.strip(), "", url=event.issue.url))
        inputs = {**await self._inputs(request), "issue": to_json(asked)}
        if isinstance(event, Commented) and event.on_pull:
            inputs["base_commit"] = (await self.place(event).pull(event.issue.number)).head_commit
        return Wanted("explain", title=asked.title, inputs=inputs, options=self._options(request))

    async def _inputs(self, request: Request) -> dict[str, Any]:
        event = request.event
        return {
            "forge": "github",
            "installation": event.place.installation,
            "repository": event.place.repository,
            "repository_id": str(event.place.number),
            "subject": to_json(_subject(event)),
            "requester": await self._requester(event),
            "delivery": request.delivery,
            "outsider": request.outsider,
            "comment": event.comment if isinstance(event, Commented) else 0,
        }

    async def config(self, event: OnIssue) -> RepoConfig:
        """The repository's configuration on its default branch; ConfigError with file, line and remedy.

        One that is wrong is read anew each time: whoever has mended it asks again at once.
        """
        name = event.place.repository.lower()
        read_at, known = self._configs.get(name, (0.0, None))
        if known is not None and time.monotonic() - read_at < CONFIG_SECONDS:
            return known
        text = await self.place(event).file(repo_config.PATH)
        config = RepoConfig() if text is None else repo_config.parse(text)
        if len(self._configs) >= _MOST_CONFIGS:
            self._configs.clear()
        self._configs[name] = (time.monotonic(), config)
        return config

    def forget(self, repository: str) -> None:
        """Read the repository's configuration anew the next time."""
        self._configs.pop(repository.lower(), None)

    async def tell(self, event: OnIssue, text: str, about: str = "") -> None:
        """Comment on the issue; the same text once, or once for each thing that it is `about`."""
        digest = hashlib.sha256(f"{about}\0{text}".encode()).hexdigest()[:16]
        mark = f"<!-- pullwright:told:{digest} -->"
        place = self.place(event)
        if await place.find_comment(event.issue.number, mark) is None:
            await place.comment(event.issue.number, f"{mark}\n{text}")

    async def tell_of(self, event: OnIssue, run: Run, delivery: str) -> None:
        """Answer a request for an issue that a run works on already."""
        await self.tell(event, messages.already_at_work(run.id, await self.link(run), run.standing), delivery)

    async def link(self, run: Run) -> str:
        """The address of a run's progress comment, "" while it has none."""
        return await progress_link(self.runs.store, self.github.credentials.web_url, run)

    def place(self, event: OnIssue) -> RepositoryClient:
        return self.github.repository(event.place.installation, event.place.repository)

    async def repository_of(self, event: OnIssue) -> str:
        """How runs name the repository: "github.com/owner/name", as it was called when its first run was started."""
        number, name = event.place.number, f"{self.github.credentials.host}/{event.place.repository}"
        read_at, known = self._names.get((number, name), (0.0, ""))
        if time.monotonic() - read_at > CONFIG_SECONDS or not read_at:
            known = await self.runs.store.read(runs.name_of, name, number)
            if len(self._names) >= _MOST_CONFIGS:
                self._names.clear()
            self._names[number, name] = (time.monotonic(), known)
        return known

    def _options(self, request: Request) -> Options:
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

    async def _requester(self, event: OnIssue) -> dict[str, Any]:
        """Who asked, as an author of commits."""
        user = await self.place(event).user(event.sender.login)
        return {"login": user.login, "name": user.name or user.login, "email": user.commit_email}


def _subject(event: OnIssue) -> Subject:
    place = event.place
    kind = Kind.PULL if isinstance(event, Commented) and event.on_pull else Kind.ISSUE
    return Subject(kind, place.repository, "github", place.installation, event.issue.number)


def _reference(request: Request) -> str:
    """Where it was asked, for the audit: the comment, or the issue that was labelled, assigned or opened."""
    event = request.event
    where = event.url if isinstance(event, Commented) else event.issue.url
    return f"{where} (delivery {request.delivery})"
