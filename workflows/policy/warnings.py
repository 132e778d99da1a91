"""What a reviewer should look at twice: changed tests, new dependencies, files that steer the repository."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.journal import FileAction, FileChange
from workflows.policy.check_files import Contents, is_test, says_how_checks_run
from workflows.policy.dependencies import LOCK_FILE, MANIFEST, new_packages
from workflows.policy.protected import is_protected
from workflows.policy.silenced import silenced, silenced_whole
from workflows.policy.unasked import installers_run, loaded_unasked

_MOST_MANIFEST = 2_000_000


def cautions_about(changes: Sequence[FileChange], contents: Contents | None = None) -> list[str]:
    """A sentence for each thing of note. With `contents`, new dependencies are called by their names."""
    kept_tests = [c for c in changes if c.action in (FileAction.MODIFIED, FileAction.DELETED, FileAction.RENAMED)]
    manifests = [c for c in changes if _one_of(MANIFEST.search, c)]
    named = _new_dependencies(manifests, contents) if contents else []
    groups = (
        ("Tests that existed before were deleted", [c for c in kept_tests if _is(c, FileAction.DELETED, is_test)]),
        (
            "Tests that existed before were changed",
            [c for c in kept_tests if c.action is not FileAction.DELETED and _one_of(is_test, c)],
        ),
        (
            "Files that say how the change is checked were changed",
            [c for c in changes if _one_of(says_how_checks_run, c)],
        ),
        ("Files that name dependencies or where they come from were changed", manifests),
        ("Lock files were changed", [c for c in changes if _one_of(LOCK_FILE.search, c)]),
        ("Files that steer the repository itself were changed", [c for c in changes if _one_of(is_protected, c)]),
        ("Files that tools load or run without being asked to were changed", _unasked(changes)),
    )
    sentences = [f"{sentence}: {_listed([c.path for c in found])}." for sentence, found in groups if found]
    if looks_away := _silenced(changes, contents) if contents else []:
        sentences.append(f"Linters or type checkers are told to look away: {_listed(looks_away)}.")
    if by_itself := _run_by_installers(manifests, contents) if contents else []:
        sentences.append(
            f"What an installer, a build or git runs by itself was added or changed: {_listed(by_itself)}."
        )
    if named:
        told = "They were not installed for the checks; see that each is what it claims to be."
        sentences.insert(0, f"New dependencies: {_listed(named)}. {told}")
    return sentences


def packages_added(change: FileChange, contents: Contents) -> tuple[str, ...]:
    """The packages that one changed manifest has gained; () for any other file."""
    if not MANIFEST.search(change.path) or not change.after_blob or change.after_mode == "120000":
        return ()
    before = _text(contents, change.before_blob) if change.before_blob else ""
    return new_packages(change.path, before, _text(contents, change.after_blob))


def _new_dependencies(manifests: Sequence[FileChange], contents: Contents) -> list[str]:
    return [f"{name} ({change.path})" for change in manifests for name in packages_added(change, contents)]


def _unasked(changes: Sequence[FileChange]) -> list[FileChange]:
    """Without those that are told under another name already."""
    told = (is_protected, says_how_checks_run, MANIFEST.search)
    return [c for c in changes if _one_of(loaded_unasked, c) and not any(_one_of(test, c) for test in told)]


def _run_by_installers(manifests: Sequence[FileChange], contents: Contents) -> list[str]:
    found = []
    for change in manifests:
        if change.after_blob and change.after_mode != "120000":
            before = _text(contents, change.before_blob) if change.before_blob else ""
            names = installers_run(change.path, before, _text(contents, change.after_blob))
            found += [f"{change.path} ({_listed([f'`{name}`' for name in names])})"] if names else []
    return found


def _silenced(changes: Sequence[FileChange], contents: Contents) -> list[str]:
    """The files that gained marks, each with these."""
    found = []
    for change in changes:
        if change.after_blob and change.after_mode != "120000":
            sides = [contents(blob) if blob else b"" for blob in (change.before_blob, change.after_blob)]
            if max(map(len, sides)) <= _MOST_MANIFEST:
                marks = (*silenced_whole(change.path, *sides), *silenced(change.path, *sides))
                found += [f"{change.path} ({_listed([f'`{mark}`' for mark in marks])})"] if marks else []
    return found


def _text(contents: Contents, blob: str) -> str:
    data = contents(blob)
    return data.decode("utf-8", "replace") if len(data) <= _MOST_MANIFEST else ""


def _one_of(test: Callable[[str], object], change: FileChange) -> bool:
    return any(path and test(path) for path in (change.path, change.old_path))


def _is(change: FileChange, action: FileAction, test: Callable[[str], object]) -> bool:
    return change.action is action and _one_of(test, change)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
