"""A report that is read as it is written: a named pipe in the box's /tmp, whose other end the host holds.

What a process has put into a pipe it cannot take back or write over. So a report that is
followed by another one, or that is written for a second time when the process ends, comes out
as what it is: not one document. Nobody in the box can read from it: whoever gives himself the right to,
or puts another pipe in its place, is seen to do so, and then there is no report.
"""

from __future__ import annotations

import asyncio
import os
import stat
from contextlib import suppress
from pathlib import Path

from sandbox.files.resolve import PATH_ONLY
from sandbox.files.touched import Touched

DIRECTORY = "reports"
MAX_BYTES = 32 * 1024 * 1024
MAX_TAKEN = 1024 * 1024 * 1024
"""Of a report that has more, no more is kept; up to here it is read all the same, so that its writer goes on."""
_CHUNK = 64 * 1024
_WRITE_ONLY = 0o222


class ReportPipe:
    """The reading end; made by `open_pipe`, and used on the event loop that made it."""

    def __init__(self, descriptor: int, touched: Touched) -> None:
        self._descriptor = descriptor
        self._touched = touched
        self._parts: list[bytes] = []
        self._taken = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._read)

    def close(self) -> bytes:
        """What was written; b"" where it was nothing, more than a report has, or may have gone through other hands."""
        while self._read():
            pass
        self._loop.remove_reader(self._descriptor)
        touched = self._touched.close()
        os.close(self._descriptor)
        return b"" if touched else b"".join(self._parts)

    def _read(self) -> int:
        if self._taken > MAX_TAKEN:  # whoever writes more is left waiting, until its time is up
            self._loop.remove_reader(self._descriptor)
            return 0
        with suppress(BlockingIOError):
            data = os.read(self._descriptor, _CHUNK)
            self._taken += len(data)
            self._parts.append(data)
            if self._taken > MAX_BYTES:
                self._parts.clear()
            return len(data)
        return 0


def open_pipe(temporary: Path, name: str) -> ReportPipe | None:
    """A pipe at DIRECTORY/NAME of a box's /tmp, in place of what is there; None for a box that has no /tmp of its own.

    No link is followed. Where a box has made it impossible, there is no pipe either, and so no report.
    """
    try:
        top = os.open(temporary, PATH_ONLY)
    except OSError:
        return None
    try:
        with suppress(FileExistsError):
            os.mkdir(DIRECTORY, dir_fd=top)
        at = os.open(DIRECTORY, PATH_ONLY, dir_fd=top)
        try:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=at)
            os.mkfifo(name, 0o600, dir_fd=at)
            # With a writer of our own there is no end of it to be told again and again.
            descriptor = os.open(name, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                return None
            owner = os.fstat(top)
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
            os.chown(f"/proc/self/fd/{at}", owner.st_uid, owner.st_gid)
            touched = Touched((at, descriptor))  # while it may still be read: the kernel asks for that
            os.fchmod(descriptor, _WRITE_ONLY)
            touched.seen()
            return ReportPipe(descriptor, touched)
        finally:
            os.close(at)
    except OSError:
        return None
    finally:
        os.close(top)
