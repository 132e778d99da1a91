"""The tree of any moment of a run, and the diff of any step, from the journal alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from sandbox.errors import RepositoryError
from sandbox.git.changes import diff_text
from sandbox.git.objects import GITLINK, Listing, Objects
from sandbox.git.plumbing import Git
from sandbox.journal import FileChange, JournalEntry, Ledger
from sandbox.trees.workspace import Workspace

ROLLBACK = "rollback"
"""The step under which a way back is journaled."""
UPDATE = "update"
"""The step under which a change is carried over to a newer base: what others changed comes with it."""


@dataclass(frozen=True, slots=True)
class Transition:
    """The file changes of one `record`: from one mark to the next."""

    before: str
    after: str
    step: str
    changes: tuple[FileChange, ...]


def rebuild(ledger: Ledger, run_id: str, workspace: Workspace, mark: str) -> None:
    """Bring a workspace opened from the run's base commit to any mark of the run. Raises as `materialise`."""
    materialise(ledger, run_id, workspace, mark)
    workspace.restore(mark)


def materialise(ledger: Ledger, run_id: str, workspace: Workspace, mark: str) -> None:
    """Have a workspace's objects hold any mark of the run, made from the journal; its tree stays as it is.

    Raises RepositoryError where the journal does not lead to that mark: then something is missing.
    """
    recorded = transitions(ledger.entries(run_id))
    listing = listing_at(recorded, workspace.listing(workspace.base_tree), workspace.base_tree, mark)
    objects = workspace.objects
    in_base = {blob for _, blob in workspace.listing(workspace.base_tree).values()}
    for mode, blob in listing.values():
        if mode != GITLINK and blob not in in_base:
            objects.write("blob", _blob(ledger, blob), afresh=True)
    made = objects.write_listing(listing, afresh=True)
    if made != mark:
        raise RepositoryError(f"The journal of run {run_id} leads to tree {made[:12]}, not to {mark[:12]}.", _REMEDY)


def listing_at(recorded: Sequence[Transition], base: Listing, base_tree: str, mark: str) -> Listing:
    """The files of a mark: the base's, with the changes applied that lead from there to it.

    Marks are names of contents, so every way from the base to the mark gives the same; a
    run that went back and on again has several.
    """
    came: dict[str, Transition | None] = {base_tree: None}
    for transition in recorded:
        if transition.before in came:
            came.setdefault(transition.after, transition)
    if mark not in came:
        raise RepositoryError(f"The journal does not lead to the tree {mark[:12]}.", _REMEDY)
    way: list[Transition] = []
    step = came[mark]
    while step is not None:
        way.append(step)
        step = came[step.before]
    listing = dict(base)
    for transition in reversed(way):
        for change in transition.changes:
            _remove(listing, change)
        for change in transition.changes:
            _add(listing, change)
    return listing


def transitions(entries: Iterable[JournalEntry]) -> list[Transition]:
    """The file entries as they were recorded together."""
    found: list[Transition] = []
    for (before, after, step), group in groupby(
        (entry for entry in entries if entry.change is not None),
        key=lambda entry: (entry.before, entry.after, entry.where.step),
    ):
        found.append(Transition(before, after, step, tuple(entry.change for entry in group if entry.change)))
    return found


def journal_diff(entries: Sequence[JournalEntry], ledger: Ledger, step: str | None = None) -> str:
    """Unified text of what the run changed (what one step changed), "" for nothing.

    Made from the journal's blobs alone: two trees of just the touched files, in a throw-away
    repository, and git's own diff between them.
    """
    first, now = net_change(transitions(entries), step)
    if first == now:
        return ""
    with tempfile.TemporaryDirectory(prefix="pullwright-diff-") as place:
        directory = Path(place)
        for name in ("objects", "refs"):
            (directory / name).mkdir()
        (directory / "HEAD").write_text("ref: refs/heads/none\n")
        objects = Objects(Git(directory))
        trees: list[str] = []
        for side in (first, now):
            for mode, blob in side.values():
                if mode != GITLINK:
                    objects.write("blob", _blob(ledger, blob))
            trees.append(objects.write_listing(side))
        return diff_text(objects.git, *trees)


def net_change(recorded: Iterable[Transition], step: str | None = None) -> tuple[Listing, Listing]:
    """The touched files before and after, only those that differ. A step's changes that were rolled back are gone.

    What came with a newer base counts only in files that the run touched itself.
    """
    first: Listing = {}
    now: Listing = {}
    touched: set[str] = set()
    for transition in recorded:
        mine = transition.step != UPDATE if step is None else transition.step == step
        if not mine and transition.step not in (ROLLBACK, UPDATE):
            continue
        changes = [c for c in transition.changes if mine or not touched.isdisjoint((c.path, c.old_path))]
        for change in changes:
            _note(first, now, touched, change)
        for change in changes:
            _remove(now, change)
        for change in changes:
            _add(now, change)
    same = {path for path, item in first.items() if now.get(path) == item}
    return (
        {path: item for path, item in first.items() if path not in same},
        {path: item for path, item in now.items() if path not in same},
    )


def _note(first: Listing, now: Listing, touched: set[str], change: FileChange) -> None:
    """What the paths of a change were before anything touched them."""
    source = change.old_path or change.path
    if source not in touched and change.before_blob:
        first[source] = now[source] = (change.before_mode, change.before_blob)
    touched.update({source, change.path})


def _remove(listing: Listing, change: FileChange) -> None:
    listing.pop(change.old_path or change.path, None)


def _add(listing: Listing, change: FileChange) -> None:
    if change.after_blob:
        listing[change.path] = (change.after_mode, change.after_blob)


def _blob(ledger: Ledger, blob: str) -> bytes:
    try:
        return ledger.blob(blob)
    except KeyError:
        raise RepositoryError(f"The journal does not hold the content {blob[:12]}.", _REMEDY) from None


_REMEDY = "The journal is incomplete; restore the database from a backup."
