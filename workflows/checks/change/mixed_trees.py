"""Trees in which the code of one side meets the tests of the other."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sandbox.journal import FileAction, FileChange
from sandbox.trees.workspace import Workspace
from workflows.checks.change.reaching import reaches
from workflows.checks.change.serving import serving
from workflows.checks.change.touched_tests import TouchedTests, touched_tests
from workflows.checks.change.weakening.assertions import held_by_tests, weakened
from workflows.checks.change.weakening.case_tables import Tables, lost_cases, tables
from workflows.checks.change.weakening.conditions import conditions, lost_forms
from workflows.checks.change.weakening.helpers import Edited, edited
from workflows.checks.change.which_tests import which_tests
from workflows.policy.check_files import Contents, is_document, says_how_checks_run
from workflows.policy.check_files import is_test as looks_like_test

_MOST = 2_000_000
"""Bytes of a file that are looked into."""
_DEFINES = re.compile(
    r"\b(?:def|class|function|func|fn|const|let|var|type|interface|struct|enum|trait|module|mod|record|object|val"
    r"|static|async|export|public|private|protected|macro_rules!|defp?|defmodule|attr_\w+|use|import|from)\b"
)
_ASSIGNS = re.compile(r"^\s*(?:(?:self|this|cls|module\.exports|exports)\.)?['\"]?(\w+)['\"]?\s*(?::=|[:=(,])")
_OPTION = re.compile(r"['\"]-{1,2}([\w-]+)")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True, slots=True)
class Mixed:
    """Two mixed trees of a change, and what of it is tests and what is code.

    `new_tests` is the mark of the base's code with the change's tests, `old_tests` that of the change's code
    with the base's tests and settings of runners; each "" where it would be base or head itself. `edited` are
    tests of the base that the change touches, `fresh` tests as the change has them.
    """

    new_tests: str = ""
    old_tests: str = ""
    edited: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    """Those of `edited` that are gone."""
    sources: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    """What says how checks run."""
    comments: bool = False
    """Of the code nothing but comments and white space is different: what shows such a change reads its text."""
    weakened: Mapping[str, int] = field(default_factory=dict)
    """Tests that lost assertions, each with how many it has left; and tests and tables that lost cases."""
    taken: tuple[str, ...] = ()
    """Tests of edited and deleted files that stand in none of the change's any more, or depend there on what they did
    not before (a build tag, a mark), named as in `weakened`."""
    reworded: frozenset[str] = frozenset()
    """Tests of edited files whose own text is another one, named as in `weakened`; a file where that cannot be told."""
    helpers: tuple[str, ...] = ()
    """Edited files of which code beside the tests is another one: what other tests use may be."""
    reaching: tuple[str, ...] = ()
    """New and edited files of tests that may do something to what other tests use."""
    touched: Mapping[str, TouchedTests] = field(default_factory=dict)
    """What is different in edited files of tests, where that can be told."""
    defined: frozenset[str] = frozenset()
    """Names that the change's code defines, modules among them."""
    paths: frozenset[str] = frozenset()
    """All files of the change's tree and the base's."""
    gone: frozenset[str] = frozenset()
    """Those that only the base has."""
    came: frozenset[str] = frozenset()
    """Those that only the change has."""


def mix(workspace: Workspace, base: str, head: str, tests: Collection[str] = ()) -> Mixed:
    """Make both trees. `tests` are names of tests, as the runners' reports have them, or the files of these."""
    before, after = workspace.listing(base), workspace.listing(head)
    changes = workspace.changes(base, head)
    is_test = which_tests({*before, *after}, tests)
    serves = serving(changes, before, workspace.objects.read, is_test)
    about = [change for change in changes if any(is_test(path) or path in serves for path in _paths(change))]
    held = [change for change in changes if change in about or any(map(looks_like_test, _paths(change)))]
    settings = [change for change in changes if any(map(says_how_checks_run, _paths(change)))]
    code = [change for change in changes if change not in about and change not in settings]
    new, old = dict(before), dict(after)
    for change in about:
        for path in _paths(change):
            _lay(new, after, path)
    for change in (*about, *settings):
        for path in _paths(change):
            _lay(old, before, path)
    read: Contents = workspace.objects.bytes_of
    write = workspace.objects.write_listing
    texts = {path: found for change in held for path, found in _edited(change, read)}
    return Mixed(
        new_tests=write(new) if new != dict(before) else "",
        old_tests=write(old) if old != dict(after) else "",
        edited=tuple(dict.fromkeys(change.old_path or change.path for change in about if change.before_blob)),
        fresh=tuple(change.path for change in about if change.after_blob),
        deleted=tuple(change.path for change in about if change.action is FileAction.DELETED),
        sources=tuple(change.path for change in code if not is_document(change.path)),
        settings=tuple(dict.fromkeys(path for change in settings for path in _paths(change))),
        comments=bool(code) and all(_same_code(change, read) for change in code),
        weakened={
            **_fewer_cases(held, read),
            **{name: left for change in held for name, left in _weakened(change, read).items()},
        },
        taken=tuple(dict.fromkeys((*_taken(held, read), *_left_out(held, read)))),
        reworded=frozenset(name for found in texts.values() for name in found.tests),
        helpers=tuple(path for path, found in texts.items() if found.helps),
        reaching=tuple(change.path for change in held if _reaches(change, read)),
        touched={path: found for change in about for path, found in _touched(change, read)},
        defined=frozenset(name for change in code for name in _defined(change, read)),
        paths=frozenset((*before, *after)),
        gone=frozenset(before.keys() - after.keys()),
        came=frozenset(after.keys() - before.keys()),
    )


def only_documents(workspace: Workspace, base: str, head: str) -> bool:
    """Whether a change touches nothing but documents; what only tests speak of is none."""
    changes = workspace.changes(base, head)
    if not changes or not all(is_document(path) for change in changes for path in _paths(change)):
        return False
    before = workspace.listing(base)
    return not serving(changes, before, workspace.objects.read, which_tests({*before, *workspace.listing(head)}, ()))


def _paths(change: FileChange) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in (change.path, change.old_path) if path))


def _lay(onto: dict[str, tuple[str, str]], of: Mapping[str, tuple[str, str]], path: str) -> None:
    """Make a path what it is in the other listing; absent where it is absent there."""
    if path in of:
        onto[path] = of[path]
    else:
        onto.pop(path, None)


def _weakened(change: FileChange, read: Contents) -> dict[str, int]:
    if change.action is FileAction.DELETED or not change.before_blob or not change.after_blob:
        return {}
    before, after = read(change.before_blob), read(change.after_blob)
    return weakened(change.path, before, after) if max(len(before), len(after)) <= _MOST else {}


def _fewer_cases(changes: Collection[FileChange], read: Contents) -> dict[str, int]:
    sides = [(_tables(change, read, before=True), _tables(change, read, before=False)) for change in changes]
    anywhere = frozenset(row for _, after in sides for one in after.values() for row in one.rows)
    gone = [change.action is FileAction.DELETED for change in changes]
    found: dict[str, int] = {}
    for (before, after), deleted in zip(sides, gone, strict=True):
        if not deleted:  # what a deleted file held is told by its own name
            found |= lost_cases(before, after, anywhere)
    return found


def _tables(change: FileChange, read: Contents, *, before: bool) -> Tables:
    blob = change.before_blob if before else change.after_blob
    data = read(blob) if blob else b""
    # One name on both sides, so that a file that was moved is held against itself.
    return tables(change.old_path or change.path, data) if len(data) <= _MOST else {}


def _taken(changes: Collection[FileChange], read: Contents) -> Iterator[str]:
    """The tests that are in none of the changed files any more; one that moved from one to another is."""
    sides = [(_tests_of(change, read, before=True), _tests_of(change, read, before=False)) for change in changes]
    left = {_title(name) for _, after in sides for name in after}
    yield from (name for before, _ in sides for name in before if _title(name) not in left)


def _left_out(changes: Collection[FileChange], read: Contents) -> Iterator[str]:
    """The tests whose file has them depend on what they did not before, so that a runner may leave them out."""
    for change in changes:
        if not change.before_blob or not change.after_blob:
            continue
        sides = [(change.old_path or change.path, read(change.before_blob)), (change.path, read(change.after_blob))]
        if max(len(data) for _, data in sides) > _MOST:
            continue
        before, after = (conditions(path, data.decode("utf-8", "replace")) for path, data in sides)
        of_all = {*(after[""] - before[""]), *lost_forms(sides[0][0], change.path)}
        for name in _tests_of(change, read, before=True):
            own = after.get(_title(name), frozenset()) - before.get(_title(name), frozenset())
            if of_all or own - before[""]:
                yield name


def _tests_of(change: FileChange, read: Contents, *, before: bool) -> tuple[str, ...]:
    path = (change.old_path or change.path) if before else change.path
    blob = change.before_blob if before else change.after_blob
    data = read(blob) if blob else b""
    found = held_by_tests(path, data) if len(data) <= _MOST else None
    return tuple(name for name in found or () if name != path)


def _title(name: str) -> str:
    """A test's own title behind its file and classes."""
    return name.partition(" > ")[2] or name.rpartition("::")[2]


def _touched(change: FileChange, read: Contents) -> Iterator[tuple[str, TouchedTests]]:
    if change.action is FileAction.MODIFIED and change.before_blob and change.after_blob:
        before, after = read(change.before_blob), read(change.after_blob)
        found = touched_tests(change.path, before, after) if max(len(before), len(after)) <= _MOST else None
        if found is not None:
            yield change.path, found


def _edited(change: FileChange, read: Contents) -> Iterator[tuple[str, Edited]]:
    sides = [read(blob) if blob else b"" for blob in (change.before_blob, change.after_blob)]
    if change.before_blob and max(map(len, sides)) <= _MOST:
        yield change.old_path or change.path, edited(change.old_path or change.path, *sides)


def _reaches(change: FileChange, read: Contents) -> bool:
    before, after = (read(blob) if blob else b"" for blob in (change.before_blob, change.after_blob))
    return max(len(before), len(after)) > _MOST or reaches(change.path, before, after)


def _same_code(change: FileChange, read: Contents) -> bool:
    """Whether a module of Python means the same as before; of other languages that is not known."""
    if not (change.path.endswith(".py") and change.before_blob and change.after_blob):
        return False
    try:
        before, after = (ast.dump(ast.parse(read(blob))) for blob in (change.before_blob, change.after_blob))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return before == after


def _defined(change: FileChange, read: Contents) -> Iterator[str]:
    """Names that a file's new lines define. A new file also is a module by its name."""
    if not change.after_blob or change.after_mode not in ("100644", "100755"):
        return
    if not change.before_blob or change.old_path:
        place = PurePosixPath(change.path)
        yield from (
            part for part in (place.parent.name if place.stem in ("__init__", "index") else place.stem,) if part
        )
    after = read(change.after_blob)
    old = set(read(change.before_blob).decode("utf-8", "replace").splitlines()) if change.before_blob else set()
    for line in after[:_MOST].decode("utf-8", "replace").splitlines():
        if line in old:
            continue
        if _DEFINES.search(line):
            yield from _WORD.findall(line)
        yield from _ASSIGNS.findall(line)
        yield from _OPTION.findall(line)
