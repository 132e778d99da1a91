"""Copying, moving and removing directories that a box has made: links stay links, and are never written through."""

from __future__ import annotations

import errno
import os
import subprocess
from contextlib import suppress
from pathlib import Path

from sandbox.files.erase import empty, erase

_COPY_SECONDS = 600


def copy(source: Path, target: Path) -> bool:
    """Copy with modes, owners, times, links and hard links, sharing blocks where the file system can."""
    argv = ["cp", "-a", "--reflink=auto", "--no-target-directory", "--", str(source), str(target)]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COPY_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def move(source: Path, target: Path) -> bool:
    """Move a home, leaving an empty one of the same owner; copied where the file systems differ."""
    fresh = source.with_name(f"{source.name}.fresh")
    try:
        at = source.lstat()
        with suppress(FileNotFoundError):
            target.rmdir()
        remove(fresh)
        fresh.mkdir(mode=0o755)
        os.chown(fresh, at.st_uid, at.st_gid, follow_symlinks=False)
        source.rename(target)
        fresh.rename(source)
    except OSError as error:
        remove(fresh)
        if error.errno != errno.EXDEV or not copy(source, target):
            return False
        empty(source)
    return True


def remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    with suppress(OSError):
        erase(path)
