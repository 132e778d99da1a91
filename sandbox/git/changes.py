"""What changed between two trees, as the journal keeps it and as people read it."""

from __future__ import annotations

from collections import defaultdict

from sandbox.git.objects import Listing
from sandbox.git.plumbing import Git
from sandbox.journal import FileAction, FileChange

DIFF_WORDS = ("--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/", "--full-index")


def compare(before: Listing, after: Listing) -> list[FileChange]:
    """The changes in the order of paths. A file gone and the same content come elsewhere is a rename."""
    touched = {path for path, _ in before.items() ^ after.items()}
    gone = sorted(path for path in touched if path not in after)
    come = sorted(path for path in touched if path not in before)
    renames = _renames(before, after, gone, come)
    moved = set(renames.values())
    changes = [
        _change(path, before, after, renames.get(path, "")) for path in touched if path in after or path not in moved
    ]
    return sorted(changes, key=lambda change: change.path)


def diff_text(git: Git, before: str, after: str) -> str:
    """Unified text between two trees or commits; binary files are only named. Renames are found by likeness."""
    raw = git.run("diff-tree", "-r", "-p", "-M", *DIFF_WORDS, before, after)
    return raw.decode("utf-8", "replace")


def _change(path: str, before: Listing, after: Listing, old_path: str) -> FileChange:
    before_mode, before_blob = before.get(old_path or path, ("", ""))
    after_mode, after_blob = after.get(path, ("", ""))
    if old_path:
        action = FileAction.RENAMED
    elif not before_mode:
        action = FileAction.CREATED
    elif not after_mode:
        action = FileAction.DELETED
    else:
        action = FileAction.MODE if before_blob == after_blob else FileAction.MODIFIED
    return FileChange(path, action, before_mode, after_mode, before_blob, after_blob, old_path)


def _renames(before: Listing, after: Listing, gone: list[str], come: list[str]) -> dict[str, str]:
    """New path to old, paired by equal content and kind; the same file name first, then the order of paths."""
    by_content: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in gone:
        mode, blob = before[path]
        by_content[mode[:3], blob].append(path)
    pairs: dict[str, str] = {}
    for path in come:
        mode, blob = after[path]
        olds = by_content[mode[:3], blob]
        if olds:
            name = path.rpartition("/")[2]
            best = next((old for old in olds if old.rpartition("/")[2] == name), olds[0])
            olds.remove(best)
            pairs[path] = best
    return pairs
