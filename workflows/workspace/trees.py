"""Which trees belong to which run: its workspace, its scratch trees, and the mirror of its repository.

Implements the walker's `Trees`. The journal says where a run is, and not what lies on this
disk: a run may have gone on elsewhere since it was last here, or a step may have died in the
middle. So a step's tree is brought to its mark before it begins, and what the mirror lacks is
fetched, or made again from the journal.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from sandbox.environment.throw_away import Described
from sandbox.errors import RepositoryError, TransientError
from sandbox.files.erase import erase
from sandbox.git.repository import Repository
from sandbox.journal import Where
from sandbox.trees.rebuild import materialise, rebuild
from sandbox.trees.workspace import Recorded, Workspace, take_away
from workflows.ports import Remote
from workflows.store.records import Run
from workflows.store.run_rows.ledger import SqlLedger
from workflows.values import from_json
from workflows.workspace import beside
from workflows.workspace.beside import Beside
from workflows.workspace.commits import CommitFacts
from workflows.workspace.described import asks_for_tags, branch_of
from workflows.workspace.mirrors import mirror_name
from workflows.workspace.named_commits import built_on, foundation, guided_by, read_by

_TOOL_RESTORE = "restore"


class Workspaces:
    """The trees under one data directory.

    `own` hands a directory to the user that boxes run as. `remote` tells where the mirror of
    a run is fetched from. `signing_key` signs commits that are made again.
    """

    def __init__(
        self,
        data: Path,
        ledger: SqlLedger,
        own: Callable[[Path], None],
        remote: Callable[[Run], Awaitable[Remote]],
        signing_key: Path | None = None,
    ) -> None:
        self._data = data
        self._ledger = ledger
        self._own = own
        self._remote = remote
        self._key = signing_key
        self._open: dict[str, Workspace] = {}
        self._clean: dict[str, str] = {}
        """The mark that a run's tree is at for certain, between two steps that followed each other here."""
        self._described: dict[str, Described] = {}
        self._beside: dict[str, Beside] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By the run: of two checks at once, one asks for what both need."""
        self._sought: set[str] = set()
        """Commits that were looked for, and need not be looked for again."""

    def repository(self, run: Run) -> Repository:
        """The mirror of the run's repository."""
        return Repository.mirror(self._data / "mirrors" / mirror_name(run.repository))

    def directory(self, run: Run) -> Path:
        """Where the run's workspace is, or would be."""
        return self._root("workspaces") / run.id

    async def create(self, run: Run, commit: str) -> Workspace:
        """The run's workspace at its base commit, laid out or brought back to it."""
        return await asyncio.to_thread(self._create, run, commit)

    async def of(self, run: Run) -> Workspace:
        """The run's workspace, as the step at work here has it; else with its last recorded mark."""
        workspace = self._open.get(run.id)
        if workspace is None or workspace.last != await asyncio.to_thread(self._ledger.last_mark, run.id):
            mark = await self.mark(run)
            if workspace is None or workspace.last != mark:
                await self.take_up(run, mark)
        taken = self._open.get(run.id)
        return taken if taken is not None else await asyncio.to_thread(self._opened, run, foundation(run))

    async def take_up(self, run: Run, mark: str) -> None:
        """Have the run's tree here, exactly at that mark, with all that its state names in the mirror.

        RepositoryError where that cannot be, TransientError where it cannot be now.
        """
        if "base_commit" not in run.state:
            if read_by(run):
                await self._supply(run)
            return
        if not mark:
            return
        await self._supply(run)
        await asyncio.to_thread(self._take_up, run, mark)

    async def record(self, run: Run, step: str, attempt: int) -> str:
        """Journal what changed since the last record; the mark of the tree. TreeRefused as `Workspace.mark`."""
        if "base_commit" not in run.state:
            return ""
        after = (await self.record_at(run, Where(run.id, step, attempt))).after
        self._clean[run.id] = after
        return after

    async def record_at(self, run: Run, where: Where) -> Recorded:
        workspace = await self.of(run)
        return await asyncio.to_thread(workspace.record, self._ledger, where)

    async def mark(self, run: Run) -> str:
        """The last recorded mark; "" where the run has no workspace yet."""
        if "base_commit" not in run.state:
            return ""
        return await asyncio.to_thread(self._ledger.last_mark, run.id) or await self._base_tree(run)

    @asynccontextmanager
    async def scratch(self, run: Run, name: str, mark: str) -> AsyncIterator[Workspace]:
        """A tree of its own that holds one mark of the run; gone afterwards."""
        workspace = await self.of(run)
        scratch = await asyncio.to_thread(self._scratch, run, workspace, name, mark)
        try:
            yield scratch
        finally:
            await asyncio.to_thread(scratch.remove)
            await asyncio.to_thread(self.repository(run).unpin, f"{run.id}-{name}")

    @asynccontextmanager
    async def apart(self, run: Run, name: str, mark: str) -> AsyncIterator[Workspace]:
        """The same of a mark that the mirror has, beside whoever is at work on the run's own tree: nothing is asked of
        that one."""
        scratch = await asyncio.to_thread(self._scratch, run, None, name, mark)
        try:
            yield scratch
        finally:
            await asyncio.to_thread(scratch.remove)
            await asyncio.to_thread(self.repository(run).unpin, f"{run.id}-{name}")

    async def described(self, run: Run) -> Described:
        """What a throw-away repository inside says of the run's base: its branch, and its tag where a build asks.

        Without an answer there is no tag: a version that is made up is no reason to stop.
        """
        async with self._asking[run.id]:
            if run.id not in self._described:
                found = Described(branch=branch_of(run))
                workspace = await self.of(run)
                if await asyncio.to_thread(asks_for_tags, workspace):
                    with suppress(RepositoryError, TransientError):
                        remote, repository = await self._remote(run), self.repository(run)
                        url, env = remote.url, remote.env
                        tag, since = await asyncio.to_thread(repository.nearest_tag, foundation(run), url, env)
                        found = replace(found, tag=tag, commits=since)
                self._described[run.id] = found
            return self._described[run.id]

    async def beside(self, run: Run) -> Beside:
        """What the run's repository keeps elsewhere, for its boxes."""
        async with self._asking[run.id]:
            if run.id not in self._beside:
                workspace, repository = await self.of(run), self.repository(run)
                try:
                    remote = await self._remote(run)
                except (RepositoryError, TransientError):
                    remote = Remote("https://nowhere.invalid/none/none")
                mirrors = self._data / "mirrors"
                self._beside[run.id] = await asyncio.to_thread(
                    beside.fetch, workspace, repository, foundation(run), remote, mirrors
                )
            return self._beside[run.id]

    def let_go(self, run_id: str) -> None:
        """Remember nothing more of a run that has ended or waits: megabytes of listings for each would add up."""
        self._open.pop(run_id, None)
        self._clean.pop(run_id, None)
        self._asking.pop(run_id, None)
        self._described.pop(run_id, None)
        self._beside.pop(run_id, None)

    async def remove(self, run: Run) -> None:
        """Take the run's workspace away; the journal can rebuild it."""
        await asyncio.to_thread(self._remove, run)

    # --- what the mirror has to hold ---------------------------------------------------------

    async def _supply(self, run: Run) -> None:
        """Fetch the commits that the run builds on, where another machine had them.

        The one that guides it may be nowhere any more; what cannot be done without is asked for by name.
        """
        repository, wanted = await asyncio.to_thread(self.repository, run), built_on(run)
        guide = [one for one in guided_by(run) if one not in self._sought]
        if not await asyncio.to_thread(repository.missing, [*wanted, *guide]):
            return
        remote = await self._remote(run)
        await asyncio.to_thread(repository.fetch, remote.url, remote.env, tags=bool(read_by(run)))
        self._sought.update(guide)
        if left := await asyncio.to_thread(repository.missing, wanted):
            await asyncio.to_thread(repository.fetch_commits, left, remote.url, remote.env)
        whole = [foundation(run)] if "base_commit" in run.state else read_by(run)
        for commit in whole:
            await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)

    async def _base_tree(self, run: Run) -> str:
        if run.state.get("base_tree") and foundation(run) == run.state["base_commit"]:
            return str(run.state["base_tree"])
        await self._supply(run)
        return await asyncio.to_thread(lambda: self.repository(run).tree_of(foundation(run)))

    # --- blocking --------------------------------------------------------------------------

    def _create(self, run: Run, commit: str) -> Workspace:
        workspace, last = self._opened(run, commit), self._ledger.last_mark(run.id)
        self._bring(run, workspace, workspace.base_tree, last or workspace.base_tree)
        return workspace

    def _take_up(self, run: Run, mark: str) -> None:
        self._clear_scratch(run)
        workspace = self._opened(run, foundation(run))
        last = self._ledger.last_mark(run.id) or workspace.base_tree
        if not self._clean.pop(run.id, "") == workspace.last == mark == last:
            self._bring(run, workspace, mark, last)
        self._make_commit_again(run, workspace)

    def _opened(self, run: Run, commit: str) -> Workspace:
        workspace = self._open.get(run.id)
        if workspace is None or workspace.base != commit or not workspace.directory.exists():
            root = self._root("workspaces")
            workspace = Workspace.open(root, run.id, self.repository(run), commit, own=self._own)
            self._open[run.id] = workspace
        return workspace

    def _bring(self, run: Run, workspace: Workspace, mark: str, last: str) -> None:
        """Make the tree that mark, and journal the way there from the last one."""
        try:
            workspace.restore(mark)
        except RepositoryError:  # its objects were made on another machine, or are damaged
            rebuild(self._ledger, run.id, workspace, mark)
        workspace.at(last)
        if last != mark:
            try:
                workspace.listing(last)
            except RepositoryError:
                materialise(self._ledger, run.id, workspace, last)
            workspace.record(self._ledger, Where(run.id, run.current_step, tool=_TOOL_RESTORE))

    def _make_commit_again(self, run: Run, workspace: Workspace) -> None:
        """The run's own commit, where this mirror does not hold it; it is pushed from wherever the run is then."""
        made, facts = str(run.state.get("commit") or ""), run.state.get("commit_facts")
        if not made or not facts:
            return
        repository = self.repository(run)
        if not repository.missing([made]):
            return
        commit = from_json(CommitFacts, facts)
        try:
            workspace.listing(commit.tree)
        except RepositoryError:
            materialise(self._ledger, run.id, workspace, commit.tree)
        repository.import_objects(workspace.directory / "git" / "objects")
        again = commit.write(repository, self._key)
        if again != made:
            raise RepositoryError(f"The commit {made[:12]} of run {run.id} cannot be made again here.", _COMMIT_REMEDY)
        repository.pin(run.id, made)

    def _scratch(self, run: Run, workspace: Workspace | None, name: str, mark: str) -> Workspace:
        scratch = Workspace.open(
            self._root("scratch"), f"{run.id}-{name}", self.repository(run), foundation(run), own=self._own
        )
        if workspace is not None:
            scratch.borrow(workspace)
        scratch.restore(mark)
        return scratch

    def _clear_scratch(self, run: Run) -> None:
        """Scratch trees live within a step: what is there when one begins was left by a crash."""
        for left in (self._data / "scratch").glob(f"*{run.id}-*"):  # half-made and half-gone ones too
            erase(left)
            if left.name.startswith(run.id):
                self.repository(run).unpin(left.name)

    def _remove(self, run: Run) -> None:
        self.let_go(run.id)
        take_away(self._root("workspaces") / run.id)
        if "base_commit" in run.state:
            self.repository(run).unpin(run.id)

    def _root(self, name: str) -> Path:
        root = self._data / name
        root.mkdir(mode=0o711, parents=True, exist_ok=True)
        return root


_COMMIT_REMEDY = "Retry the step `commit`."
