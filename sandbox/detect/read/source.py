"""Reading a repository that nobody vouches for: bounded, regular files only, never out of the root."""

from __future__ import annotations

import json
import os
import posixpath
import stat
import tomllib
from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any, TypeVar

from sandbox.detect.read.values import Evidence

T = TypeVar("T")

_FILE_BYTES = 512 * 1024
_TOTAL_BYTES = 8 * 1024 * 1024
_NAMES = 4000
_SKIP = frozenset(
    {"node_modules", "vendor", "target", "build", "dist", "third_party", "venv", "fixtures", "testdata"}
    | {"deps", "3rdparty", "thirdparty", "third-party", "extern", "external", "externals", "subprojects", "vendored"}
    | {"Pods", "Carthage", "bower_components", "submodules", "_build"}
    | {"migrations", "locales", "translations", "__snapshots__"}  # many, and no code
)


class Source:
    """A repository's files as texts, each read at most once.

    What is missing, too large, not a regular file, outside of the root, or unreadable is the
    empty text; what does not parse is the empty table. Nothing here raises on content.
    """

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))
        self._at = "."
        self._texts: dict[str, str] = {}
        self._listings: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._parsed: dict[str, Any] = {}
        self._kinds: dict[str, int] = {}
        self._budget = [_TOTAL_BYTES]

    def below(self, directory: str) -> Source:
        """The same repository seen from a directory of it: paths count from there, bounds and caches are shared."""
        view = copy(self)
        view._at = posixpath.normpath(posixpath.join(self._at, directory))
        return view

    def text(self, path: str) -> str:
        path = self._full(path)
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def has(self, *paths: str) -> bool:
        """Whether one of the paths is a regular file inside the root."""
        return any(self._kind(path) == stat.S_IFREG for path in paths)

    def is_dir(self, path: str) -> bool:
        return self._kind(path) == stat.S_IFDIR

    def files(self, directory: str = ".") -> tuple[str, ...]:
        """Names of the regular files in a directory, sorted."""
        return self._list(directory)[0]

    def dirs(self, directory: str = ".") -> tuple[str, ...]:
        """Names of the directories in a directory, sorted; links are left out."""
        return self._list(directory)[1]

    def walk(self, depth: int, limit: int = 400) -> list[str]:
        """Directories down to `depth`, breadth first, without those that hold other people's code."""
        found, level = ["."], ["."]
        for _ in range(depth):
            level = [
                name if parent == "." else f"{parent}/{name}"
                for parent in level
                for name in self.dirs(parent)
                if name not in _SKIP and not name.startswith(".")
            ]
            level = level[: max(0, limit - len(found))]
            found += level
        return found

    def once(self, key: str, read: Callable[[], T]) -> T:
        """What `read` gives, read at most once under that key: for files that take a while to parse."""
        key = f"{self._at}:{key}"
        if key not in self._parsed:
            self._parsed[key] = read()
        found: T = self._parsed[key]
        return found

    def toml(self, path: str) -> dict[str, Any]:
        return self.once(f"toml {path}", lambda: self._toml(path))

    def json(self, path: str) -> dict[str, Any]:
        return self.once(f"json {path}", lambda: self._json(path))

    def _toml(self, path: str) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text(path))
        except (tomllib.TOMLDecodeError, RecursionError, ValueError):
            return {}

    def _json(self, path: str) -> dict[str, Any]:
        try:
            data = json.loads(self.text(path) or "{}")
        except (ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) else {}

    def evidence(self, path: str, needle: str = "", after: str = "") -> Evidence:
        """The first line of a file that has `needle` (after a line that has `after`), else the file as a whole."""
        started = not after
        for number, line in enumerate(self.text(path).splitlines(), 1):
            started = started or after in line
            if started and needle and needle in line:
                return Evidence(path, number, line.strip()[:200])
        return Evidence(path, 0, "")

    def _full(self, path: str) -> str:
        return path if self._at == "." else posixpath.normpath(f"{self._at}/{path}")

    def _read(self, path: str) -> str:
        target = self._inside(path)
        if target is None:
            return ""
        try:
            fd = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (OSError, ValueError):
            return ""
        try:
            facts = os.fstat(fd)
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > min(_FILE_BYTES, self._budget[0]):
                return ""
            with os.fdopen(os.dup(fd), "rb") as file:
                data = file.read(_FILE_BYTES)
        except OSError:
            return ""
        finally:
            os.close(fd)
        self._budget[0] -= len(data)
        return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")

    def _inside(self, path: str) -> Path | None:
        try:
            target = Path(os.path.realpath(self._root / path))
        except (OSError, ValueError):
            return None
        return target if target == self._root or target.is_relative_to(self._root) else None

    def _kind(self, path: str) -> int:
        path = self._full(path)
        if path not in self._kinds:
            target = self._inside(path)
            try:
                self._kinds[path] = stat.S_IFMT(os.lstat(target).st_mode) if target else 0
            except (OSError, ValueError):
                self._kinds[path] = 0
        return self._kinds[path]

    def _list(self, directory: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        directory = self._full(directory)
        if directory not in self._listings:
            files: list[str] = []
            dirs: list[str] = []
            target = self._inside(directory)
            try:
                with os.scandir(target) as entries:
                    for count, entry in enumerate(entries):
                        if count >= _NAMES:
                            break
                        if entry.is_dir(follow_symlinks=False):
                            dirs.append(entry.name)
                        elif entry.is_file(follow_symlinks=False):
                            files.append(entry.name)
            except (OSError, ValueError, TypeError):
                pass
            self._listings[directory] = tuple(sorted(files)), tuple(sorted(dirs))
        return self._listings[directory]


def table(data: object, *keys: str) -> dict[str, Any]:
    """The table at a path of keys, empty where there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}


def strings(data: object) -> list[str]:
    """The strings of a list (a lone string counts as a list of one)."""
    if isinstance(data, str):
        return [data]
    return [item for item in data if isinstance(item, str)] if isinstance(data, list) else []
