"""The web part of `serve` in a process of its own: what handles deliveries makes none wait that comes in.

It is forked before anything runs, and shares with the worker beside it one socket pair: over that it says that
deliveries were stored, and is asked to end. Neither outlives the other: a part that is gone takes the whole with it,
and whatever supervises that starts it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from sandbox.errors import UserError

_PR_SET_PDEATHSIG = 1
_END = b"e"
_MOST_TOLD = 255
_TELL_SECONDS = 0.005
"""Between two words to the worker: a word for each commit would cost it a twentieth of a processor."""
_PATIENCE = 30.0
"""Seconds for the web process to end in order: it finishes the requests that are under way, for ten at most."""
_LOOK_SECONDS = 0.02


@dataclass(slots=True)
class WebBeside:
    """The web process, as the worker beside it has it. `stored` is called when so many deliveries were stored."""

    pid: int
    _line: socket.socket
    stored: Callable[[int], None] = lambda number: None

    @contextlib.asynccontextmanager
    async def together(self, gone: Callable[[], None]) -> AsyncIterator[None]:
        """Until the block is left; then the process is asked to end, too. `gone` is called where it ends before.

        UserError where it was ended by a signal; SystemExit with its code where it ended for what it has told itself.
        """
        asyncio.get_running_loop().add_reader(self._line, self._hear, gone)
        try:
            yield
        except BaseException:
            await self._end()
            raise
        code = await self._end()
        if code > 0:
            raise SystemExit(code)
        if code < 0:
            raise UserError(
                f"The part that takes in webhooks was ended by {signal.Signals(-code).name}, so all was ended.",
                "Start it again; nothing that was acknowledged is lost.",
            )

    def ask_to_end(self) -> None:
        """In order: what it has begun to answer, it answers."""
        with contextlib.suppress(OSError):
            self._line.send(_END)

    def _hear(self, gone: Callable[[], None]) -> None:
        if told := _said(self._line):
            self.stored(sum(told))
            return
        asyncio.get_running_loop().remove_reader(self._line)
        gone()

    async def _end(self) -> int:
        self.ask_to_end()
        asyncio.get_running_loop().remove_reader(self._line)
        try:
            return await self._ended()
        finally:
            self._line.close()

    async def _ended(self) -> int:
        deadline, killed = time.monotonic() + _PATIENCE, False
        while (code := self._code()) is None:
            if time.monotonic() > deadline and not killed:  # in a request that takes too long: what counts is stored
                os.kill(self.pid, signal.SIGKILL)
                killed = True
            await asyncio.sleep(_LOOK_SECONDS)
        return 0 if killed else code

    def _code(self) -> int | None:
        """How it ended, None while it has not."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None


@dataclass(slots=True)
class WorkerBeside:
    """The worker, as the web process beside it has it."""

    _line: socket.socket
    _untold: int = 0
    _resting: bool = False

    def attend(self, end: Callable[[], None]) -> None:
        """On this loop, call `end` when the process is to end in order. Where the worker is gone, it ends at once."""
        loop = asyncio.get_running_loop()

        def hear() -> None:
            if not _said(self._line):
                os._exit(1)
            loop.remove_reader(self._line)
            end()

        loop.add_reader(self._line, hear)

    def stored(self, number: int) -> None:
        """So many deliveries were stored. The worker hears of it at once, or a moment after what it heard last."""
        self._untold += number
        if not self._resting:
            self._tell()

    def _tell(self) -> None:
        """Never waits: where the line is full, the worker has been told and not looked yet."""
        number, self._untold = min(self._untold, _MOST_TOLD), 0
        with contextlib.suppress(OSError):
            self._line.send(bytes((number,)))
        self._resting = True
        asyncio.get_running_loop().call_later(_TELL_SECONDS, self._rested)

    def _rested(self) -> None:
        self._resting = False
        if self._untold:
            self._tell()


def _said(line: socket.socket) -> bytes:
    """What came; b"" where the other end is gone, also one that was killed before it had read all (a reset, then)."""
    try:
        return line.recv(4096)
    except ConnectionError:
        return b""


def parted() -> WebBeside | WorkerBeside:
    """Become two processes; each gets what it has of the other. Called before there is a thread or a loop."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        theirs.close()
        return WebBeside(pid, ours)
    ours.close()
    # At once, also where this process hangs; and it may have happened before it was asked for.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    return WorkerBeside(theirs)
