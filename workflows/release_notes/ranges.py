"""What a range holds: its changes, with what the forge says of them where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol, runtime_checkable

from sandbox.git.history import History
from workflows.definition import Done, Result
from workflows.effects.items import PullInfo
from workflows.errors import NotFound, Refused
from workflows.release_notes.groups import key_of
from workflows.release_notes.history.commits import (
    LoggedCommit,
    authors_before,
    of_merge,
    paths_of,
    read_range,
    standing,
    whole,
)
from workflows.release_notes.history.equal_patches import by_patch
from workflows.release_notes.history.pulls import ReleasedChange, TakenBack, changes_of, owners_of, taken_back
from workflows.release_notes.state import FOLDER, KNOWN, RELEASED, SINCE, UNTIL
from workflows.services import StepContext
from workflows.text.sanitise import sanitise_line
from workflows.values import from_json, to_json

_MOST_ORPHANS = 60
"""Commits without a number of their own that the forge is asked about."""
_MOST_PULLS = 1_500


@runtime_checkable
class PullLookup(Protocol):
    """A forge that knows which pull requests there were."""

    async def closed_pulls(self, wanted: Collection[int], most: int) -> list[PullInfo]:
        """Those of these numbers that were merged or closed, looked for among so many that were touched last."""
        ...

    async def pull(self, number: int) -> PullInfo:
        """NotFound where there is none of that number."""
        ...

    async def pulls_of_commit(self, commit: str) -> list[PullInfo]:
        """Those that a commit came by, as far as its index knows."""
        ...


@dataclass(frozen=True, slots=True)
class KnownPulls:
    """What the forge says: titles and labels by number, numbers by commit, and numbers that are no pull requests."""

    titles: Mapping[int, str] = field(default_factory=dict)
    labels: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    of: Mapping[str, int] = field(default_factory=dict)
    strange: tuple[int, ...] = ()
    authors: Mapping[int, str] = field(default_factory=dict)
    """Logins by number."""


_NOTHING = KnownPulls()


@dataclass(frozen=True, slots=True)
class RangeRead:
    """What a range holds. `pulls` is how many pull requests it has, `known` the addresses of earlier authors."""

    changes: Sequence[ReleasedChange]
    reverted: Sequence[TakenBack]
    pulls: int
    known: set[str]
    paths: Mapping[str, tuple[str, ...]]
    """What each change touched, by how it is cited."""
    labels: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Those of its pull requests, by number."""
    authors: Mapping[int, str] = field(default_factory=dict)
    folder: str = ""
    elsewhere: Sequence[ReleasedChange] = ()
    """Changes of the range that touch nothing below `folder`, the package that is told of; none of `changes`."""


async def know(ctx: StepContext) -> Result:
    """Ask the forge for titles and labels, and whose the commits are that do not say it."""
    forge = ctx.forge.operations(ctx.run.id)
    if not ctx.run.subject.forge or not isinstance(forge, PullLookup):
        return Done({KNOWN.key: {}}, "from the repository alone")
    read = await asyncio.to_thread(range_of, ctx)
    orphans = [change.author.id for change in read.changes if not change.number][:_MOST_ORPHANS]
    owned: dict[str, int] = {}
    try:
        for commit in orphans:
            await ctx.boundary()
            merged = [one for one in await forge.pulls_of_commit(commit) if one.merged]
            owned |= {commit: merged[0].number} if merged else {}
        wanted = {change.number for change in read.changes if change.number} | set(owned.values())
        found = {one.number: one for one in await forge.closed_pulls(wanted, _MOST_PULLS)}
        strange = [number for number in sorted(wanted - set(found)) if not await _is_pull(forge, number, found)]
    except Refused as refused:
        return Done({KNOWN.key: {}}, f"the forge says nothing: {refused}")
    known = KnownPulls(
        titles={number: sanitise_line(one.title, 300) for number, one in found.items()},
        labels={number: one.labels for number, one in found.items()},
        of=owned,
        strange=tuple(strange),
        authors={number: one.author.login for number, one in found.items()},
    )
    return Done({KNOWN.key: to_json(known)}, f"{len(found)} of {len(wanted)} pull requests")


async def _is_pull(forge: PullLookup, number: int, found: dict[int, PullInfo]) -> bool:
    """Whether a number is a pull request's at all: people write those of issues into titles, too."""
    try:
        found[number] = await forge.pull(number)
    except NotFound:
        return False
    return True


def range_of(ctx: StepContext) -> RangeRead:
    """Read the range from the mirror; what the forge said of it is in the run's state."""
    known = from_json(KnownPulls, ctx.state.get(KNOWN.key) or {})
    beside = [f"refs/tags/{tag}" for tag in ctx.state.get(RELEASED.key) or ()]
    read = read_changes(ctx.repository(), ctx.state[SINCE.key], ctx.state[UNTIL.key], beside, known)
    return of_package(read, ctx.state.get(FOLDER.key) or "")


def of_package(read: RangeRead, folder: str) -> RangeRead:
    """The range as the package in `folder` sees it; "" leaves it as it is. What names no file at all stays."""
    if not folder:
        return read

    def touches(change: ReleasedChange) -> bool:
        paths = read.paths[key_of(change)]
        return not paths or any(path.startswith(f"{folder}/") for path in paths)

    ours = [change for change in read.changes if touches(change)]
    others = [change for change in read.changes if not touches(change)]
    return replace(read, changes=ours, elsewhere=others, folder=folder)


def read_changes(
    repository: History, since: str, until: str, released: Sequence[str] = (), known: KnownPulls = _NOTHING
) -> RangeRead:
    """What is new at `until` since `since` ("" for all of it) and since what was `released` beside it."""

    def gathered(elsewhere: Mapping[str, int]) -> list[ReleasedChange]:
        return changes_of(alive, brought_in, elsewhere, known.titles, known.strange)

    @cache
    def brought_in(merge: LoggedCommit) -> frozenset[str]:
        return frozenset(of_merge(repository, merge))

    news = read_range(repository, since, until, released)
    standing_ones, reverted = standing(news)
    alive = whole(news, standing_ones, reverted, brought_in)
    touched = paths_of(repository, [commit for commit in alive if not commit.is_merge])
    changes = gathered(known.of)
    orphans = [commit for change in changes if not change.number for commit in change.commits]
    if found := by_patch(repository, until, orphans, touched):
        changes = gathered({**found, **known.of})
    numbers = {change.number for change in changes if change.number}
    paths = {
        key_of(change): tuple(path for commit in change.commits for path in touched.get(commit.id, ()))
        for change in changes
    }
    owners = owners_of(news, brought_in, known.strange) if reverted else {}
    back = [taken_back(*pair, known.strange, owners) for pair in reverted]
    before = authors_before(repository, since)
    return RangeRead(changes, back, len(numbers), before, paths, known.labels, known.authors)


def by_path(paths: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """The changes that touched each file, as they are cited."""
    found: dict[str, list[str]] = {}
    for key, touched in paths.items():
        for path in touched:
            found.setdefault(path, []).append(key)
    return found


async def page_of(ctx: StepContext) -> str:
    """The repository's page on its forge; "" for one of this machine."""
    return (await ctx.forge.remote()).url.removesuffix(".git") if ctx.run.subject.forge else ""
