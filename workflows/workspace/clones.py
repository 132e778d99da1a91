"""What a clone of a change would look like elsewhere: converted as .gitattributes say, on systems that fold names."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.files.attributes import MOST_RULES, attributes_of, is_rules, not_run, unclean
from sandbox.files.twins import twins
from sandbox.journal import FileChange
from sandbox.trees.workspace import Workspace

_MOST = 50
_WARNED_OF = 10


def unclean_paths(workspace: Workspace, base: str, tree: str, changes: Sequence[FileChange]) -> list[str]:
    """Sentences about files that no fresh clone would have as they were committed. Blocking."""
    listing, before = workspace.listing(tree), workspace.listing(base)
    rules = {path: blob for path, (mode, blob) in listing.items() if is_rules(path) and mode.startswith("100")}
    touched = [c for c in changes if c.after_blob and c.after_mode.startswith("100")]
    if not rules or not touched:
        return []
    read = workspace.objects.bytes_of
    known = {blob for _, blob in before.values()}
    said = attributes_of({path: read(blob)[:MOST_RULES] for path, blob in rules.items()}, [c.path for c in touched])
    found = []
    for change in touched:
        if change.after_blob in known:  # as it was, be it elsewhere
            continue
        if why := unclean(said[change.path], None, read(change.after_blob)):
            found.append(f"{change.path} {why}.")
    return found[:_MOST]


def unfiltered(workspace: Workspace, tree: str, changes: Sequence[FileChange]) -> list[str]:
    """A sentence about files whose other contents went through a filter that did not run here. Blocking."""
    listing = workspace.listing(tree)
    rules = {path: blob for path, (mode, blob) in listing.items() if is_rules(path) and mode.startswith("100")}
    touched = [c.path for c in changes if c.after_blob and c.after_mode.startswith("100")]
    if not rules or not touched:
        return []
    read = workspace.objects.bytes_of
    said = attributes_of({path: read(blob)[:MOST_RULES] for path, blob in rules.items()}, touched)
    found = [f"{path} ({name})" for path in touched if (name := not_run(said[path]))]
    return [f"Filters of .gitattributes were not run on: {', '.join(found[:_WARNED_OF])}."] if found else []


def look_twice(workspace: Workspace, tree: str, changes: Sequence[FileChange]) -> list[str]:
    """Sentences about new names that some systems take for others that are there."""
    new = [c.path for c in changes if c.after_blob and (not c.before_blob or c.old_path)]
    pairs = twins(workspace.listing(tree), new) if new else []
    return [
        f"{path} is the same as {other} on macOS and Windows, or to the eye: one of the two has to go."
        for path, other in pairs
    ]
