"""What a set-up depends on, as one digest; and what it made in a tree."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sandbox.environment.manifests.inputs import reads_manifests_only
from sandbox.environment.manifests.node_manifests import runs_the_tree

MAX_DEPTH = 6
MAX_FILES = 2_000
MAX_BYTES = 16 * 1024 * 1024

_MANIFESTS = re.compile(
    r"""(?x)
    pyproject\.toml | setup\.(?:py|cfg) | _*(?:[^\W_]+[-_.]+)*requirements?(?:[-_.]+[^\W_]+)*\.(?:txt|in|pip)
    | constraints.*\.txt
    | uv\.lock | poetry\.lock | pdm\.lock | pylock.*\.toml | Pipfile(?:\.lock)? | environment\.ya?ml
    | tox\.ini | noxfile\.py
    | package(?:-lock)?\.json | npm-shrinkwrap\.json | yarn\.lock | pnpm-(?:lock|workspace)\.yaml | bun\.lockb?
    | \.npmrc | \.yarnrc(?:\.yml)? | \.pnpmfile\.[cm]js | bunfig\.toml | binding\.gyp
    | \.(?:python|node|ruby|java|go|tool)-versions? | \.nvmrc | rust-toolchain(?:\.toml)?
    | Cargo\.(?:toml|lock) | go\.(?:mod|sum|work) | pom\.xml | .*\.gradle(?:\.kts)? | gradle\.properties
    | libs\.versions\.toml
    | gradle-wrapper\.properties | Gemfile(?:\.lock)? | .*\.gemspec | composer\.(?:json|lock) | mix\.(?:exs|lock)
    | .*\.csproj | packages\.lock\.json | Directory\..*\.props | Makefile | justfile | Taskfile\.ya?ml
    """
)
_IN_DIRECTORY = re.compile(r"(?:^|/)(?:requirements?/[^/]+\.(?:txt|in)|\.yarn/releases/[^/]+\.c?js)$")
_SKIPPED = {".git", "node_modules", ".venv", "venv", "target", "__pycache__", ".tox", ".nox"}
_HOLDERS = _SKIPPED - {".git", "node_modules"}
"""Where nobody looks for manifests, and a tool may all the same."""

_BUILDS = re.compile(
    rb"ext_modules|Extension\(|cythonize|maturin|setuptools.rust|scikit.build|cffi_modules|mypycify|hatch-cython"
    rb'|"(?:file|link|portal):|\.tgz"'
)


def fingerprint(
    tree: Path,
    recipe: Sequence[str],
    repository: str,
    tree_id: str,
    versions: str,
    hosts: Sequence[str],
) -> str:
    """A digest of all that decides what a set-up makes.

    The tree's own id counts, too, unless the set-up is known to read manifests and nothing else:
    only then two trees with the same ones share one environment.
    """
    digest = hashlib.sha256()
    counted, whole = _manifests(tree)
    names = {str(path.relative_to(tree)) for path in counted if not path.is_symlink()}
    builds = not whole or len(names) < len(counted)
    for step in recipe:
        command, cwd, *_ = [*step.split("\0"), "."]
        builds = builds or not reads_manifests_only(command, cwd, tree, names.__contains__)
    for path in counted:
        name = str(path.relative_to(tree))
        data = _read(path)
        runs = runs_the_tree(path.name, data)
        builds = builds or len(data) >= MAX_BYTES or (bool(_BUILDS.search(data)) if runs is None else runs)
        digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    parts = ["2", repository, versions, *recipe, *hosts, tree_id if builds else ""]
    digest.update("\0\0".join(parts).encode("utf-8", "replace"))
    return digest.hexdigest()[:40]


def paths_in(tree: Path) -> frozenset[str]:
    """All paths of the tree, directories too. No link is followed."""
    return frozenset(path for path in _walk(tree, lambda path: True))


def new_paths(tree: Path, before: frozenset[str]) -> list[str]:
    """The outermost paths that `before` does not have, sorted."""
    return sorted(path for path in _walk(tree, before.__contains__) if path not in before)


def _walk(tree: Path, enter: Callable[[str], bool]) -> Iterator[str]:
    """Every path; `enter` says into which directories to go. What cannot be listed, for its mode or its depth, is
    passed over."""
    pending = [""]
    while pending:
        directory = pending.pop()
        with suppress(OSError), os.scandir(tree / directory) as entries:
            for entry in entries:
                path = f"{directory}/{entry.name}" if directory else entry.name
                yield path
                if entry.is_dir(follow_symlinks=False) and enter(path):
                    pending.append(path)


def _manifests(tree: Path) -> tuple[list[Path], bool]:
    """The manifests, in order, and whether these are all."""
    found: list[Path] = []
    whole = True
    for directory, directories, files in os.walk(tree):
        depth = len(Path(directory).relative_to(tree).parts)
        whole = whole and not _HOLDERS & set(directories)
        directories[:] = sorted(d for d in directories if d not in _SKIPPED)
        if depth > MAX_DEPTH:
            directories.clear()
            if any(_MANIFESTS.fullmatch(name) for name in files):
                whole = False
            continue
        for name in sorted(files):
            path = Path(directory, name)
            if _MANIFESTS.fullmatch(name) or _IN_DIRECTORY.search(str(path)):
                if len(found) >= MAX_FILES:
                    return found, False
                found.append(path)
    return found, whole


def _read(path: Path) -> bytes:
    """A regular file's contents, bounded. A link is what it points to, as text: it is never followed."""
    try:
        if path.is_symlink():
            return os.fsencode(os.readlink(path))
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except OSError:
        return b""
