"""What is known of a tree from earlier walks: what an inode vouches for need not be looked at again.

ctime cannot be forged; an inode whose ctime is as young as the clock's tick is not believed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from sandbox.files.ignored import Rules
from sandbox.git.objects import GITLINK, Listing, Objects

MIB = 1024 * 1024

Signature = tuple[int, int, int, int, int]
_TICK = 20_000_000  # nanoseconds; the coarsest clock of a kernel ticks every 10 ms


@dataclass(frozen=True, slots=True)
class TreeBounds:
    """What a tree may hold to be taken in."""

    file_bytes: int = 100 * MIB
    new_files: int = 10_000
    new_bytes: int = 1024 * MIB
    """Content that one mark may add."""
    depth: int = 128


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as it was read: its inode's facts then, and whether they may hide a later change.

    `item` and `member` are what it is in a listing and in its directory's tree: most files are as they were.
    """

    signature: Signature
    item: tuple[str, str]
    member: tuple[str, str, str]
    young: bool

    @property
    def object_id(self) -> str:
        return self.item[1]


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A name in a directory, with the kind of thing that it was when the directory was listed."""

    name: str
    path: str
    is_directory: bool
    is_file: bool


@dataclass(frozen=True, slots=True)
class ListedDirectory:
    """A directory as it was listed: whoever adds, removes or replaces a name changes its inode's facts."""

    signature: Signature
    entries: list[DirectoryEntry]
    rules: DirectoryEntry | None
    young: bool


@dataclass(slots=True)
class Memory:
    """What is known from earlier walks, and what never changes."""

    objects: Objects
    base: Listing
    base_directories: set[str]
    rules: Rules
    bounds: TreeBounds
    files: dict[str, KnownFile] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    ignored: set[str] = field(default_factory=set)
    directories: dict[str, ListedDirectory] = field(default_factory=dict)
    trees: dict[str, tuple[list[tuple[str, str, str]], str]] = field(default_factory=dict)
    links: tuple[str, ...] = field(init=False)
    """The places of the base's submodules."""

    def __post_init__(self) -> None:
        self.links = tuple(path for path, (mode, _) in self.base.items() if mode == GITLINK)


def signature_of(facts: os.stat_result) -> Signature:
    return facts.st_mode, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns, facts.st_ino


def is_young(facts: os.stat_result, since: int) -> bool:
    """Whether a later write could leave the same ctime, as it was so near to when we looked."""
    return facts.st_ctime_ns >= since - _TICK


def known_file(entry: DirectoryEntry, facts: os.stat_result, mode: str, object_id: str, since: int) -> KnownFile:
    return KnownFile(signature_of(facts), (mode, object_id), (entry.name, mode, object_id), is_young(facts, since))


def directories_of(base: Listing) -> set[str]:
    found: set[str] = set()
    for path in base:
        directory = path.rpartition("/")[0]
        while directory and directory not in found:
            found.add(directory)
            directory = directory.rpartition("/")[0]
    return found
