"""Whether others have laid hands on files and directories that they may write: renamed, removed or replaced them,
added names to them, or changed their modes. The kernel tells it of the things themselves, whatever their names."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from contextlib import suppress

_ATTRIB, _MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x4, 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF = 0x400, 0x800
_ANYTHING = _ATTRIB | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_libc = ctypes.CDLL(None, use_errno=True)


class Touched:
    """Watches what these descriptors are of, from now until it is closed.

    Each has to be readable for us now. Reading and writing what is there counts for nothing. Where the kernel has no
    watches left, nothing is seen.
    """

    def __init__(self, descriptors: Sequence[int]) -> None:
        self._watch: int = _libc.inotify_init1(_FLAGS)
        for one in descriptors if self._watch >= 0 else ():
            _libc.inotify_add_watch(self._watch, f"/proc/self/fd/{one}".encode(), _ANYTHING)

    def seen(self) -> bool:
        """Whether anything was touched since it was asked for the last time."""
        if self._watch >= 0:
            with suppress(BlockingIOError):
                return bool(os.read(self._watch, 64 * 1024))
        return False

    def close(self) -> bool:
        """The same, for the last time."""
        try:
            return self.seen()
        finally:
            if self._watch >= 0:
                os.close(self._watch)
