"""File operations below one directory that never leave it, whatever a hostile tree holds at that moment.

Paths are resolved by the kernel without symlinks (openat2) or, where it cannot, one component
at a time; every operation then works on the directory that was found, not on its name.
"""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sandbox.errors import PathRefused
from sandbox.names import split

_OPENAT2 = 437
_RESOLVE = 0x02 | 0x04 | 0x08  # RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH
_PATH_ONLY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@cache
def has_openat2() -> bool:
    """Whether this kernel (5.6 and newer), and the filter we may run under, have it."""
    fd = _openat2(-100, ".", os.O_PATH)  # AT_FDCWD
    if fd >= 0:
        os.close(fd)
    return fd >= 0 or -fd not in (errno.ENOSYS, errno.EPERM, errno.EINVAL)


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
        root = os.open(self.root, _PATH_ONLY)
        try:
            try:
                found = resolve(root, parts, _PATH_ONLY, by_kernel=self.by_kernel)
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
                    step = os.open(part, _PATH_ONLY, dir_fd=at)
                except FileNotFoundError:
                    with writable(at), suppress(FileExistsError):
                        os.mkdir(part, 0o755, dir_fd=at)
                    self._give(part, at)
                    step = _open(at, part, _PATH_ONLY, "/".join(parts))
                except OSError as error:
                    raise _refused("/".join(parts), error) from None
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
            inner = os.open(name, _PATH_ONLY, dir_fd=at)
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


def resolve(root: int, parts: tuple[str, ...], flags: int, *, by_kernel: bool) -> int:
    """Open a path below the directory `root` without passing through a symlink.

    PathRefused where it would, FileNotFoundError where there is nothing.
    """
    if not parts:
        return os.open(".", flags | os.O_CLOEXEC, dir_fd=root)
    path = "/".join(parts)
    if by_kernel:
        fd = _openat2(root, path, flags)
        if fd >= 0:
            return fd
        raise _refused(path, OSError(-fd, os.strerror(-fd)))
    at = os.dup(root)
    try:
        for part in parts[:-1]:
            step = _open(at, part, _PATH_ONLY, path)
            os.close(at)
            at = step
        return _open(at, parts[-1], flags | os.O_NOFOLLOW | os.O_CLOEXEC, path)
    finally:
        os.close(at)


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


def erase(directory: Path) -> None:
    """Remove a directory of any depth and any modes, without following symlinks; nothing where it is absent.

    Deep nests are lifted to the top one by one, so neither recursion nor descriptors grow with
    them, and what a crash leaves is still in its place.
    """
    try:
        top = os.open(directory, _PATH_ONLY)
    except FileNotFoundError:
        return
    try:
        waiting = _emptied(top)
        lifted = 0
        while waiting:
            name = waiting.pop()
            inner = os.open(name, _PATH_ONLY, dir_fd=top)
            try:
                for deeper in _emptied(inner):
                    lifted += 1
                    _open_up(inner, deeper)  # a directory that moves has to be writable itself
                    waiting.append(f"lifted-{secrets.token_hex(8)}-{lifted}")
                    os.rename(deeper, waiting[-1], src_dir_fd=inner, dst_dir_fd=top)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)
    finally:
        os.close(top)
    os.rmdir(directory)


def _emptied(at: int) -> list[str]:
    """Unlink all that is not a directory; the names of those that are."""
    _allow(at)
    listed = os.open(f"/proc/self/fd/{at}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with os.scandir(listed) as entries:
            names = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    finally:
        os.close(listed)
    for name, is_directory in names:
        if not is_directory:
            os.unlink(name, dir_fd=at)
    return [name for name, is_directory in names if is_directory]


def _open_up(at: int, name: str) -> None:
    inner = os.open(name, _PATH_ONLY, dir_fd=at)
    try:
        _allow(inner)
    finally:
        os.close(inner)


def _allow(directory: int) -> None:
    os.chmod(f"/proc/self/fd/{directory}", 0o700)


def _fill(path: Path, data: bytes, mode: int) -> None:
    fd = os.open(path, _CREATE, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        os.fchmod(fd, mode)


def _open(at: int, name: str, flags: int, path: str) -> int:
    try:
        return os.open(name, flags, dir_fd=at)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _refused(path, error) from None


def _refused(path: str, error: OSError) -> Exception:
    sentences = {
        errno.ELOOP: (f"{path} is a symlink or passes through one.", "Name the real file instead."),
        errno.EXDEV: (f"{path} leaves the tree.", "Name a file inside of it."),
        errno.ENOTDIR: (f"{path} passes through something that is not a directory.", ""),
        errno.ENAMETOOLONG: (f"{path[:80]}... is longer than a path may be.", ""),
        errno.ENXIO: (f"{path} is not a regular file.", ""),
        errno.EACCES: (f"{path} cannot be opened: its mode forbids it.", "Change its mode first."),
    }
    if error.errno in sentences:
        return PathRefused(*sentences[error.errno])
    if error.errno == errno.ENOENT:
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return error


class _How(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_libc = ctypes.CDLL(None, use_errno=True)


def _openat2(at: int, path: str, flags: int) -> int:
    """A descriptor, or a negated errno."""
    how = _How(flags | os.O_CLOEXEC, 0, _RESOLVE)
    name = ctypes.c_char_p(os.fsencode(path))
    for _ in range(16):
        fd: int = _libc.syscall(_OPENAT2, at, name, ctypes.byref(how), ctypes.sizeof(how))
        if fd >= 0:
            return fd
        if ctypes.get_errno() != errno.EAGAIN:  # a rename elsewhere on the machine raced with the look-up
            break
    return -ctypes.get_errno()
