"""How near tests are to a change: what it edits itself, what is called like it or imports it, what speaks of it.

It says only in which order tests are run where there is no time for all. Imports are read from the text, as
far as that goes: Python, JavaScript and TypeScript, Ruby, Go. Of other languages names alone tell.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sandbox.trees.workspace import Workspace
from workflows.checks.change.mixed_trees import Mixed

FAR = 99
"""Nothing is known that would lead from the test to the change."""
_SPEAKS = 4
_FROM_JS = re.compile(rb"(?:\bfrom|\brequire\s*\(|\bimport\s*\(|\bimport)\s*['\"]([^'\"\n]{1,200})['\"]")
_FROM_RUBY = re.compile(rb"^[ \t]*require(?:_relative)?[ \t]*(?:\([ \t]*)?['\"]([^'\"\n]{1,200})['\"]", re.MULTILINE)
_FROM_GO = re.compile(rb"^[ \t]*(?:import[ \t]+)?(?:[\w.]+[ \t]+)?\"([\w./-]{1,200})\"[ \t]*\r?$", re.MULTILINE)
_JS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte")
_READ = (".py", *_JS, ".rb", ".go")
_TEST_WORD = re.compile(r"(?:^|[_.-])(?:tests?|specs?|unit|it|e2e)(?=$|[_.-])", re.IGNORECASE)
_WORD = re.compile(rb"[A-Za-z_$][\w$]{3,}")
_MOST_FILE, _MOST_FILES, _MOST = 1_000_000, 20_000, 60_000_000
"""Bytes of a file, files, and bytes of them all that are read."""
_MOST_MATCHES = 5

Read = Callable[[Sequence[str]], Iterator[tuple[str, bytes]]]


def near(workspace: Workspace, head: str, mixed: Mixed, tests: Collection[str]) -> dict[str, int]:
    """Files of tests that have to do with a change, each with how far it is from there: 0 where it is edited itself.

    Those that are not named are FAR. Blocking.
    """
    listing = workspace.listing(head)
    return nearness(listing, workspace.objects.read, mixed, tests)


def nearness(
    listing: Mapping[str, tuple[str, str]], read: Read, mixed: Mixed, tests: Collection[str]
) -> dict[str, int]:
    """The same of a tree's listing."""
    found = dict.fromkeys((path for path in tests if path in mixed.edited or path in mixed.fresh), 0)
    called = {_bare(source) for source in mixed.sources} - {""}
    reached, speaking = _read(listing, read, mixed, frozenset(tests))
    for path in tests:
        if path in found:
            continue
        distance = reached.get(path, FAR)
        if _bare(path) in called:
            distance = 1
        elif path in speaking:
            distance = min(distance, _SPEAKS)
        if distance < FAR:
            found[path] = distance
    return found


def _bare(path: str) -> str:
    """The name that a file of tests shares with what it tests."""
    stem = posixpath.basename(path).partition(".")[0]
    if stem in ("__init__", "index", "mod", "main"):
        stem = posixpath.basename(posixpath.dirname(path))
    return _TEST_WORD.sub("", stem.lower()).strip("_-.")


def _read(
    listing: Mapping[str, tuple[str, str]], read: Read, mixed: Mixed, tests: frozenset[str]
) -> tuple[Mapping[str, int], Collection[str]]:
    """How many imports lead from each file to the change's code; and which tests speak of names that it defines."""
    paths: dict[str, list[str]] = defaultdict(list)
    for path, (mode, blob) in listing.items():
        if path.endswith(_READ) and mode.startswith("100"):
            paths[blob].append(path)
    where, names = _Places(path for path in listing if path.endswith(_READ)), frozenset(mixed.defined)
    importers: dict[str, set[str]] = defaultdict(set)
    speaking: set[str] = set()
    left = _MOST
    for blob, data in read(list(paths)[:_MOST_FILES]):
        left -= len(data)
        if left < 0:
            break
        for path in paths[blob] if len(data) <= _MOST_FILE else ():
            for target in where.imported(path, data):
                importers[target].add(path)
            if path in tests and names.intersection(word.decode() for word in _WORD.findall(data)):
                speaking.add(path)
    for path in where.conftests:
        folder = posixpath.dirname(path)
        importers[path] |= {test for test in tests if not folder or test.startswith(f"{folder}/")}
    return _distances(mixed.sources, importers), speaking


def _distances(sources: Collection[str], importers: Mapping[str, Collection[str]]) -> dict[str, int]:
    found = dict.fromkeys(sources, 0)
    queue = deque(found)
    while queue:
        path = queue.popleft()
        for importer in importers.get(path, ()):
            if importer not in found:
                found[importer] = found[path] + 1
                queue.append(importer)
    return found


class _Places:
    """The files of a tree by the ends of their names, to find what an import means."""

    def __init__(self, paths: Iterator[str]) -> None:
        self._paths = frozenset(paths)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._folders: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._paths):
            self._by_stem[posixpath.basename(self._module(path))].append(path)
            self._folders[posixpath.dirname(path)].append(path)
        self.conftests = [path for path in self._paths if posixpath.basename(path) == "conftest.py"]

    def imported(self, path: str, data: bytes) -> Iterator[str]:
        """The files of the tree that a file imports."""
        if path.endswith(".py"):
            yield from self._python(path, data)
        elif path.endswith(".go"):
            for found in _FROM_GO.findall(data):
                yield from self._folder(found.decode())
            yield from self._folders[posixpath.dirname(path)]  # all of a package sees all of it
        else:
            for found in (_FROM_RUBY if path.endswith(".rb") else _FROM_JS).findall(data):
                yield from self._relative(path, found.decode("utf-8", "replace"))

    def _python(self, path: str, data: bytes) -> Iterator[str]:
        try:
            nodes = list(ast.walk(ast.parse(data)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._module_of(alias.name.replace(".", "/"))
            elif isinstance(node, ast.ImportFrom):
                place = (node.module or "").replace(".", "/")
                if node.level:
                    above = path
                    for _ in range(node.level):
                        above = posixpath.dirname(above)
                    place = posixpath.join(above, place) if place else above
                inner = [one for alias in node.names for one in self._module_of(f"{place}/{alias.name}")]
                yield from inner or self._module_of(place)

    def _module_of(self, place: str) -> Iterator[str]:
        found = [
            one for one in self._by_stem.get(posixpath.basename(place), ()) if self._ends(self._module(one), place)
        ]
        yield from sorted(found, key=len)[:_MOST_MATCHES]

    def _relative(self, path: str, name: str) -> Iterator[str]:
        if name.startswith("."):
            place = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
        else:
            place = name.lstrip("@~#").lstrip("/")
        if place in self._paths:
            yield place
            return
        bare = re.sub(r"(?:/index)?(?:\.[cm]?[jt]sx?|\.rb)$", "", place)
        found = list(self._module_of(bare))
        yield from [one for one in found if self._module(one) == bare] or ([] if name.startswith(".") else found)

    def _folder(self, name: str) -> Iterator[str]:
        for folder, paths in self._folders.items():
            if folder and self._ends(name, folder):
                yield from paths

    @staticmethod
    def _module(path: str) -> str:
        """A file as imports name it: a package by its folder."""
        bare = posixpath.splitext(path)[0]
        folder, _, leaf = bare.rpartition("/")
        return folder if folder and leaf in ("__init__", "index") else bare

    @staticmethod
    def _ends(whole: str, end: str) -> bool:
        return whole == end or whole.endswith(f"/{end}")
