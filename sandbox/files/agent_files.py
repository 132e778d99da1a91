"""The agent's access to files: by relative path, confined to the tree by the kernel, never through a symlink."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox.errors import PathRefused
from sandbox.files.beneath import Below
from sandbox.files.names import parts_of
from sandbox.files.resolve import has_openat2, resolve

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY


class PathKind(StrEnum):
    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    OTHER = "other"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a directory; `size` in bytes."""

    name: str
    kind: PathKind
    size: int


class TreeFiles:
    """The files below `root`.

    `staging` is a directory on the same file system that only the host writes; a new content
    is written there and moved over the old at once. `by_kernel` chooses how paths are resolved;
    what this kernel can, where it is not given. Every method raises PathRefused where
    the path leaves the tree, passes through a symlink, names git's directory, or where the
    thing itself is not of the kind that is needed.
    """

    def __init__(self, root: Path, staging: Path, *, by_kernel: bool | None = None) -> None:
        self._below = Below(root, staging, has_openat2() if by_kernel is None else by_kernel)

    def read(self, path: str, most: int = 10 * 1024 * 1024) -> bytes:
        """The first `most` bytes. FileNotFoundError where there is nothing."""
        self._must_be(path, PathKind.FILE)
        *parents, name = parts_of(path)
        with self._below.directory(*parents) as at:
            fd = resolve(at, (name,), _READ, by_kernel=self._below.by_kernel)
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise PathRefused(f"{path} is not a regular file.")
            return file.read(most)

    def write(self, path: str, data: bytes) -> None:
        """Replace the file, keeping its mode, or make it and the directories above it."""
        if not parts_of(path) or path.endswith("/"):
            raise PathRefused(f"{path!r} is a directory.", "Name a file.")
        facts = self._below.stat(path)
        if facts is not None:
            self._must_be(path, PathKind.FILE)
        try:
            self._below.put(path, data, stat.S_IMODE(facts.st_mode) if facts else 0o644)
        except (PermissionError, IsADirectoryError) as error:
            raise PathRefused(f"{path} cannot be written: {os.strerror(error.errno or 0).lower()}.") from None
        except OSError as error:
            if error.errno not in (errno.ENAMETOOLONG, errno.EINVAL):
                raise
            raise PathRefused(f"{path[:80]} cannot be a file's name here.") from None

    def exists(self, path: str) -> bool:
        return self.kind(path) is not PathKind.ABSENT

    def kind(self, path: str) -> PathKind:
        """What is there; a symlink is a symlink, wherever it points."""
        facts = self._below.stat("/".join(parts_of(path)))
        return PathKind.ABSENT if facts is None else _kind(facts.st_mode)

    def list(self, path: str = ".") -> list[Item]:
        """A directory's entries by name, without `.git`. FileNotFoundError where there is none."""
        with self._below.directory(*parts_of(path)) as at:
            listed = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=at)
            try:
                items: list[Item] = []
                for name in sorted(os.listdir(listed)):
                    if name == ".git":
                        continue
                    facts = os.stat(name, dir_fd=listed, follow_symlinks=False)
                    items.append(Item(name, _kind(facts.st_mode), facts.st_size))
                return items
            finally:
                os.close(listed)

    def _must_be(self, path: str, wanted: PathKind) -> None:
        kind = self.kind(path)
        if kind is PathKind.ABSENT:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if kind is PathKind.SYMLINK:
            raise PathRefused(f"{path} is a symlink.", "Name the file that it points to.")
        if kind is not wanted:
            raise PathRefused(f"{path} is not a {wanted}: it is a {_WORDS[kind]}.")


def read_below(root: Path, path: str, most: int) -> bytes:
    """A regular file below a directory that a box can write, its first `most` bytes; nothing where it is absent or
    more than a name: a link, behind a link, a pipe."""
    try:
        return TreeFiles(root, staging=root).read(path, most) if most > 0 else b""
    except (OSError, PathRefused):
        return b""


_WORDS = {PathKind.DIRECTORY: "directory", PathKind.OTHER: "device, socket or pipe", PathKind.FILE: "file"}


def _kind(mode: int) -> PathKind:
    if stat.S_ISREG(mode):
        return PathKind.FILE
    if stat.S_ISDIR(mode):
        return PathKind.DIRECTORY
    return PathKind.SYMLINK if stat.S_ISLNK(mode) else PathKind.OTHER
