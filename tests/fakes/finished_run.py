"""A run that has ended, made by hand from real parts: repository, database, workspace, journal, branch, text."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import cache
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
from workflows.store.run_rows import definition_rows, runs, steps
from workflows.store.tables import metadata
from workflows.values import Issue, Options, RunStatus, StepStatus, to_json
from workflows.workspace.mirrors import mirror_name

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
    made, base, commit, made_at = _made_once()
    shutil.copytree(made, folder, symlinks=True, dirs_exist_ok=True)
    _move(made, folder, time.time() - made_at)
    settings = _settings(folder)
    store = open_store(settings)
    try:
        if status is not RunStatus.COMPLETED:
            store.write_now(lambda db: runs.update_run(db, RUN, status=status))
        services = make_services(settings, store, NoReporter())
        yield FinishedRun(settings, store, services, folder / "repository", base, commit)
    finally:
        store.close()


def _settings(folder: Path) -> Settings:
    settings = Settings(data=folder / "data", sandbox="unsafe_local")
    settings.prepare()
    return settings


@cache
def _made_once() -> tuple[Path, str, str, float]:
    """The run in a folder of its own, made once in each process: half a second of git that hundreds of tests begin
    with. With it the commits of base and change, and when it was made."""
    folder = Path(tempfile.mkdtemp(prefix="pullwright-finished-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    repository = folder / "repository"
    base = make_repository(repository, FILES)
    settings = _settings(folder)
    begin_migrated(settings.data / "app.sqlite")
    store = open_store(settings)
    try:
        services = make_services(settings, store, NoReporter())
        run = _row(repository, base, RunStatus.COMPLETED)
        store.write_now(_insert, run)
        return folder, base, asyncio.run(_work(services, run, base)), time.time()
    finally:
        store.close()  # with the last connection its log goes into the file


def _move(old: Path, new: Path, seconds: float) -> None:
    """Have a copy of the run name its own folder, in the database and in what git and we have written of places, and
    a time that is as much later."""
    mirrors = new / "data" / "mirrors"
    was, now = (mirror_name(str(folder / "repository")) for folder in (old, new))
    for path in sorted(mirrors.iterdir()):
        path.rename(mirrors / path.name.replace(was, now))
    for path in (mirrors / now / "config", new / f"data/workspaces/{RUN}/git/objects/info/alternates"):
        path.write_text(path.read_text().replace(was, now).replace(str(old), str(new)))
    with closing(sqlite3.connect(new / "data" / "app.sqlite")) as db, db:
        for table, column in (("workflow_runs", "repository"), ("run_events", "repository"), _RESULTS):
            db.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", (str(old), str(new)))
        for name, column in _TIMES:
            db.execute(f"UPDATE {name} SET {column} = {column} + ? WHERE {column} > 1e9", (seconds,))


_RESULTS = ("workflow_changes", "result")
"""Where the pull request's text lies."""

_TIMES = [
    (table.name, column.name)
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, sa.Float)
]


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
    definition_rows.define(db, record_of(DEFINITIONS["issue_to_pr"]))
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
