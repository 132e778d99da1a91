"""The host's end of a zygote: starts it where commands are to run, and has it start them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from sandbox.errors import SandboxUnavailable
from sandbox.host import toolchains
from sandbox.processes import process_tree, zygote

_PATIENCE = 20.0
"""Seconds for an answer of the zygote: it may be held back by its control group's share of the processors."""


class Spawner:
    """Starts one command at a time; made by `open`. A spawner that has failed stays `dead`."""

    def __init__(self, process: subprocess.Popen[bytes], door: socket.socket) -> None:
        self._process = process
        self._door = door
        self.dead = False

    @classmethod
    async def open(cls, way: Sequence[str], uid: int, env: Mapping[str, str]) -> Spawner:
        """Start a zygote behind `way`, an argv that leads to its control groups and namespace."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # Read by root in a namespace of root's; what a repository says reaches it only as the box's user.
            program = (str(toolchains.interpreter()), "-I", "-S", zygote.__file__, str(theirs.fileno()), str(uid))
            process = subprocess.Popen(  # noqa: ASYNC220 (returns when the program was started)
                (*way, *program),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env=env,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        spawner = cls(process, ours)
        try:
            await spawner._ready()
        except BaseException:
            spawner.close()
            raise
        return spawner

    @property
    def pid(self) -> int:
        """The zygote's."""
        return self._process.pid

    def __call__(self, launch: process_tree.Launch, stdin: int, output: int) -> process_tree.Started:
        """Start a command. Its directory and environment are the zygote's."""
        argv = process_tree.sealed(b"".join(os.fsencode(word) + b"\0" for word in launch.argv), "argv")
        try:
            numbers = " ".join(map(str, launch.fds)) or " "
            answer = self._asked(numbers.encode(), (argv, stdin, output, *launch.fds))
        finally:
            os.close(argv)
        if answer is None:
            raise SandboxUnavailable("The process that starts commands has ended.", "Try again.")
        if answer.startswith(b"-"):
            number = int(answer[1:])
            raise OSError(number, os.strerror(number), launch.argv[0])
        return _Command(self, int(answer))

    def wait(self) -> int:
        """Reap the command; its exit code, negative for a signal."""
        answer = self._asked(b"wait")
        return -signal.SIGKILL if answer is None else os.waitstatus_to_exitcode(int(answer))

    def close(self) -> None:
        """End the zygote, and with it what it started."""
        self.dead = True
        self._door.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()

    async def _ready(self) -> None:
        self._door.setblocking(False)
        async with asyncio.timeout(_PATIENCE):
            said = await asyncio.get_running_loop().sock_recv(self._door, 64)
        self._door.settimeout(_PATIENCE)
        if said != b"ready":
            assert self._process.stderr is not None, "a pipe was asked for"
            complaint = self._process.stderr.read(4096).decode(errors="replace").strip()
            raise SandboxUnavailable(
                f"Commands cannot be started in the sandbox: {complaint or 'no reason given'}.",
                "Run `pullwright doctor`.",
            )
        if os.geteuid() == 0 and _network(self.pid) == _network(os.getpid()):
            raise SandboxUnavailable("Commands would be started in the network of this machine.")

    def _asked(self, packet: bytes, fds: Sequence[int] = ()) -> bytes | None:
        """The answer, or None from a zygote that is no more: the kernel may have taken it with a command."""
        try:
            socket.send_fds(self._door, [packet], fds)
            answer = self._door.recv(64)
        except (ConnectionError, TimeoutError):
            answer = b""
        self.dead = self.dead or not answer
        return answer or None


def _network(pid: int) -> int:
    """Which network namespace a process is in."""
    return os.stat(f"/proc/{pid}/ns/net").st_ino


class _Command:
    """A command that a zygote started."""

    def __init__(self, spawner: Spawner, pid: int) -> None:
        self.pid = pid
        self._spawner = spawner

    def wait(self) -> int:
        return self._spawner.wait()
