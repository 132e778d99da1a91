"""What a repository keeps elsewhere, and a box shows in its place: submodules, and contents that git LFS holds.

The tree itself stays as git has it, a submodule's place empty and a pointer a pointer, so that no mark
changes: contents lie beside it, and boxes see them mounted there, read-only.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.backend import WORK, Mount
from sandbox.errors import RepositoryError, TransientError
from sandbox.git import submodules
from sandbox.git.objects import GITLINK, parse_listing
from sandbox.git.repository import Repository
from sandbox.trees.workspace import Workspace
from workflows.ports import Remote

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\n(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\n")
_MOST_POINTER = 1024
_MOST_FILES = 200
_MOST_LOOKED_AT = 20_000
_DEEPEST = 2
"""Submodules within submodules."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Mounts for every box over a tree of the run, and sentences about what could not be had, without their stops."""

    mounts: tuple[Mount, ...] = ()
    told: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    """Paths whose contents are nowhere to be had, each with what it is: tests that need them cannot judge."""


def fetch(workspace: Workspace, repository: Repository, base: str, remote: Remote, mirrors: Path) -> Beside:
    """Have it here, as far as the run's own credentials reach. Blocking, and no error: what is missing is told."""
    place = workspace.directory / "beside"
    listing = workspace.listing(workspace.base_tree)
    links = {path: blob for path, (mode, blob) in listing.items() if mode == GITLINK}
    mounts, missing = [], list(links)[submodules.MOST :]
    for one in submodules.named_by(repository.git, base, links, remote.url):
        target = place / one.commit
        lacking = _fetched(one, target, remote, mirrors)
        missing += [f"{one.path}{path}" for path in lacking]
        if "" not in lacking:
            mounts.append(Mount(target, f"{WORK}/{one.path}"))
    pointers = _pointers(workspace)
    for path, oid in pointers.items():
        kept = _kept_by_lfs(remote.url, oid, place)
        if kept is not None:
            mounts.append(Mount(kept, f"{WORK}/{path}"))
    absent = [path for path, oid in pointers.items() if not (place / oid).is_file()]
    told = [
        *(
            [f"the submodules {_named(missing)} could not be fetched: tests that need them cannot judge"]
            if missing
            else []
        ),
        *([f"contents of {_named(absent)} are kept by git LFS, and are not here: {_CANNOT}"] if absent else []),
    ]
    return Beside(tuple(mounts), tuple(told), {**dict.fromkeys(missing, SUBMODULE), **dict.fromkeys(absent, LFS)})


SUBMODULE, LFS = "submodule", "git LFS"
_CANNOT = "tests that need them cannot judge"


def _fetched(
    one: submodules.Submodule, target: Path, remote: Remote, mirrors: Path, depth: int = _DEEPEST
) -> list[str]:
    """Lay a submodule out, and its own in it; what of it is missing: "" for all, and `/PATH` for one of its own."""
    if not one.url:
        return [] if _is_there(target) else [""]
    name = f"submodule-{hashlib.sha256(one.url.encode()).hexdigest()[:24]}.git"
    try:
        mirror = Repository.mirror(mirrors / name)
        if mirror.missing([one.commit]):
            mirror.fetch_commits([one.commit], one.url, remote.env)
        if not _is_there(target):
            submodules.lay_out(mirror.git, one.commit, target)
        listing = parse_listing(mirror.git.run("ls-tree", "-r", "-z", "--full-tree", one.commit))
    except (RepositoryError, TransientError, OSError):
        return [] if _is_there(target) else [""]
    links = {path: blob for path, (mode, blob) in listing.items() if mode == GITLINK}
    missing = [f"/{path}" for path in list(links)[submodules.MOST if depth else 0 :]]
    for inner in submodules.named_by(mirror.git, one.commit, links, one.url) if depth else ():
        below = target / inner.path
        # What it lies in is a folder of that commit's tree, and no link of it.
        sound = below.parent.resolve() == target.resolve() / Path(inner.path).parent
        lacking = _fetched(inner, below, remote, mirrors, depth - 1) if sound else [""]
        missing += [f"/{inner.path}{path}" for path in lacking]
    return missing


def _is_there(target: Path) -> bool:
    """Whether it was laid out: git leaves an empty folder in the place of one that was not."""
    return target.is_dir() and any(target.iterdir())


def _pointers(workspace: Workspace) -> dict[str, str]:
    """Files of the base that are pointers of git LFS, and what they point at; only where attributes speak of it."""
    listing = workspace.listing(workspace.base_tree)
    attributes = [blob for path, (_, blob) in listing.items() if path.rpartition("/")[2] == ".gitattributes"]
    if not any(b"filter=lfs" in workspace.objects.bytes_of(blob)[:1_000_000] for blob in attributes[:50]):
        return {}
    found: dict[str, str] = {}
    for path, (mode, blob) in list(listing.items())[:_MOST_LOOKED_AT]:
        try:
            small = mode.startswith("100") and os.lstat(workspace.tree / path).st_size < _MOST_POINTER
        except OSError:
            continue
        if small and (match := _POINTER.match(workspace.objects.bytes_of(blob))) and len(found) < _MOST_FILES:
            found[path] = match[1].decode()
    return found


def _kept_by_lfs(url: str, oid: str, place: Path) -> Path | None:
    """A copy of what the user's own git LFS has, if it is what the pointer says; None where it has nothing."""
    if (place / oid).is_file():
        return place / oid
    source = Path(url, ".git", "lfs", "objects", oid[:2], oid[2:4], oid)
    if "://" in url or not source.is_file() or source.is_symlink():
        return None
    place.mkdir(exist_ok=True)
    half = place / f".half-{oid}"
    shutil.copyfile(source, half)
    with half.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest() == oid
    if not whole:
        half.unlink()
        return None
    half.rename(place / oid)
    return place / oid


def _named(paths: list[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:5])
    return f"{shown} and {len(paths) - 5} more" if paths[5:] else shown
