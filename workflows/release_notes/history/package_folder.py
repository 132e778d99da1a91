"""Where the package of a monorepo lies that a tag's prefix names."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sandbox.git.history import History, TreeFile

_MANIFESTS = frozenset(
    {
        *("package.json", "pyproject.toml", "setup.py", "setup.cfg", "Cargo.toml", "go.mod", "composer.json"),
        *("pom.xml", "build.gradle", "build.gradle.kts", "mix.exs", "pubspec.yaml", "deno.json", "jsr.json"),
    }
)
_MANIFEST = re.compile(r"[^/]+\.(?:gemspec|csproj|fsproj|cabal|podspec)")
_MOST_READ = 500
_MOST_BYTES = 200_000


def folder_of(history: History, commit: str, prefix: str) -> str:
    """The folder of the one package that `prefix` names, by its manifest, its path or its folder's name.

    `prefix` is what a tag has before its version ("@scope/name@", "crates/core/v", "core-"). "" where it names none,
    several, or the repository's root: then nothing tells its changes from those of others.
    """
    wanted = prefix.removeprefix("refs/tags/").rstrip("@/-_.")
    if not wanted:
        return ""
    manifests = [
        one
        for one in history.files(commit)
        if one.mode.startswith("100")
        and (PurePosixPath(one.path).name in _MANIFESTS or _MANIFEST.fullmatch(PurePosixPath(one.path).name))
    ]
    folders = {str(PurePosixPath(one.path).parent) for one in manifests}
    if wanted in folders - {"."}:
        return wanted
    called = {folder for folder, name in _called(history, manifests) if _same(name, wanted)}
    if not called:
        last = wanted.rpartition("/")[2]
        called = {one for one in folders if _same(PurePosixPath(one).name, last)}
    return called.pop() if len(called) == 1 and "." not in called else ""


def _same(one: str, other: str) -> bool:
    return re.sub(r"[-_.]+", "-", one).lower() == re.sub(r"[-_.]+", "-", other).lower()


def _called(history: History, manifests: Sequence[TreeFile]) -> Iterator[tuple[str, str]]:
    """Folders with the names that their manifests give; what cannot be read gives none."""
    some = [one for one in manifests if PurePosixPath(one.path).suffix in (".json", ".toml") and one.size < _MOST_BYTES]
    some = some[:_MOST_READ]
    for file, (_, content) in zip(some, history.read_blobs([one.blob for one in some]), strict=True):
        name = _name(file.path, content.decode("utf-8", "replace"))
        if name:
            yield str(PurePosixPath(file.path).parent), name


def _name(path: str, text: str) -> str:
    try:
        found: Any = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
    except (ValueError, RecursionError):
        return ""
    for keys in (("name",), ("project", "name"), ("tool", "poetry", "name"), ("package", "name")):
        at = found
        for key in keys:
            at = at.get(key) if isinstance(at, Mapping) else None
        if isinstance(at, str) and at:
            return at
    return ""
