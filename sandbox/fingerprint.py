"""What a set-up depends on, as one digest; and what it made in a tree."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

MAX_DEPTH = 6
MAX_FILES = 2_000
MAX_BYTES = 16 * 1024 * 1024

_MANIFESTS = re.compile(
    r"""(?x)
    pyproject\.toml | setup\.(?:py|cfg) | (?:\w+[-_.])*requirements?(?:[-_.]\w+)*\.(?:txt|in|pip) | constraints.*\.txt
    | uv\.lock | poetry\.lock | pdm\.lock | pylock.*\.toml | Pipfile(?:\.lock)? | environment\.ya?ml
    | tox\.ini | noxfile\.py
    | package(?:-lock)?\.json | npm-shrinkwrap\.json | yarn\.lock | pnpm-(?:lock|workspace)\.yaml | bun\.lockb?
    | \.npmrc | \.yarnrc(?:\.yml)? | \.(?:python|node|ruby|java|go|tool)-versions? | \.nvmrc | rust-toolchain(?:\.toml)?
    | Cargo\.(?:toml|lock) | go\.(?:mod|sum|work) | pom\.xml | .*\.gradle(?:\.kts)? | gradle\.properties
    | libs\.versions\.toml
    | gradle-wrapper\.properties | Gemfile(?:\.lock)? | .*\.gemspec | composer\.(?:json|lock) | mix\.(?:exs|lock)
    | .*\.csproj | packages\.lock\.json | Directory\..*\.props | Makefile | justfile | Taskfile\.ya?ml
    """
)
_IN_DIRECTORY = re.compile(r"(?:^|/)requirements?/[^/]+\.(?:txt|in)$")
_SKIPPED = {".git", "node_modules", ".venv", "venv", "target", "__pycache__", ".tox", ".nox"}

# Set-ups that read manifests and nothing else, or link to the sources instead of copying them.
_DEPENDENCIES_ONLY = re.compile(
    r"""(?x)
    python[\d.]*\ -m\ venv\b | virtualenv\b | uv\ (?:venv|sync)\b | (?:poetry|pdm|pipenv|hatch|rye)\b
    | npm\ (?:ci|install|i)\b | yarn(?:\ install\b|$) | pnpm\ (?:install|i)\b | bun\ install\b | corepack\b
    | bundle\ (?:install|config)\b | composer\ install\b | go\ mod\ (?:download|vendor)\b | cargo\ fetch\b
    | mix\ (?:deps\.get|local\.(?:hex|rebar))\b | dotnet\ restore\b | (?:mvn|\./mvnw)\b.*dependency:
    """
)
_PIP = re.compile(r"""(?:\S*python[\d.]* -m |uv |\S*/)?pip[\d.]* install\b""")
_COPIES = re.compile(r"""["']?(?:\.|\./\S*|/work\S*?)(?:\[[^\]]*\])?["']?$""")
_VARIABLES = re.compile(r"^(?:[A-Za-z_]\w*=\S*\s+)+")
_OWN_TOOL = re.compile(r"""["']?\$HOME/[\w./-]*bin/([\w.-]+)["']?""")
_BUILDS = re.compile(
    rb"ext_modules|Extension\(|cythonize|maturin|setuptools.rust|scikit.build|cffi_modules|mypycify|hatch-cython"
    rb'|"(?:prepare|postinstall|preinstall|install|prepublish)"\s*:'
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

    The tree's own id counts only where the set-up builds or copies sources: elsewhere two
    trees with the same manifests share one environment.
    """
    digest = hashlib.sha256()
    builds = not all(_only_dependencies(line.split("\0")[0]) for line in recipe)
    for path in _manifests(tree):
        name = str(path.relative_to(tree))
        data = _read(path)
        builds = builds or bool(_BUILDS.search(data))
        digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape") + data)
    parts = ["1", repository, versions, *recipe, *hosts, tree_id if builds else ""]
    digest.update("\0\0".join(parts).encode("utf-8", "replace"))
    return digest.hexdigest()[:40]


def paths_in(tree: Path) -> frozenset[str]:
    """All paths of the tree, directories too. No link is followed."""
    return frozenset(path for path in _walk(tree, lambda path: True))


def new_paths(tree: Path, before: frozenset[str]) -> list[str]:
    """The outermost paths that `before` does not have, sorted."""
    return sorted(path for path in _walk(tree, before.__contains__) if path not in before)


def _walk(tree: Path, enter: Callable[[str], bool]) -> Iterator[str]:
    """Every path; `enter` says into which directories to go."""
    pending = [""]
    while pending:
        directory = pending.pop()
        with os.scandir(tree / directory) as entries:
            for entry in entries:
                path = f"{directory}/{entry.name}" if directory else entry.name
                yield path
                if entry.is_dir(follow_symlinks=False) and enter(path):
                    pending.append(path)


def _only_dependencies(command: str) -> bool:
    for part in re.split(r"&&|;|\n|\|\|", command):
        line = _OWN_TOOL.sub(r"\1", _VARIABLES.sub("", part.strip()))
        if _PIP.match(line):
            if any(_COPIES.match(word) for word in _targets(line)):
                return False
        elif line and not _DEPENDENCIES_ONLY.match(line):
            return False
    return True


def _targets(line: str) -> Iterator[str]:
    """What a pip command installs itself, not by a file's or group's name and not as a link to the sources."""
    words = line.split()
    named = ("-e", "--editable", "-r", "--requirement", "-c", "--constraint", "--group", "--extra")
    return (word for before, word in pairwise(words) if before not in named and not word.startswith("-"))


def _manifests(tree: Path) -> Iterator[Path]:
    count = 0
    for directory, directories, files in os.walk(tree):
        depth = len(Path(directory).relative_to(tree).parts)
        directories[:] = sorted(d for d in directories if d not in _SKIPPED) if depth < MAX_DEPTH else []
        for name in sorted(files):
            path = Path(directory, name)
            if _MANIFESTS.fullmatch(name) or _IN_DIRECTORY.search(str(path)):
                count += 1
                if count > MAX_FILES:
                    return
                yield path


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
