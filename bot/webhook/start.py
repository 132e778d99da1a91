"""From a request on GitHub to a run, or to the one that is there, and what its asker is told.

A request may be carried out twice (after a crash in the middle): it finds the run that it
started the first time by the delivery it came with, and by marks in what it posted.
"""

from __future__ import annotations

import hashlib
import logging
import time
from dataclasses import dataclass, field, replace

from bot.channels.github import progress_link
from bot.github.client import GitHub
from bot.github.repository import RepositoryClient
from bot.settings import Settings
from bot.view import messages
from bot.webhook.events.conversation import About
from bot.webhook.run_inputs import RunMaker, RunRequest
from sandbox.errors import TransientError
from workflows.errors import RunError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import RepoConfig
from workflows.registry import WORKFLOWS
from workflows.runs import actions
from workflows.runs.actions import Wanted
from workflows.runs.control import Runs
from workflows.runs.principal import Principal, role_of
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.subject import SubjectKind

log = logging.getLogger(__name__)

CONFIG_SECONDS = 5.0
"""For how long a repository's configuration and name count as read: a burst of events asks for them once."""

_MOST_CONFIGS = 500

_LOOKED = {
    "review_pr": frozenset({"close"}),
    "follow_up": frozenset({"answer", "learn", "end"}),
    "fix_check": frozenset({"tell", "end"}),
    "release_notes": frozenset({"fetch", "know", "sort", "write", "draft", "propose", "approval", "publish"}),
    "notes_withdrawal": frozenset({"look", "draft", "close", "end"}),
}
"""Steps from which on a run may have looked for the last time whether something new has come."""
_ENDING_SECONDS = 2.0
_WRONG_KIND = {
    SubjectKind.PULL: (
        "This is a pull request.",
        "Write it on the issue that is to be worked on. On one of ours, say in a comment on the code what to change.",
    ),
    SubjectKind.ISSUE: ("This is an issue.", "Write the command on the pull request that is to be worked on."),
}


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
            return await RunMaker(self.settings, self.github, self.runs).wanted(request, repository)

        run = await actions.start(
            self.runs,
            principal,
            repository,
            make,
            number=0 if entry is not None and entry.several else subject.told_on,
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
        text = await self.place(event).configuration()
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


def _reference(request: RunRequest) -> str:
    """Where it was asked, for the audit: the comment, or what was labelled, assigned, opened, pushed, ..."""
    return f"{request.event.url or request.subject.label} (delivery {request.delivery})"
