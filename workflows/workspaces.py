"""Which trees belong to which run: its workspace, its scratch trees, and the mirror of its repository.

Implements the walker's `Trees`. A workspace that is not on this machine is rebuilt from the
journal.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.journal import Where
from sandbox.rebuild import rebuild
from sandbox.repository import Repository
from sandbox.workspace import Recorded, Workspace
from workflows.store.ledger import SqlLedger
from workflows.store.records import Run

_TOOL_RESTORE = "restore"


class Workspaces:
    """The trees under one data directory.

    `own` hands a directory to the user that boxes run as.
    """

    def __init__(self, data: Path, ledger: SqlLedger, own: Callable[[Path], None]) -> None:
        self._data = data
        self._ledger = ledger
        self._own = own
        self._open: dict[str, Workspace] = {}

    def repository(self, run: Run) -> Repository:
        """The mirror of the run's repository."""
        return Repository.mirror(self._data / "mirrors" / mirror_name(run.repository))

    async def create(self, run: Run, commit: str) -> Workspace:
        """The run's workspace at its base commit, laid out or found."""
        return await asyncio.to_thread(self._create, run, commit)

    async def of(self, run: Run) -> Workspace:
        """The run's workspace, with its last recorded mark; rebuilt from the journal where it is gone."""
        return await asyncio.to_thread(self._of, run)

    async def record(self, run: Run, step: str, attempt: int) -> str:
        """Journal what changed since the last record; the mark of the tree. TreeRefused as `Workspace.mark`."""
        if "base_commit" not in run.state:
            return ""
        return (await self.record_at(run, Where(run.id, step, attempt))).after

    async def record_at(self, run: Run, where: Where) -> Recorded:
        workspace = await self.of(run)
        return await asyncio.to_thread(workspace.record, self._ledger, where)

    async def mark(self, run: Run) -> str:
        """The last recorded mark; "" where the run has no workspace yet."""
        if "base_commit" not in run.state:
            return ""
        return await asyncio.to_thread(self._last_mark, run)

    async def restore(self, run: Run, mark: str) -> None:
        """Bring the tree back to a mark, and journal that."""
        if mark and "base_commit" in run.state:
            await asyncio.to_thread(self._restore, run, mark)

    @asynccontextmanager
    async def scratch(self, run: Run, name: str, mark: str) -> AsyncIterator[Workspace]:
        """A tree of its own that holds one mark of the run; gone afterwards."""
        scratch = await asyncio.to_thread(self._scratch, run, name, mark)
        try:
            yield scratch
        finally:
            await asyncio.to_thread(scratch.remove)

    async def remove(self, run: Run) -> None:
        """Take the run's workspace away; the journal can rebuild it."""
        await asyncio.to_thread(self._remove, run)

    # --- blocking --------------------------------------------------------------------------

    def _create(self, run: Run, commit: str) -> Workspace:
        root = self._root("workspaces")
        self._open[run.id] = Workspace.open(root, run.id, self.repository(run), commit, own=self._own)
        return self._open[run.id]

    def _of(self, run: Run) -> Workspace:
        if run.id not in self._open:
            commit = _foundation(run)
            missing = not (self._root("workspaces") / run.id).exists()
            workspace = self._create(run, commit)
            mark = self._last_mark(run)
            if missing and mark != workspace.base_tree:
                rebuild(self._ledger, run.id, workspace, mark)
            workspace.at(mark)
        return self._open[run.id]

    def _restore(self, run: Run, mark: str) -> None:
        workspace = self._of(run)
        before = self._last_mark(run)
        workspace.restore(mark)
        workspace.at(before)
        workspace.record(self._ledger, Where(run.id, run.current_step, tool=_TOOL_RESTORE))

    def _scratch(self, run: Run, name: str, mark: str) -> Workspace:
        workspace = self._of(run)
        scratch = Workspace.open(
            self._root("scratch"), f"{run.id}-{name}", self.repository(run), _foundation(run), own=self._own
        )
        scratch.borrow(workspace)
        scratch.restore(mark)
        return scratch

    def _remove(self, run: Run) -> None:
        self._open.pop(run.id, None)
        if "base_commit" in run.state:
            workspace = self._create(run, _foundation(run))
            del self._open[run.id]
            workspace.remove()
            self.repository(run).unpin(run.id)

    def _last_mark(self, run: Run) -> str:
        return self._ledger.last_mark(run.id) or self._base_tree(run)

    def _base_tree(self, run: Run) -> str:
        return self.repository(run).tree_of(_foundation(run))

    def _root(self, name: str) -> Path:
        root = self._data / name
        root.mkdir(mode=0o711, parents=True, exist_ok=True)
        return root


def _foundation(run: Run) -> str:
    """The commit that the run's tree was laid out from, and that its journal begins with.

    `base_commit` is at first the same, and moves when the change is carried over to a newer base.
    """
    return str(run.state.get("laid_out_from") or run.state["base_commit"])


def mirror_name(repository: str) -> str:
    """A directory name that is safe, unique, and tells a person which repository it is."""
    readable = re.sub(r"[^A-Za-z0-9.]+", "-", repository).strip("-.")[-40:]
    return f"{readable}-{hashlib.sha256(repository.encode()).hexdigest()[:12]}.git"
