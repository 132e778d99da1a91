"""One engine per data directory: who comes second waits in line, and can say for whom.

The lock is the kernel's (`flock`), so it is free again however its holder ended. The file's
text only tells who holds it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import UserError

_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lock. `run_id` is empty while it does not work on a run in particular; a server `serves` all."""

    process: int
    run_id: str = ""
    serves: bool = False

    def __str__(self) -> str:
        return f"run {self.run_id} in process {self.process}" if self.run_id else f"process {self.process}"


def is_held(path: Path) -> bool:
    """Whether a process works on a data directory now."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def holder_of(path: Path) -> Holder | None:
    """Who works on a data directory now; None where nobody does, or it is not said yet who that is."""
    try:
        return _read(path.read_bytes()) if is_held(path) else None
    except OSError:
        return None


def _read(text: bytes) -> Holder | None:
    try:
        found = json.loads(text)
        return Holder(int(found["process"]), str(found["run_id"]), bool(found.get("serves")))
    except (ValueError, KeyError, TypeError, AttributeError):  # it is being written at this moment
        return None


class EngineLock:
    """The lock of one data directory, as an async context manager.

    `waiting` is called once for each holder that is waited for. `serves` says that a server takes it.
    """

    def __init__(
        self, path: Path, waiting: Callable[[Holder], None] = lambda holder: None, *, serves: bool = False
    ) -> None:
        self._path = path
        self._waiting = waiting
        self._serves = serves
        self._file = -1

    async def __aenter__(self) -> EngineLock:
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UserError(f"{self._path} cannot be opened: {error.strerror}.", "Check who owns it.") from error
        told: Holder | None = None
        try:
            while not self._taken():
                holder = self._holder()
                if holder is not None and holder != told:
                    self._waiting(holder)
                    told = holder
                await asyncio.sleep(_POLL_SECONDS)
        except BaseException:
            os.close(self._file)
            raise
        self.note("")
        return self

    async def __aexit__(self, *_: object) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)

    def note(self, run_id: str) -> None:
        """Tell those who wait what is being done."""
        text = json.dumps({"process": os.getpid(), "run_id": run_id, "serves": self._serves}).encode()
        os.pwrite(self._file, text.ljust(os.fstat(self._file).st_size), 0)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> Holder | None:
        return _read(os.pread(self._file, 4096, 0))
