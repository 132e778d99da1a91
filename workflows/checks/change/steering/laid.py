"""What the set-up of a changed tree laid down otherwise than the base's did: tools, plug-ins, what starts by itself.

A set-up may run the code of its tree (a build, an import for the version), and the checks use what it
made. So both are compared, file by file. What differs is told, unless it is a copy of the tree's own
files, tells about packages only, or is a cache. What was compiled from the tree's own sources may differ
where sources of that kind were changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from workflows.checks.change.steering.check_steering import shown_path
from workflows.policy import check_files

MOST_TOLD = 5
MOST_READ = 16 * 1024**3
"""Bytes of files that are read to compare them. A file of a terabyte may take no room on the disk at all."""
_CHUNK = 1024 * 1024
_PACKAGES = re.compile(r"(?:^|/)(?:(?:site|dist)-packages|node_modules/(?:@[^/]+/)?[^/]+)/")
_TOP = re.compile(r"^.*?(?:(?:site|dist)-packages/[^/]+|node_modules/(?:@[^/]+/)?[^/]+)")
_TELLS = re.compile(
    r"\.(?:dist|egg)-info/(?:RECORD|METADATA|WHEEL|INSTALLER|REQUESTED|direct_url\.json|uv_\w+\.json|top_level\.txt|PKG-INFO"
    r"|SOURCES\.txt|requires\.txt|dependency_links\.txt|not-zip-safe|zip-safe|installed-files\.txt|namespace_packages\.txt"
    r"|sboms/.*|licenses/.*|LICEN[CS]E[^/]*|COPYING[^/]*|AUTHORS[^/]*|NOTICE[^/]*)$"
    r"|(?:^|/)(?:\.package-lock\.json|\.modules\.yaml|\.yarn-state\.yml|\.yarn-integrity|install-state\.gz|\.pnpm-workspace-state[\w-]*\.json|_remote\.repositories"
    r"|resolver-status\.properties|[^/]+\.lastUpdated|gem_make\.out|mkmf\.log|CACHEDIR\.TAG|\.lock|\.last_checked"
    r"|\.package-cache[^/]*|\.global-cache|\.crates2?\.(?:toml|json))$"
    r"|^\.cache/(?:pip|uv|yarn|pnpm|node/corepack/lastKnownGood)|^\.npm/(?:_cacache|_logs|_update-notifier)"
    r"|^\.cpanm/(?:build\.log$|latest-build|work/|sources/)|^\.cpan/(?:build|sources)/|^\.(?:cache/)?composer/|^\.bundle/cache/"
    r"|^\.cargo/registry/index/|^go/pkg/mod/cache/|^\.gradle/.*\.(?:lock|bin)$"
)
"""What tells of packages, or keeps them for the next set-up: no check runs it."""
_BYTECODE = "__pycache__"
_BY_CONTENT = re.compile(r"\.pth$|/entry_points\.txt$|/__editable__\w*_finder\.py$")
"""Their names carry a version, which a tree may have of its own."""
_EDITABLE = re.compile(rb"__editable__[\w.-]*")
"""What is named so within them has that version, too. Where it is a module, it is held against the base's itself."""
_NATIVE = re.compile(r"\.(?:so|pyd|dll|dylib|node|a|o|wasm)(?:\.\d+)*$")
_NATIVE_SOURCE = re.compile(r"\.(?:c|cc|cpp|cxx|h|hh|hpp|pyx|pxd|pxi|rs|go|f|f90|cu|m|mm|zig|S|asm)$")
_IN_PLACE = re.compile(r"(?:^|/)(?:node_modules|\.?venv|env|vendor|\.tox|\.nox|\.bundle|\.yarn)/")
"""Where a set-up installs within the tree; beside these lie products of a build."""


@dataclass(frozen=True, slots=True)
class SetUpTree:
    """A tree after its set-up, in whose box nothing has run since: the home that lies below those of its boxes, the
    tree, and the blobs of its mark by path. What boxes see `within` the tree, by its path, lies elsewhere."""

    home: Path
    tree: Path
    blobs: Mapping[str, str]
    within: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _File:
    """One path: what it is, how large, and a link's target; `place` is where it lies on the host."""

    kind: str
    size: int
    place: str


def laid_otherwise(base: SetUpTree, head: SetUpTree) -> tuple[str, ...]:
    """What the head's set-up made that the base's did not make so, as `PATH: what that is`; none, nothing to see.

    A path in the home begins with `~/`. Blocking; each file is read at most once.
    """
    native = any(
        _NATIVE_SOURCE.search(path)
        for path in {*base.blobs, *head.blobs}
        if base.blobs.get(path) != head.blobs.get(path)
    )
    found = [
        f"~/{path}" for path in _Differences(_files(base.home), _files(head.home), base, head).paths(native=native)
    ]
    made = _Differences(_made(base), _made(head), base, head, products=True)
    found += [path for path in made.paths(native=native) if _counts_in_tree(path, head.blobs)]
    told = [f"{shown_path(path)}: was laid otherwise by the set-up of the change" for path in found[:MOST_TOLD]]
    if len(found) > MOST_TOLD:
        more = len(found) - MOST_TOLD
        told.append(
            f"{shown_path(found[MOST_TOLD])}: and {more} in all were laid otherwise by the set-up of the change"
        )
    return tuple(told)


class _Differences:
    """Two sets of files by path, each within its own root; `products` says that a build may have left some there."""

    def __init__(
        self,
        before: Mapping[str, _File],
        after: Mapping[str, _File],
        base: SetUpTree,
        head: SetUpTree,
        *,
        products: bool = False,
    ) -> None:
        self._before = before
        self._after = after
        self._products = products
        self._base_copies = _Copies(base.blobs)
        self._head_copies = _Copies(head.blobs)
        self._known: dict[str, str] = {}
        self._left = MOST_READ

    def paths(self, *, native: bool) -> list[str]:
        """What differs and counts, in order. `native` says that sources of compiled code were changed."""
        by_content = {_said(one) for path, one in self._before.items() if _BY_CONTENT.search(path)}
        changed = [path for path in sorted({*self._before, *self._after}) if _matters(path) and self._differs(path)]
        own = self._own_tops() if changed else frozenset[str]()
        return [path for path in changed if not self._explained(path, own, by_content, native=native)]

    def _differs(self, path: str) -> bool:
        before, after = self._before.get(path), self._after.get(path)
        if before is None or after is None:
            return True
        if (before.kind, before.size) != (after.kind, after.size):
            return True
        return before.kind[0] == "f" and self._digest(before) != self._digest(after)

    def _explained(self, path: str, own: Collection[str], by_content: Collection[str], *, native: bool) -> bool:
        after = self._after.get(path)
        if _BY_CONTENT.search(path):
            return after is None or _said(after) in by_content
        top = _TOP.match(path)
        if top is None or top[0] not in own:
            rebuilt = path in self._before or (self._products and not _IN_PLACE.search(path))
            return native and bool(_NATIVE.search(path)) and rebuilt
        if after is None:
            return True  # a source file of the tree's own is gone
        if native and _NATIVE.search(path):
            return True
        return after.kind[0] == "f" and self._head_copies.has(path, self._digest(after))

    def _own_tops(self) -> frozenset[str]:
        """Packages in which the base's set-up put copies of the base's own files."""
        tops: set[str] = set()
        for path, one in self._before.items():
            top = _TOP.match(path)
            if top is None or top[0] in tops or one.kind[0] != "f" or not self._base_copies.may(path):
                continue
            if self._base_copies.has(path, self._digest(one)):
                tops.add(top[0])
        return frozenset(tops)

    def _digest(self, one: _File) -> str:
        """As git names a file's contents. Where too much was read already it is like no other."""
        if one.kind[0] != "f":
            return one.kind
        if one.place not in self._known:
            self._left -= one.size
            self._known[one.place] = _blob(one) if self._left >= 0 else f"not read: {one.place}"
        return self._known[one.place]


class _Copies:
    """The files of a tree, found again below a directory of packages by the end of their path."""

    def __init__(self, blobs: Mapping[str, str]) -> None:
        self._by_end: dict[str, set[str]] = {}
        for path, blob in blobs.items():
            parts = path.split("/")
            for start in range(len(parts)):
                self._by_end.setdefault("/".join(parts[start:]), set()).add(blob)

    def may(self, path: str) -> bool:
        return _within(path) in self._by_end

    def has(self, path: str, blob: str) -> bool:
        return blob in self._by_end.get(_within(path), ())


def _within(path: str) -> str:
    """The path below the innermost directory of packages."""
    found = list(_PACKAGES.finditer(path))
    return path[found[-1].end() :] if found else path


def _matters(path: str) -> bool:
    return _BYTECODE not in path.split("/") and not _TELLS.search(path)


def _counts_in_tree(path: str, tracked: Collection[str]) -> bool:
    """Whether a file that a set-up made in the tree is more than a product of its build."""
    if path in tracked:
        return False  # the change itself has it by now, and is judged by its diff
    if _IN_PLACE.search(path) or _NATIVE.search(path):
        return True
    return check_files.says_how_checks_run(path) or (
        check_files.stands_for_what_is_installed(path) and not path.startswith(("build/", "dist/", "target/"))
    )


def _made(of: SetUpTree) -> dict[str, _File]:
    found = _files(of.tree, skip=(".git",))
    for place, below in of.within.items():
        found |= {f"{place}/{path}": one for path, one in _files(below).items()}
    return {path: one for path, one in found.items() if path not in of.blobs}


def _files(root: Path, skip: Collection[str] = ()) -> dict[str, _File]:
    """Everything below a directory but directories; no link is followed."""
    found = dict[str, _File]()
    for path, entry in _walk(root, skip):
        if entry is None:
            found[path] = _File(f"not listed: {root / path}", 0, str(root / path))  # like no other
            continue
        at = entry.stat(follow_symlinks=False)
        if stat.S_ISLNK(at.st_mode):
            found[path] = _File(f"link {os.readlink(entry.path)}", 0, entry.path)
        elif stat.S_ISREG(at.st_mode):
            found[path] = _File(f"file {at.st_mode & 0o111:o}", at.st_size, entry.path)
        else:
            found[path] = _File(f"other {stat.S_IFMT(at.st_mode):o}", 0, entry.path)
    return found


def _walk(root: Path, skip: Collection[str]) -> Iterator[tuple[str, os.DirEntry[str] | None]]:
    """Each path but directories; None for a directory that cannot be listed, for its mode or its depth."""
    waiting = [""]
    while waiting:
        directory = waiting.pop()
        try:
            scanned = os.scandir(root / directory)
        except OSError:
            yield directory, None
            continue
        with scanned as entries:
            for entry in entries:
                path = f"{directory}/{entry.name}" if directory else entry.name
                if path in skip:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                else:
                    yield path, entry


def _blob(one: _File) -> str:
    said = hashlib.sha1(f"blob {one.size}\0".encode(), usedforsecurity=False)
    with _opened(one) as file:
        while part := file.read(_CHUNK):
            said.update(part)
    return said.hexdigest()


def _said(one: _File) -> str:
    """What a small file says but for the version of the tree's own package."""
    if one.kind[0] != "f" or one.size > _CHUNK:
        return f"{one.kind} {one.place}"
    with _opened(one) as file:
        return hashlib.sha256(_EDITABLE.sub(b"__editable__", file.read(_CHUNK))).hexdigest()


def _opened(one: _File) -> BinaryIO:
    return open(os.open(one.place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
