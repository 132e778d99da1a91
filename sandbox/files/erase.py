"""Removing a directory of any depth and any modes, as a hostile tree may leave it."""

from __future__ import annotations

import os
import secrets
import subprocess
from contextlib import suppress
from pathlib import Path

from sandbox.files.resolve import PATH_ONLY

_SECONDS = 600.0


def erase(directory: Path) -> None:
    """Remove the directory without following symlinks; nothing where it is absent."""
    try:
        empty(directory)
    except FileNotFoundError:
        return
    os.rmdir(directory)


def erase_large(directory: Path) -> None:
    """The same for what may hold many files: most of it by a process of its own, which no thread of ours keeps waiting.

    Each removal here would give Python's lock away and wait for it: a minute for node_modules on a busy machine. What
    that process cannot remove, or does not come to, is left to `erase`.
    """
    line = ["rm", "-rf", "--one-file-system", "--", os.path.abspath(directory)]
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=False,
        )
    erase(directory)


def empty(directory: Path) -> None:
    """Remove all that is in the directory, without following symlinks. FileNotFoundError where it is absent.

    Deep nests are lifted to the top one by one, so neither recursion nor descriptors grow with
    them, and what a crash leaves is still in its place.
    """
    top = os.open(directory, PATH_ONLY)
    try:
        waiting = _emptied(top)
        lifted = 0
        while waiting:
            name = waiting.pop()
            inner = os.open(name, PATH_ONLY, dir_fd=top)
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
    inner = os.open(name, PATH_ONLY, dir_fd=at)
    try:
        _allow(inner)
    finally:
        os.close(inner)


def _allow(directory: int) -> None:
    os.chmod(f"/proc/self/fd/{directory}", 0o700)
