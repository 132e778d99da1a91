"""What runs that are over have left on this machine: workspaces, scratch trees, mirrors and what is pinned in them.

A directory is first renamed, then it is asked once more whether its run is over, and only then
it is erased: who resumes the run in this very moment finds it again, or makes it anew.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.environment.cache import EnvironmentCache
from sandbox.errors import TransientError
from sandbox.files.erase import erase
from sandbox.files.everything import blocks
from sandbox.git.plumbing import GitFailed
from sandbox.git.repository import Repository
from workflows.checks.commands.shared_results import BASE_RESULTS, evict_all
from workflows.store import retention
from workflows.store.database import Store
from workflows.store.retention import Fate
from workflows.values import RunStatus
from workflows.workspace.mirrors import mirror_name

_HALF_WAY_SECONDS = 3600.0
"""After so long nobody is still making or removing what is named as half-way."""
_MIRROR_SECONDS = 7 * 24 * 3600.0
"""A mirror that no kept run needs stays so long after its last use, and a damaged one for somebody to look at."""
_HALF_WAY = (".gone-", ".half-", ".old-")


@dataclass(frozen=True, slots=True)
class Freed:
    """So many of one kind are gone, or would go; `size` in bytes, 0 where it is not known."""

    what: str
    number: int
    size: int = 0


@dataclass(frozen=True, slots=True)
class Leftovers:
    """This machine's data directory. `trees` is for how many seconds a run's workspace outlives it, None for good."""

    store: Store
    data: Path
    trees: float | None
    now: float = field(default_factory=time.time)

    def clean(self, *, dry_run: bool = False) -> list[Freed]:
        """Erase what may go; with `dry_run` only find it. Blocks."""
        found = [self._workspaces(dry_run), self._scratch(dry_run), self._mirrors(dry_run)]
        if not dry_run:
            self._half_way()
            self._unpin()
            self._pack()
            EnvironmentCache(self.data / "environments").evict()
            evict_all(self.data / BASE_RESULTS)
        return found

    # --- trees -----------------------------------------------------------------------------

    def _workspaces(self, dry_run: bool) -> Freed:
        every = _directories(self.data / "workspaces")
        fates = self.store.read_now(retention.fates, [directory.name for directory in every])
        over = [directory for directory in every if self._tree_may_go(fates.get(directory.name))]
        return self._take("workspaces", over, dry_run)

    def _scratch(self, dry_run: bool) -> Freed:
        every = _directories(self.data / "scratch")
        fates = self.store.read_now(retention.fates, [run_of(directory.name) for directory in every])
        over = [directory for directory in every if _is_over(fates.get(run_of(directory.name)))]
        return self._take("scratch trees", [one for one in over if self._older(one, _HALF_WAY_SECONDS)], dry_run)

    def _take(self, what: str, over: list[Path], dry_run: bool) -> Freed:
        sizes = [blocks(directory) if dry_run else self._erased(directory) for directory in over]
        return Freed(what, sum(size is not None for size in sizes), sum(size or 0 for size in sizes))

    def _erased(self, directory: Path) -> int | None:
        """The bytes that are free now; None where the run has gone on in this very moment."""
        aside = directory.with_name(f".old-{directory.name}")
        erase(aside)
        directory.rename(aside)
        run_id = run_of(directory.name)
        if not _is_over(self.store.read_now(retention.fates, [run_id]).get(run_id)):
            with suppress(OSError):  # it has another by now
                aside.rename(directory)
                return None
        size = blocks(aside)
        erase(aside)
        return size

    def _tree_may_go(self, fate: Fate | None) -> bool:
        if fate is None or fate.ended_at is None:
            return False
        expired = self.trees is not None and fate.ended_at < self.now - self.trees
        return expired or fate.cleaned or fate.status is RunStatus.ROLLED_BACK

    def _half_way(self) -> None:
        """What a crash left in the middle of being made or removed."""
        for root in ("workspaces", "scratch", "mirrors"):
            for directory in _directories(self.data / root, half_way=True):
                if self._older(directory, _HALF_WAY_SECONDS):
                    erase(directory)

    # --- mirrors ---------------------------------------------------------------------------

    def _mirrors(self, dry_run: bool) -> Freed:
        """Those of repositories of which no run is kept in full, and those that were put aside as damaged."""
        sizes = []
        for directory in _directories(self.data / "mirrors"):
            damaged = ".damaged-" in directory.name
            lock = directory if damaged else directory.with_name(f"{directory.name}.lock")
            if not self._older(lock, _MIRROR_SECONDS) or (not damaged and directory.name in self._needed()):
                continue
            if dry_run:
                sizes.append(blocks(directory))
            elif (size := self._dropped(directory, damaged)) is not None:
                sizes.append(size)
        return Freed("mirrors", len(sizes), sum(sizes))

    def _dropped(self, directory: Path, damaged: bool) -> int | None:
        aside = directory.with_name(f".old-{directory.name}")
        erase(aside)
        with suppress(TransientError), Repository(directory).locked(seconds=1.0):
            if not damaged and directory.name in self._needed():
                return None
            directory.rename(aside)
        if not aside.exists():  # another process is at work on it
            return None
        size = blocks(aside)
        erase(aside)
        return size

    def _needed(self) -> set[str]:
        return {mirror_name(repository) for repository in self.store.read_now(retention.repositories)}

    def _unpin(self) -> None:
        """Let go of commits that were kept for runs of which nothing is left to go on from, or for scratch trees."""
        for directory in _directories(self.data / "mirrors"):
            if ".damaged-" in directory.name:
                continue
            mirror = Repository(directory)
            with suppress(GitFailed):  # the next use of it puts a damaged one aside
                pins = list(mirror.pinned())
                fates = self.store.read_now(retention.fates, [run_of(name) for name in pins])
                for name in pins:
                    fate, scratch = fates.get(run_of(name)), run_of(name) != name
                    if fate is not None and (fate.cleaned or (scratch and _is_over(fate))):
                        mirror.unpin(name)

    def _pack(self) -> None:
        for directory in _directories(self.data / "mirrors"):
            if ".damaged-" not in directory.name:
                with suppress(GitFailed, TransientError):  # damaged, or in use: another night will do
                    Repository(directory).housekeeping(seconds=1.0)

    def _older(self, path: Path, seconds: float) -> bool:
        try:
            stat = path.stat()
        except FileNotFoundError:
            return True
        return max(stat.st_mtime, stat.st_ctime) < self.now - seconds


def run_of(name: str) -> str:
    """The run that a tree is named after: `261120-k7p2m-check-0123456789ab` is one of 261120-k7p2m."""
    return "-".join(name.split("-")[:2])


def _is_over(fate: Fate | None) -> bool:
    return fate is not None and fate.ended_at is not None


def _directories(root: Path, *, half_way: bool = False) -> list[Path]:
    if not root.is_dir():
        return []
    return [one for one in sorted(root.iterdir()) if one.is_dir() and one.name.startswith(_HALF_WAY) is half_way]
