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
_STORED = b"s"
_END = b"e"
_PATIENCE = 30.0
"""Seconds for the web process to end in order: it finishes the requests that are under way, for ten at most."""
_LOOK_SECONDS = 0.02


@dataclass(slots=True)
class WebBeside:
    """The web process, as the worker beside it has it. `stored` is called when deliveries were stored."""

    pid: int
    _line: socket.socket
    stored: Callable[[], None] = lambda: None

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
        if _said(self._line):
            self.stored()
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


@dataclass(frozen=True, slots=True)
class WorkerBeside:
    """The worker, as the web process beside it has it."""

    _line: socket.socket

    def attend(self, end: Callable[[], None]) -> None:
        """On this loop, call `end` when the process is to end in order. Where the worker is gone, it ends at once."""
        loop = asyncio.get_running_loop()

        def hear() -> None:
            if not _said(self._line):
                os._exit(1)
            loop.remove_reader(self._line)
            end()

        loop.add_reader(self._line, hear)

    def stored(self) -> None:
        """Deliveries were stored. Never waits: where the line is full, the worker has been told and not looked yet."""
        with contextlib.suppress(OSError):
            self._line.send(_STORED)


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
