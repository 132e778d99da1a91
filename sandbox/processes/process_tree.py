"""One process tree on the host: started, its output drained into head and tail, watched, and ended.

Built on callbacks of the event loop (pidfd, pipe, timers) instead of tasks and child
watchers: hundreds of commands run per run, and none of them should cost a thread.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import subprocess
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.backend import CommandLimits, CommandOutcome, Kill

TICK = 0.05
"""Seconds between two looks at what a running command uses."""
_CHUNK = 256 * 1024


class Started(Protocol):
    """A process that was started: to be waited for exactly once, when it has ended."""

    @property
    def pid(self) -> int: ...

    def wait(self) -> int:
        """Reap it; its exit code, negative for a signal."""
        ...


@dataclass(frozen=True, slots=True)
class Launch:
    """What to execute on the host. `fds` are inherited under their own numbers."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/"
    stdin: bytes = b""
    fds: tuple[int, ...] = ()
    start: Callable[[Launch, int, int], Started] | None = None
    """Starts it, with descriptors for its input and its output; None starts a child of this process."""


class Guard(Protocol):
    """What knows the process tree of one command: its use, how to end it, and when it is gone."""

    def started(self, pid: int) -> None:
        """The process was started; called once, before anything else."""
        ...

    def look(self) -> Kill | None:
        """A cheap look, on every tick and once more at the end."""
        ...

    def kill(self, pid: int) -> None:
        """Kill the whole tree; `pid` is the process that was started and is not reaped yet."""
        ...

    async def gone(self) -> None:
        """Return when no process of the tree is left, killing what remains."""
        ...

    async def settle(self, exit_code: int) -> Kill | None:
        """A last, thorough look, when all is over."""
        ...


class HeadTail:
    """Keeps the first and the last half of a stream, and counts the rest."""

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self.total = 0

    def feed(self, data: bytes) -> None:
        self.total += len(data)
        room = self._half - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data:
            return
        data = data[-self._half :]
        self._tail.append(data)
        self._tail_size += len(data)
        while self._tail_size - len(self._tail[0]) >= self._half:
            self._tail_size -= len(self._tail.popleft())

    @property
    def dropped(self) -> int:
        return self.total - len(self._head) - min(self._tail_size, self._half)

    def text(self) -> str:
        tail = b"".join(self._tail)[-self._half :]
        if not self.dropped:
            return (bytes(self._head) + tail).decode(errors="replace")
        head = self._head.decode(errors="replace")
        return f"{head}\n[... {self.dropped} bytes left out ...]\n{tail.decode(errors='replace')}"


async def run(launch: Launch, limits: CommandLimits, guard: Guard) -> CommandOutcome:
    """Start, watch, drain and end one process tree; every process of it is gone when this returns or raises."""
    return await _Run(launch, limits, guard).outcome()


class _Run:
    def __init__(self, launch: Launch, limits: CommandLimits, guard: Guard) -> None:
        self._limits = limits
        self._guard = guard
        self._output = HeadTail(limits.output_bytes)
        self._loop = asyncio.get_running_loop()
        self._verdict: asyncio.Future[Kill | None] = self._loop.create_future()
        self._begun = time.monotonic()
        self._pipe, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            os.set_blocking(writer, True)
            os.fchmod(writer, 0o602)  # so that another user, which a box is, can open /dev/stdout
            self._process = _start(launch, writer)
        except BaseException:
            os.close(self._pipe)
            raise
        finally:
            os.close(writer)
        self._pidfd = os.pidfd_open(self._process.pid)
        guard.started(self._process.pid)

    async def outcome(self) -> CommandOutcome:
        self._loop.add_reader(self._pidfd, self._decide, None)
        self._loop.add_reader(self._pipe, self._drain)
        clock = self._loop.call_later(self._limits.wall_seconds, self._decide, Kill.TIMEOUT)
        self._ticker = self._loop.call_later(TICK, self._tick)
        try:
            kill = await self._verdict
        except asyncio.CancelledError:
            await _uninterrupted(self._end(Kill.TIMEOUT))
            raise
        else:
            return await _uninterrupted(self._end(kill))
        finally:
            clock.cancel()

    def _decide(self, kill: Kill | None) -> None:
        if not self._verdict.done():
            self._loop.remove_reader(self._pidfd)
            self._verdict.set_result(kill)

    def _tick(self) -> None:
        kill = self._guard.look()
        if kill is not None:
            self._decide(kill)
        else:
            self._ticker = self._loop.call_later(TICK, self._tick)

    def _drain(self) -> None:
        try:
            data = os.read(self._pipe, _CHUNK)
        except BlockingIOError:
            return
        self._output.feed(data)
        if not data:
            self._loop.remove_reader(self._pipe)
        elif self._output.total > self._limits.output_total_bytes:
            self._decide(Kill.OUTPUT)

    async def _end(self, kill: Kill | None) -> CommandOutcome:
        self._ticker.cancel()
        try:
            if kill is not None:
                self._guard.kill(self._process.pid)
            await exited(self._pidfd)
            code = self._process.wait()
            await self._guard.gone()
            self._loop.remove_reader(self._pipe)
            self._drain_rest()
            exit_code = code if code >= 0 else 128 - code
            # The kernel may have struck between the last tick and the end.
            kill = kill or self._guard.look() or await self._guard.settle(exit_code)
            seconds = time.monotonic() - self._begun
            return CommandOutcome(exit_code, self._output.text(), seconds, kill, self._output.dropped)
        finally:
            self._loop.remove_reader(self._pipe)
            self._loop.remove_reader(self._pidfd)
            os.close(self._pipe)
            os.close(self._pidfd)

    def _drain_rest(self) -> None:
        """What is in the pipe when all writers are gone: at most its capacity."""
        with suppress(BlockingIOError):
            while data := os.read(self._pipe, _CHUNK):
                self._output.feed(data)


async def exited(pidfd: int, seconds: float | None = None) -> bool:
    """Wait until the process of a pidfd has ended; False where it takes longer than `seconds`."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def ended() -> None:
        if not done.done():
            done.set_result(None)

    loop.add_reader(pidfd, ended)
    try:
        await asyncio.wait_for(done, seconds)
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(pidfd)
    return True


def sealed(data: bytes, name: str) -> int:
    """A file in memory that holds `data`, read from its start, and that nobody can change."""
    fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd


def _start(launch: Launch, output: int) -> Started:
    stdin = sealed(launch.stdin, "stdin") if launch.stdin else os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return (launch.start or _child)(launch, stdin, output)
    finally:
        os.close(stdin)


def _child(launch: Launch, stdin: int, output: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        launch.argv,
        stdin=stdin,
        stdout=output,
        stderr=output,
        cwd=launch.cwd,
        env=launch.env,
        pass_fds=launch.fds,
        start_new_session=True,
    )


async def _uninterrupted(work: Coroutine[object, object, CommandOutcome]) -> CommandOutcome:
    """Finish `work` even where we are cancelled (again) meanwhile; the cancellation comes after it."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    return task.result()
