"""File operations below one directory that never leave it, whatever a hostile tree holds at that moment.

Every operation works on the directory that `sandbox.files.resolve` found, not on its name.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.errors import PathRefused
from sandbox.files.erase import erase
from sandbox.files.names import split
from sandbox.files.resolve import PATH_ONLY, has_openat2, open_at, refused, resolve

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Below:
    """The inside of `root`. `staging` is a directory on the same file system, ours alone, for half-written files."""

    root: Path
    staging: Path
    by_kernel: bool = field(default_factory=has_openat2)
    """Whether the kernel resolves paths, or we walk."""

    @contextmanager
    def directory(self, *parts: str, make: bool = False) -> Iterator[int]:
        """A descriptor of the directory (good for `dir_fd`), made with its parents where `make` is set.

        PathRefused where a component is a symlink or no directory, FileNotFoundError where it is absent.
        """
        root = os.open(self.root, PATH_ONLY)
        try:
            try:
                found = resolve(root, parts, PATH_ONLY, by_kernel=self.by_kernel)
            except FileNotFoundError:
                if not make:
                    raise
                found = self._made(root, parts)
        finally:
            os.close(root)
        try:
            yield found
        finally:
            os.close(found)

    def stat(self, path: str) -> os.stat_result | None:
        """What is there, a symlink itself rather than its target; None where there is nothing."""
        *parents, name = split(path) or (".",)
        try:
            with self.directory(*parents) as at:
                return os.stat(name, dir_fd=at, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def put(self, path: str, data: bytes, mode: int) -> None:
        """Make `path` a file with these contents (or a symlink, for git's mode 120000), replacing at once what it was.

        A directory in its place is in the way: IsADirectoryError. New files and directories
        get the owner of the tree.
        """
        *parents, name = split(path)
        with self.directory(*parents, make=True) as at:
            half = self.staging / f"half-{secrets.token_hex(8)}"
            try:
                if stat.S_ISLNK(mode):
                    os.symlink(data, os.fsencode(half))
                else:
                    _fill(half, data, mode & 0o777)
                self._give(str(half))
                with writable(at):
                    os.rename(half, name, dst_dir_fd=at)
            except BaseException:
                with suppress(FileNotFoundError):
                    half.unlink()
                raise

    def discard(self, path: str) -> None:
        """Take away whatever is at `path`, a whole directory too; it is moved out at once and erased outside."""
        *parents, name = split(path)
        try:
            with self.directory(*parents) as at:
                self._move_out(at, name)
        except (FileNotFoundError, NotADirectoryError):
            return

    def make_directory(self, path: str) -> None:
        """Make an empty directory there, in place of whatever it was."""
        self.discard(path)
        with self.directory(*split(path), make=True):
            return

    def is_directory(self, path: str, *, missing: bool) -> bool:
        """Whether a directory is there; `missing` is the answer for nothing at all."""
        facts = self.stat(path)
        return missing if facts is None else stat.S_ISDIR(facts.st_mode)

    def prune(self, path: str) -> None:
        """Remove the directory if it is empty, then its parents while they are."""
        parts = split(path)
        for length in range(len(parts), 0, -1):
            try:
                with self.directory(*parts[: length - 1]) as at, writable(at):
                    os.rmdir(parts[length - 1], dir_fd=at)
            except (OSError, PathRefused):
                return

    def _made(self, root: int, parts: tuple[str, ...]) -> int:
        at = os.dup(root)
        try:
            for part in parts:
                try:
                    step = os.open(part, PATH_ONLY, dir_fd=at)
                except FileNotFoundError:
                    with writable(at), suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=at)
                    self._give(part, at)
                    step = open_at(at, part, PATH_ONLY, "/".join(parts))
                except OSError as error:
                    raise refused("/".join(parts), error) from None
                os.close(at)
                at = step
        except BaseException:
            os.close(at)
            raise
        return at

    def _move_out(self, at: int, name: str) -> None:
        gone = self.staging / f"gone-{secrets.token_hex(8)}"
        found = os.stat(name, dir_fd=at, follow_symlinks=False)
        with writable(at):
            if not stat.S_ISDIR(found.st_mode):
                os.unlink(name, dir_fd=at)
                return
            inner = os.open(name, PATH_ONLY, dir_fd=at)
            try:
                with writable(inner):
                    os.rename(name, gone, src_dir_fd=at)
            finally:
                os.close(inner)
        erase(gone)

    def _give(self, name: str, at: int | None = None) -> None:
        """Make it the tree owner's (only root can, and only then it is needed)."""
        if os.geteuid() == 0:
            owner = os.stat(self.root)
            os.chown(name, owner.st_uid, owner.st_gid, dir_fd=at, follow_symlinks=False)


@contextmanager
def writable(directory: int) -> Iterator[None]:
    """Lets us change a directory whose mode forbids it, for as long as it takes (root needs no leave)."""
    mode = stat.S_IMODE(os.fstat(directory).st_mode)
    if os.geteuid() == 0 or mode & 0o300 == 0o300:
        yield
        return
    itself = f"/proc/self/fd/{directory}"
    os.chmod(itself, mode | 0o700)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            os.chmod(itself, mode)


def _fill(path: Path, data: bytes, mode: int) -> None:
    fd = os.open(path, _CREATE, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        os.fchmod(fd, mode)
