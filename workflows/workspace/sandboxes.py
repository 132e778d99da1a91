"""The boxes that a run's commands run in: one over its own tree, and scratch ones for checks."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from sandbox.backend import Backend, Box, BoxCommand, BoxSpec, Mount, TreeLayer
from sandbox.environment.cache import EnvironmentCache
from sandbox.environment.environment_entry import release
from sandbox.environment.set_up import LIMITS, VERSIONS, Prepared, Printed, Shelf, prepare
from sandbox.environment.throw_away import make_repository
from sandbox.errors import TreeRefused
from sandbox.host.configured.values import Configured
from sandbox.trees.workspace import Workspace
from workflows.checks.change.steering.check_steering import shown_path
from workflows.checks.change.steering.laid import SetUpTree, laid_otherwise
from workflows.checks.commands.lanes import Lanes
from workflows.checks.plan import Commands
from workflows.checks.ran import Lacking
from workflows.policy.dependencies import LOCK_FILE
from workflows.policy.warnings import packages_added
from workflows.store.records import Run
from workflows.workspace import laid_down
from workflows.workspace.beside import Beside
from workflows.workspace.recording_box import CommandLog, RecordingBox
from workflows.workspace.trees import Workspaces

_PREPARED = "prepared"
_MOST_KEPT = 6
"""Environments of a run's own that are kept, beside those in use: those of base and head for a few marks."""
_PACKAGES = frozenset(
    {"node_modules", "bower_components", "vendor", ".venv", "venv", ".tox", ".nox", ".yarn", ".bundle"}
)
"""Directories in trees that set-ups fill, and nothing else."""
_USED = "used"
"""Something has run in the tree: what a set-up makes there may hold what the repository's history does not."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes over the trees of runs."""

    backend: Backend
    workspaces: Workspaces
    environments: EnvironmentCache
    host: Configured = field(default_factory=Configured)
    """What this machine is configured for, as boxes get it."""
    log: CommandLog | None = None
    """Where it is written down what commands print."""
    lanes: Lanes = field(default_factory=Lanes.of_machine)
    """How many checks run at once; the same for all runs."""

    @property
    def for_all(self) -> Shelf:
        """Where environments are that all runs get: made of a base alone, in trees where nothing else ran."""
        return Shelf(self.environments)

    @asynccontextmanager
    async def over(self, workspace: Workspace, run: Run | None = None) -> AsyncIterator[Box]:
        """A box over a workspace's tree, as it is; what is installed there from here on is not kept for others.

        With a run it is written down what commands print, and tools that ask git find a repository.
        """
        await asyncio.to_thread((workspace.directory / _USED).touch)
        async with self._open(workspace, run) as box:
            if run is not None and not await asyncio.to_thread(os.path.lexists, workspace.tree / ".git"):
                # A set-up that ran left one; where what it made was taken from elsewhere, there is none.
                described, made = (
                    await self.workspaces.described(run),
                    await asyncio.to_thread(laid_down.made, workspace),
                )
                await make_repository(box, described, LIMITS.within(300), without=made)
            if run is None or self.log is None:
                yield box
            else:
                yield RecordingBox(box, partial(self._keep, run), prepared=workspace.directory.name != run.id)

    async def _keep(self, run: Run, printed: Sequence[Printed]) -> None:
        if self.log is not None and printed:
            await self.log.add(run.id, run.current_step, printed)

    @asynccontextmanager
    async def _open(self, workspace: Workspace, run: Run | None) -> AsyncIterator[Box]:
        mounts = () if run is None else (await self.workspaces.beside(run)).mounts
        spec = _spec(workspace, await asyncio.to_thread(laid_down.layer, workspace), mounts)
        layers = await asyncio.to_thread(laid_down.within, workspace)
        for layer in layers:
            await asyncio.to_thread(self._upper, layer)
        async with self.backend.open(replace(spec, tree_layers=layers)) as box:
            yield box

    def _upper(self, layer: TreeLayer) -> None:
        """Where what a box changes of a layer goes: with the mode that the layer has."""
        if not layer.upper.exists():
            layer.upper.mkdir()
            layer.upper.chmod(layer.lower.stat().st_mode & 0o777)
            self.backend.own(layer.upper)

    async def prepare(
        self,
        run: Run,
        workspace: Workspace,
        commands: Commands,
        *,
        mark: str,
        layered: Callable[[str], bool] | None = None,
    ) -> Prepared:
        """Set a workspace up once; what the set-up changed in files that count is put back to `mark`.

        What other runs may have is made of the base alone, in a tree that nothing else ran in.
        All else is kept for this run and this mark; and what a set-up made that failed, for this
        segment of the run, since a later one may go well. Where the sources have no part in
        the failure, it is so for every mark whose manifests are the same. Large paths of the tree that may be
        `layered` are not copied into it.
        """
        done, used = (workspace.directory / name for name in (_PREPARED, _USED))
        if await asyncio.to_thread(done.exists) and await asyncio.to_thread(laid_down.whole, workspace):
            return Prepared(cached=True, seconds=0.0)
        described, beside = await self.workspaces.described(run), await self.workspaces.beside(run)
        await asyncio.to_thread(laid_down.forget, workspace)
        untouched = not await asyncio.to_thread(used.exists)
        await asyncio.to_thread(used.touch)  # before it begins: half a set-up leaves its traces too
        for_all = self.for_all
        place = self.workspaces.directory(run) / "environments"
        await asyncio.to_thread(release, place, workspace.directory)
        own = EnvironmentCache(place, most_entries=_MOST_KEPT)
        good = Shelf(own, f"-{mark}")
        failed = Shelf(own, f"-{mark}-segment-{run.segment}", good_only=False)
        hopeless = Shelf(own, f"-segment-{run.segment}", hopeless=True)
        prepared = await prepare(
            self.backend,
            _spec(workspace, None, beside.mounts),
            commands.setup,
            look=(for_all, good, failed, hopeless),
            keep=(*([for_all] if untouched and mark == run.state["base_tree"] else []), good, hopeless, failed),
            repository=run.repository,
            tree_id=mark,
            hosts=commands.hosts,
            limits=commands.within(LIMITS),
            host=self.host,
            described=described,
            bytecode=mark == run.state["base_tree"],
            layered=layered,
        )
        await self._keep(run, prepared.printed)
        prepared = replace(prepared, told=(*prepared.told, *beside.told))
        left = await asyncio.to_thread(_leave_out, workspace, mark, prepared)
        if left:
            named = ", ".join(f"`{shown_path(path)}`" for path in left[:5]) + (
                f" and {len(left) - 5} more" if left[5:] else ""
            )
            words = f"the set-up made {named}, which checks see and no commit has"
            prepared = replace(prepared, told=(*prepared.told, words))
        await asyncio.to_thread(workspace.restore, mark)
        await asyncio.to_thread(laid_down.write, workspace, prepared.lower, prepared.made, prepared.layers)
        if not prepared.failure:
            await asyncio.to_thread(done.touch)
        return prepared

    def scratch(self, run: Run, commands: Commands, *, apart: bool = False) -> ScratchTrees:
        """Where the checks of a run get their trees; `apart` from whoever is at work on the run's own tree, of the
        base alone."""
        return ScratchTrees(self, run, commands, apart)


@dataclass(frozen=True, slots=True)
class ScratchTrees:
    """Implements `workflows.checks.verify.Trees`: a prepared tree of its own for each mark that is asked for."""

    boxes: Boxes
    run: Run
    commands: Commands
    apart: bool = False
    _layers: dict[str, Path | None] = field(default_factory=dict)
    """What lies below the homes of a mark's boxes, by the mark."""
    _setting_up: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """By the mark: who comes second takes what the first one's set-up made."""

    async def laid_otherwise(self, base: str, head: str) -> tuple[str, ...]:
        """What the set-up of `head` made otherwise than that of `base`, as `PATH: what that is`."""
        if (known := self._layers.get(base)) is not None and known == self._layers.get(head):
            return ()
        async with self.open(base) as one, self.open(head) as other:
            before, after = await asyncio.to_thread(one.set_up), await asyncio.to_thread(other.set_up)
            if before.home == after.home:
                return ()
            return await asyncio.to_thread(laid_otherwise, before, after)

    @asynccontextmanager
    async def open(self, mark: str, like: str = "") -> AsyncIterator[ScratchTree]:
        """A tree of `mark`; with `like` it gets what the set-up of that mark made, and none of its own."""
        # A name of its own: what a crash has left under another one is dirty, and is not found again.
        name = f"check-{mark[:12]}-{secrets.token_hex(4)}"
        ready = like or mark
        workspaces = self.boxes.workspaces
        async with (workspaces.apart if self.apart else workspaces.scratch)(self.run, name, ready) as workspace:
            trusted = await asyncio.to_thread(without_new_packages, workspace, self.run.state["base_tree"], ready)
            if trusted != ready:
                await asyncio.to_thread(workspace.restore, trusted)
            async with self._setting_up[trusted]:
                layered = partial(_may_be_layered, workspace, {trusted, mark})
                prepared = await self.boxes.prepare(self.run, workspace, self.commands, mark=trusted, layered=layered)
            self._layers[ready] = await asyncio.to_thread(laid_down.layer, workspace)
            if trusted != mark:
                await asyncio.to_thread(workspace.restore, mark)
            async with self.boxes.over(workspace, self.run) as box:
                beside = await workspaces.beside(self.run)
                lacking = Lacking(prepared.told, beside.missing, prepared.parts)
                alone = mark == ready == trusted == self.run.state["base_tree"]
                environment = await self._environment(box, prepared, beside) if alone else ""
                failure = "" if prepared.parts else prepared.failure
                yield ScratchTree(box, failure, workspace, mark, lacking, environment)

    async def _environment(self, box: Box, prepared: Prepared, beside: Beside) -> str:
        """Names what the base's checks find, as far as all runs of the repository find the same."""
        kept = prepared.digest if prepared.shelf == self.boxes.for_all and not prepared.failure else ""
        if not self.commands.setup:
            kept = (await box.run(BoxCommand(shell=VERSIONS, limits=LIMITS.within(60)))).output
        if not kept:
            return ""
        described = await self.boxes.workspaces.described(self.run)
        mounted = [(mount.target, mount.source.name) for mount in beside.mounts]
        facts = (self.run.repository, self.boxes.backend.name, kept, described, mounted, sorted(beside.missing))
        return hashlib.sha256(repr(facts).encode()).hexdigest()


def _may_be_layered(workspace: Workspace, marks: Collection[str], path: str) -> bool:
    """A directory of packages in which no mark has a file: what is mounted cannot be put back to a mark, nor can a
    check remove it as a whole, as it would what a build made."""
    if path.rpartition("/")[2] not in _PACKAGES:
        return False
    held = {one for mark in marks for one in workspace.listing(mark)}
    return not any(one == path or one.startswith(f"{path}/") for one in held)


def _leave_out(workspace: Workspace, mark: str, prepared: Prepared) -> list[str]:
    """Keep what a set-up made, though no rule of the tree ignores it; its paths. The places of layers stay, whatever
    the rules of other marks say."""
    workspace.leave_out(())
    left = workspace.surplus(mark, prepared.made)
    workspace.leave_out([*left, *prepared.layers])
    return left


def _spec(workspace: Workspace, lower: Path | None, mounts: tuple[Mount, ...] = ()) -> BoxSpec:
    return BoxSpec(workspace.directory.name, workspace.tree, workspace.home, mounts, lower=lower)


def without_new_packages(workspace: Workspace, base: str, mark: str) -> str:
    """The tree of `mark` with the manifests of `base` where the change adds packages to them.

    What a model made up, or was talked into, is not installed where its code would run; a
    person who reads the pull request decides about it. Lock files beside such a manifest
    are the base's, too, so that both fit together.
    """
    changes = workspace.changes(base, mark)
    adding = [c.path for c in changes if packages_added(c, workspace.objects.bytes_of)]
    if not adding:
        return mark
    places = {path.rpartition("/")[0] for path in adding}
    locks = [c.path for c in changes if LOCK_FILE.search(c.path) and c.path.rpartition("/")[0] in places]
    before, listing = workspace.listing(base), dict(workspace.listing(mark))
    for path in (*adding, *locks):
        if path in before:
            listing[path] = before[path]
        else:
            listing.pop(path, None)
    return workspace.objects.write_listing(listing)


@dataclass(frozen=True, slots=True)
class ScratchTree:
    """Implements `workflows.checks.verify.Tree`."""

    box: Box
    setup_failure: str
    workspace: Workspace
    mark: str
    lacking: Lacking = field(default_factory=Lacking)
    environment: str = ""

    def set_up(self) -> SetUpTree:
        """What its set-up made, as long as nothing has run in its box."""
        blobs = {path: blob for path, (_, blob) in self.workspace.listing(self.mark).items()}
        within = {layer.path: layer.lower for layer in laid_down.within(self.workspace)}
        return SetUpTree(laid_down.layer(self.workspace) or self.workspace.home, self.workspace.tree, blobs, within)

    async def reset(self) -> tuple[str, ...]:
        """Put the tree back to its mark; the tracked files that a check had written or deleted.

        Those count too that it had put back itself: what ran was not what lies there.
        """
        return await asyncio.to_thread(self._reset)

    def _reset(self) -> tuple[str, ...]:
        before = self.workspace.seen()
        tracked = self.workspace.listing(self.mark)
        try:
            after = self.workspace.mark()
        except TreeRefused:
            self.workspace.restore(self.mark)
            return ()
        changed = {change.old_path or change.path for change in self.workspace.changes(self.mark, after)}
        seen = self.workspace.seen()
        touched = {path for path in tracked if path in before and before[path] != seen.get(path)}
        if changed:
            self.workspace.restore(self.mark)
        return tuple(sorted(path for path in changed | touched if path in tracked))
