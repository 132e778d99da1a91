"""Files that serve tests though their names do not say so: helpers that judge for them, data that they compare with.

Whoever writes over what a test compares with has the test pass. Such a file belongs to the tests
where only tests speak of it; one that the code speaks of, too, is the code's. A helper that
asserts nothing itself cannot be told from code under test.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sandbox.journal import FileChange
from workflows.checks.change.weakening.assertions import ELSEWHERE, asserts
from workflows.policy.check_files import is_code, says_how_checks_run

_EXPECTED = re.compile(
    r"(^|/)(goldens?|snapshots?|expected|approved|cassettes|fixtures?|baselines?|testdata|test[_-]data)/"
    r"|\.(snap|ambr|golden|approved|expected)(\.\w+)?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w.-]+")
_MOST_FILE, _MOST_FILES, _MOST = 1_000_000, 20_000, 60_000_000
"""Bytes of a file, files, and bytes of them all that are searched for who speaks of what."""
_PLAIN = ("100644", "100755")

Read = Callable[[Sequence[str]], Iterator[tuple[str, bytes]]]
"""Gives blobs by their ids, each with its bytes."""


def serving(
    changes: Collection[FileChange], base: Mapping[str, tuple[str, str]], read: Read, is_test: Callable[[str], bool]
) -> frozenset[str]:
    """Files of the base that the change touches and that serve its tests alone. `base` is the base's listing."""
    touched = [
        change
        for change in changes
        if change.before_mode in _PLAIN and not is_test(_path(change)) and not says_how_checks_run(_path(change))
    ]
    judging = [change for change in touched if not is_code(_path(change)) or _judges(change, read)]
    if not judging:
        return frozenset()
    tests, code = _words(base, read, is_test, {_path(change) for change in judging})
    return frozenset(_path(change) for change in judging if _is_the_tests(_path(change), tests, code))


def _path(change: FileChange) -> str:
    return change.old_path or change.path


def _is_the_tests(path: str, tests: Collection[str], code: Collection[str]) -> bool:
    """Whether tests speak of a file, by its name or else by its folder's, and code does not."""
    folder, name = posixpath.split(path)
    names = {name, posixpath.splitext(name)[0]} if is_code(path) else {name}
    for each in (names, {posixpath.basename(folder)} - {""}):
        if any(one in code for one in each):
            return False
        if any(one in tests for one in each):
            return True
        if is_code(path):
            return False  # a folder of code is spoken of for its other files
    return bool(_EXPECTED.search(path))


def _words(
    base: Mapping[str, tuple[str, str]], read: Read, is_test: Callable[[str], bool], but: Collection[str]
) -> tuple[set[str], set[str]]:
    """The words of the base's tests, and those of its code."""
    of: dict[str, bool] = {}
    for path, (mode, blob) in base.items():
        if mode in _PLAIN and path not in but and (is_test(path) or is_code(path)):
            of[blob] = of.get(blob, True) and is_test(path)
    tests: set[str] = set()
    code: set[str] = set()
    left = _MOST
    for blob, data in read(list(of)[:_MOST_FILES]):
        left -= len(data)
        if left < 0:
            break
        if len(data) <= _MOST_FILE:
            words = set(_WORD.findall(data.decode("utf-8", "replace")))
            (tests if of[blob] else code).update(words, *(word.split(".") for word in words if "." in word))
    return tests, code


def _judges(change: FileChange, read: Read) -> bool:
    """Whether what is changed of a file's code asserts something."""
    blobs = [blob for blob in (change.before_blob, change.after_blob) if blob]
    found = dict(read(blobs))
    before, after = (found.get(blob or "", b"") for blob in (change.before_blob, change.after_blob))
    if max(len(before), len(after)) > _MOST_FILE:
        return False
    if not _path(change).endswith(".py"):
        return bool(ELSEWHERE.search(before.decode("utf-8", "replace")))
    was, now = _judging_parts(before), _judging_parts(after)
    return was is not None and bool(was - (now or Counter()))


def _judging_parts(source: bytes) -> Counter[str] | None:
    """The functions, and other statements of a module or class, that assert something, as their syntax is."""
    try:
        tree = ast.parse(source)
        parts = [one for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef) for one in node.body]
        judging = [one for one in parts if not isinstance(one, ast.ClassDef) and any(map(_objects, ast.walk(one)))]
        return Counter(ast.dump(one) for one in judging)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _objects(node: ast.AST) -> bool:
    return asserts(node) or (isinstance(node, ast.Raise) and "AssertionError" in ast.dump(node))
