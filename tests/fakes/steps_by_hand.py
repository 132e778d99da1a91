"""Steps of a run taken one by one, over real parts: git, SQLite, workspaces. The model is not asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.app import DEFINITIONS, make_services
from bot.database import open_store
from bot.local.detached import NoReporter
from bot.settings import Settings
from sandbox.journal import JournalEntry
from tests.fakes.real_repository import commit as commit_files
from tests.fakes.real_repository import git, make_repository
from tests.fakes.tables import begin_migrated
from workflows.definition import Exit, Failed, Result
from workflows.issue_to_pr.publishing import commit
from workflows.runs.control import record_of
from workflows.services import Services, StepContext
from workflows.steps.source import create_branch, open_workspace
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import definition_rows, runs
from workflows.values import Bounds, Issue, Options, RunStatus, StepStatus, to_json

RUN = "261120-bbbbb"


@dataclass
class ByHand:
    """One run over the repository at `repository`; a person's commits are made there, too."""

    repository: Path
    services: Services
    store: Store
    steps: int = 0
    id: str = RUN
    closing: Callable[[], Awaitable[None]] | None = None
    """Closes a step's connections, in its own loop."""

    @property
    def run(self) -> Run:
        return self.store.read_now(runs.get_run, self.id)

    @property
    def state(self) -> Mapping[str, Any]:
        return self.run.state

    @property
    def tree(self) -> Path:
        return self.services.data / "workspaces" / self.id / "tree"

    def take(self, step: Callable[[StepContext], Awaitable[Result]], key: str = "update") -> Result:
        """One step, and what the walker does behind it."""
        return asyncio.run(self._take(step, key))

    async def _take(self, step: Callable[[StepContext], Awaitable[Result]], key: str) -> Result:
        run, trees = self.run, self.services.workspaces
        self.steps += 1
        here = StepRun(self.id, 0, self.steps, 1, key, StepStatus.RUNNING, mark_before=await trees.mark(run))
        await trees.take_up(run, here.mark_before)
        try:
            result = await step(StepContext(run, here, self.services))
        finally:
            if self.closing is not None:
                await self.closing()
        await trees.record(self.run, key, 1)
        self.store.write_now(runs.merge_state, self.id, result.state)
        return result

    def change(self, **files: str | None) -> None:
        """What the agent does: files by name with `__` for the dot, None to delete one."""
        for name, text in files.items():
            path = self.tree / name.replace("__", ".")
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        asyncio.run(self.services.workspaces.record(self.run, "implement", 1))

    def commit(self) -> Result:
        return self.take(commit, "commit")

    def moves(self, path: str, text: str, branch: str = "main") -> str:
        """A person's commit on a branch of the repository."""
        git(self.repository, "switch", "-q", branch)
        target = self.repository / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        git(self.repository, "add", "-A")
        git(self.repository, "commit", "-q", "-m", f"Change {path}")
        head = git(self.repository, "rev-parse", "HEAD")
        git(self.repository, "switch", "-q", "main")
        return head

    def head(self, branch: str) -> str:
        return git(self.repository, "rev-parse", branch)

    def effects(self) -> list[tuple[str, str]]:
        entries: list[JournalEntry] = self.services.ledger.entries(self.id)
        return [(e.effect.kind, e.state.value) for e in entries if e.effect is not None]


@contextmanager
def by_hand(
    folder: Path,
    files: Mapping[str, str | bytes],
    *,
    forge: str = "",
    taken: str = "",
    base: str = "main",
    settings: Mapping[str, Any] | None = None,
    links: Mapping[str, str] | None = None,
    on: Callable[[Path, Services], Services] | None = None,
    closing: Callable[[], Awaitable[None]] | None = None,
    issue: Issue | None = None,
) -> Iterator[ByHand]:
    """A run with its workspace open and its branch created.

    `forge` makes it behave as on a forge, over local git; `taken` is a branch that is there before.
    With `base` "" the run was not told what to work from: main is then the default branch. `on` puts the
    services on another forge, given the repository that it is to begin with.
    """
    repository = folder / "repository"
    make_repository(repository, dict(files))
    for path, target in (links or {}).items():
        (repository / path).symlink_to(target)
        commit_files(repository, {})
    if taken:
        git(repository, "branch", taken)
    made = Settings(data=folder / "data", **{"sandbox": "unsafe_local", **(settings or {})})
    made.prepare()
    begin_migrated(made.data / "app.sqlite")
    store = open_store(made)
    try:
        services = make_services(made, store, NoReporter())
        if forge:
            local = services.forge
            services = replace(
                services,
                forge=lambda run: local(replace(run, inputs={**run.inputs, "forge": "", "base_branch": "main"})),
            )
        if on is not None:
            services = on(repository, services)
        store.write_now(_insert, repository, forge, base, issue or ISSUE)
        hand = ByHand(repository, services, store, closing=closing)
        for step, key in ((open_workspace, "workspace"), (create_branch, "branch")):
            result = hand.take(step, key)
            assert not isinstance(result, Failed | Exit), result
        yield hand
    finally:
        store.close()


ISSUE = Issue(7, "add() subtracts", "It does.", labels=("bug",))


def _insert(db: Any, repository: Path, forge: str, base: str, issue: Issue) -> None:
    definition_rows.define(db, record_of(DEFINITIONS["issue_to_pr"]))
    runs.insert_run(
        db,
        Run(
            id=RUN,
            workflow="issue_to_pr",
            version=1,
            status=RunStatus.RUNNING,
            repository=str(repository),
            title=issue.title,
            inputs={
                "issue": to_json(issue),
                "base_branch": base,
                "requester": {"login": "alice", "name": "Alice", "email": "1+alice@users.noreply.github.com"},
                **({"forge": forge} if forge else {}),
            },
            options=Options(model="openai/x", bounds=Bounds(turns=0)),
            state={
                "requirements": [],
                "commands": {"setup": [], "checks": [], "left_out": [], "hosts": []},
                "summary": "It adds.",
            },
            current_step="workspace",
            segment=0,
            generation=0,
        ),
    )
