"""A run that has ended, made by hand from real parts: repository, database, workspace, journal, branch, text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from bot.app import DEFINITIONS, make_services
from bot.database import open_store
from bot.local.detached import NoReporter
from bot.settings import Settings
from sandbox.journal import Effect, EffectState, Where
from tests.fakes.real_repository import git, make_repository
from tests.fakes.tables import begin_migrated
from workflows.journal import Journal
from workflows.ports import PullDraft
from workflows.runs.control import record_of
from workflows.services import Services
from workflows.store import audit
from workflows.store.database import Store
from workflows.store.records import Run, StepRun
from workflows.store.run_rows import runs, steps
from workflows.values import Issue, Options, RunStatus, StepStatus, to_json

RUN = "261120-aaaaa"
BRANCH = "fix/issue-7"
FILES: dict[str, str | bytes] = {"adder.py": "def add(a, b):\n    return a - b\n", "old.txt": "old\n"}
_DONE = ("workspace", "branch", "implement", "commit", "pull", "summary")


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """What the run left: a branch at `commit` in `repository`, a pull request text, a workspace, and its rows."""

    settings: Settings
    store: Store
    services: Services
    repository: Path
    base: str
    commit: str

    @property
    def run(self) -> Run:
        return self.store.read_now(runs.get_run, RUN)

    @property
    def tree(self) -> dict[str, str]:
        """The workspace's files."""
        root = self.settings.data / "workspaces" / RUN / "tree"
        return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}

    def refs(self) -> str:
        return git(self.repository, "for-each-ref", "--format=%(refname) %(objectname)")

    def head(self) -> str:
        return git(self.repository, "rev-parse", BRANCH)


@contextmanager
def finished_run(folder: Path, status: RunStatus = RunStatus.COMPLETED) -> Iterator[FinishedRun]:
    repository = folder / "repository"
    base = make_repository(repository, FILES)
    settings = Settings(data=folder / "data", sandbox="unsafe_local")
    settings.prepare()
    begin_migrated(settings.data / "app.sqlite")
    store = open_store(settings)
    try:
        services = make_services(settings, store, NoReporter())
        run = _row(repository, base, status)
        store.write_now(_insert, run)
        commit = asyncio.run(_work(services, run, base))
        yield FinishedRun(settings, store, services, repository, base, commit)
    finally:
        store.close()


def _row(repository: Path, base: str, status: RunStatus) -> Run:
    issue = Issue(7, "add() subtracts", "It does.")
    return Run(
        id=RUN,
        workflow="issue_to_pr",
        version=1,
        status=status,
        repository=str(repository),
        title=issue.title,
        inputs={"issue": to_json(issue), "base_branch": "main", "base_commit": base},
        options=Options(model="openai/x"),
        state={"base_commit": base, "branch": BRANCH, "ready": True},
        current_step="summary",
        segment=0,
        generation=0,
    )


def _insert(db: sa.Connection, run: Run) -> None:
    runs.define(db, record_of(DEFINITIONS["issue_to_pr"]))
    runs.insert_run(db, run)
    audit.note(db, "alice", "github", "start", RUN, {"reference": "a comment"})
    for ordinal, key in enumerate(_DONE):
        row = StepRun(RUN, 0, ordinal, 1, key, StepStatus.RUNNING, f"{key} done")
        gained = {name: run.state[name] for name in ("base_commit", "branch")}
        steps.begin_step(db, replace(row, state_before=gained if ordinal > 1 else {}))


async def _work(services: Services, run: Run, base: str) -> str:
    """Do by hand what the steps do."""
    ledger, forge, mirror = services.ledger, services.forge(run), services.workspaces.repository(run)
    mirror.fetch(run.repository)
    workspace = await services.workspaces.create(run, base)
    seq = ledger.intend(Where(RUN, "branch"), Effect("create_branch", BRANCH, {"branch": BRANCH, "commit": base}))
    mirror.push(run.repository, base, BRANCH, expected=None)
    ledger.settle(seq, EffectState.DONE)

    (workspace.tree / "adder.py").write_text("def add(a, b):\n    return a + b\n")
    (workspace.tree / "new.txt").write_text("new\n")
    (workspace.tree / "old.txt").unlink()
    tree = await services.workspaces.record(run, "implement", 1)

    mirror.import_objects(workspace.directory / "git" / "objects")
    author = services.author
    commit = mirror.write_commit(tree, [base], "Fix it\n", author=author, committer=author, when=1_700_000_000)
    effect = Effect("push", BRANCH, {"branch": BRANCH, "before": base, "after": commit})
    seq = ledger.intend(Where(RUN, "pull"), effect)
    mirror.push(run.repository, commit, BRANCH, expected=base)
    ledger.settle(seq, EffectState.DONE)
    draft = PullDraft(BRANCH, "main", commit, "Fix it", "Fixed.", draft=False)
    await forge.open_pull(RUN, draft, Journal(ledger, Where(RUN, "pull")))
    services.store.write_now(_mark, workspace.base_tree, tree)
    return commit


def _mark(db: sa.Connection, base: str, tree: str) -> None:
    """They are done; the tree that each step began with."""
    for ordinal, key in enumerate(_DONE):
        mark = "" if key == "workspace" else base if key in ("branch", "implement") else tree
        row = StepRun(RUN, 0, ordinal, 1, key, StepStatus.RUNNING)
        steps.update_step(db, row, status=StepStatus.COMPLETED, mark_before=mark)
