"""How a path below a directory is opened without passing through a symlink.

The kernel does it (openat2), or where it cannot, we do, one component at a time.
"""

from __future__ import annotations

import ctypes
import errno
import os
from functools import cache

from sandbox.errors import PathRefused

PATH_ONLY = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

_OPENAT2 = 437
_RESOLVE = 0x02 | 0x04 | 0x08  # RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH


@cache
def has_openat2() -> bool:
    """Whether this kernel (5.6 and newer), and the filter we may run under, have it."""
    fd = _openat2(-100, ".", os.O_PATH)  # AT_FDCWD
    if fd >= 0:
        os.close(fd)
    return fd >= 0 or -fd not in (errno.ENOSYS, errno.EPERM, errno.EINVAL)


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
        raise refused(path, OSError(-fd, os.strerror(-fd)))
    at = os.dup(root)
    try:
        for part in parts[:-1]:
            step = open_at(at, part, PATH_ONLY, path)
            os.close(at)
            at = step
        return open_at(at, parts[-1], flags | os.O_NOFOLLOW | os.O_CLOEXEC, path)
    finally:
        os.close(at)


def open_at(at: int, name: str, flags: int, path: str) -> int:
    """Open one component; what the kernel refuses is told of the whole `path`."""
    try:
        return os.open(name, flags, dir_fd=at)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise refused(path, error) from None


def refused(path: str, error: OSError) -> Exception:
    """The kernel's refusal as PathRefused with its reason; any other error as it is."""
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
