"""An open bubblewrap box: how one command in it is started, counted, ended and judged."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.backend import WORK, BoxCommand, BoxSpec, CommandOutcome, Kill, Mount
from sandbox.boxes import seccomp, view
from sandbox.boxes.at_work import CommandsAtWork
from sandbox.boxes.stage import Stage
from sandbox.errors import SandboxUnavailable
from sandbox.host import toolchains
from sandbox.limits import limits, slots
from sandbox.limits.disk import Disk, DiskWatch
from sandbox.network import allow_list
from sandbox.network.gateway import Gateway
from sandbox.network.outbound import Outbound
from sandbox.processes import process_tree
from sandbox.processes.launcher import Launcher
from sandbox.processes.spawner import Spawner

HOST_ENV = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
"""The environment of the programs that start a command, before bubblewrap gives it its own."""

_MARK = "pullwright-box:"
_LAST_WAIT = 5.0


@dataclass(frozen=True, slots=True)
class Host:
    """What all boxes of a backend share."""

    executable: str
    isolation: tuple[str, ...]
    uid: int
    """Whom boxes run as where we are root."""
    tools: toolchains.Toolchains
    groups: slots.Cgroups | None
    outbound: Outbound
    gateway: Gateway | None = None
    """Registries that want credentials, which no box sees."""


class BubblewrapBox:
    """A box over one tree; made by `Bubblewrap.open`."""

    def __init__(self, host: Host, spec: BoxSpec, mounts: Sequence[Mount], stage: Stage) -> None:
        self._host = host
        self._spec = spec
        self._stage = stage
        self._outbound = host.outbound.of_one_box()
        self._view = view.directories(spec, mounts, stage)
        writable = [spec.home, spec.temporary, *(m.source for m in spec.mounts if m.writable)]
        tree = [spec.tree, *(laid.upper for laid in spec.tree_layers)] if spec.tree_writable else []
        self._disk = Disk([*tree, *writable])
        self._idle: list[Launcher] = []
        self._commands = CommandsAtWork()

    @property
    def spec(self) -> BoxSpec:
        return self._spec

    async def run(self, command: BoxCommand) -> CommandOutcome:
        """Run to the end or to a limit; every process it started is gone when this returns."""
        return await self._commands.run(self._metered(command))

    async def close(self) -> None:
        """End what still runs, and leave nothing behind."""
        await self._commands.end()
        for post in self._idle:
            post.close()
        self._stage.close()

    async def _metered(self, command: BoxCommand) -> CommandOutcome:
        """Run at a post of its own, with a control group to count where there are any."""
        post = self._idle.pop() if self._idle else self._post()
        try:
            spawner = await post.ready(command.limits)
            return await self._networked(command, post.slot or limits.ProcessTally(command.limits), spawner)
        finally:
            self._idle.append(post)

    def _post(self) -> Launcher:
        groups = self._host.groups
        slot = groups.slot(self._spec.name) if groups is not None else None
        user = self._host.uid if self._stage.user is None else self._stage.user
        return Launcher(slot, self._stage.enter, user, HOST_ENV)

    async def _networked(self, command: BoxCommand, meter: limits.Meter, spawner: Spawner) -> CommandOutcome:
        """Run with the proxy, where hosts are allowed."""
        if not command.network:
            return await self._run(command, meter, spawner, None)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        proxy = allow_list.Proxy(command.network, self._outbound, self._host.gateway)
        serving = asyncio.ensure_future(proxy.take(ours))
        try:
            outcome = await self._run(command, meter, spawner, theirs)
            return replace(outcome, refused=proxy.refused)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            await proxy.close()
            theirs.close()
            ours.close()

    async def _run(
        self, command: BoxCommand, meter: limits.Meter, spawner: Spawner, way: socket.socket | None
    ) -> CommandOutcome:
        watch = DiskWatch(self._disk, command.limits, await self._disk.baseline(command.limits))
        descriptors = Descriptors()
        try:
            guard = BoxGuard(meter, watch, descriptors.status_reader)
            launch = self._launch(command, spawner, way, descriptors)
            return guard.judged(await process_tree.run(launch, command.limits, guard))
        finally:
            descriptors.close()

    def _launch(
        self, command: BoxCommand, spawner: Spawner, way: socket.socket | None, descriptors: Descriptors
    ) -> process_tree.Launch:
        tools, proxied = self._host.tools, allow_list.variables() if way else {}
        arguments = (
            *self._host.isolation,
            *self._view,
            *descriptors.arguments(),
            *view.setting(view.environment(tools.path, tools.env, proxied, self._spec.env, command.env)),
            *("--chdir", os.path.normpath(os.path.join(WORK, command.cwd))),
        )
        argv = (
            *(self._host.executable, "--unsetenv", mark(self._spec.name)),
            *("--args", str(descriptors.file(view.encode(arguments))), "--"),
            *(() if self._host.groups else limits.rlimits(command.limits)),
            *(allow_list.launcher(str(toolchains.interpreter()), way.fileno()) if way else ()),
            *(command.argv or ("bash", "-c", command.shell)),
        )
        inherited = (*descriptors.inherited, *((way.fileno(),) if way else ()))
        return process_tree.Launch(argv=argv, stdin=command.stdin, fds=inherited, start=spawner)


class Descriptors:
    """The files that bubblewrap reads for one command, and the pipe in which it says how it went."""

    def __init__(self) -> None:
        self.status_reader, self._status_writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self.inherited = [self._status_writer]

    def file(self, data: bytes) -> int:
        """A sealed file for bubblewrap to read once."""
        fd = process_tree.sealed(data, "bwrap")
        self.inherited.append(fd)
        return fd

    def arguments(self) -> list[str]:
        """The arguments that name descriptors."""
        return ["--json-status-fd", str(self._status_writer), "--seccomp", str(self.file(seccomp.program()))]

    def close(self) -> None:
        for fd in (self.status_reader, *self.inherited):
            os.close(fd)


class BoxGuard:
    """Knows one command's processes: the one we started, and the first of the box's process namespace."""

    def __init__(self, meter: limits.Meter, watch: DiskWatch, status: int) -> None:
        self._meter = meter
        self._watch = watch
        self._status_fd = status
        self._status = b""
        self._killed = False

    def started(self, pid: int) -> None:
        if isinstance(self._meter, limits.ProcessTally):
            self._meter.pid = pid

    def look(self) -> Kill | None:
        return self._meter.look() or self._watch.look()

    def kill(self, pid: int) -> None:
        self._killed = True
        # The only child is the first process of the namespace, and the kernel takes the others with it.
        for victim in (*limits.children(pid), pid):
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait for the first process of the namespace: it is the last to go, by the kernel's word."""
        first = self._told().get("child-pid")
        if first:
            with suppress(ProcessLookupError):
                pidfd = os.pidfd_open(first)
                try:
                    await process_tree.exited(pidfd, _LAST_WAIT)
                finally:
                    os.close(pidfd)
        pause = 0.001
        while not self._meter.empty():
            self._meter.kill()
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)

    async def settle(self, exit_code: int) -> Kill | None:
        return await self._watch.settle(exit_code)

    def judged(self, outcome: CommandOutcome) -> CommandOutcome:
        """The outcome, unless the box did not come about: then SandboxUnavailable with bubblewrap's words."""
        if outcome.killed or self._killed or "exit-code" in self._told():
            return outcome
        complaint = outcome.output.strip()
        if complaint.startswith("bwrap: execvp"):
            return replace(outcome, exit_code=127)
        if complaint.startswith("bwrap: Can't chdir"):
            return replace(outcome, exit_code=126)
        raise SandboxUnavailable(
            f"A box could not be made: {complaint or 'no reason given'}.", "Run `pullwright doctor`."
        )

    def _told(self) -> Mapping[str, int]:
        """What bubblewrap has written so far: its child's pid, and at the end the exit code."""
        with suppress(BlockingIOError):
            while data := os.read(self._status_fd, 4096):
                self._status += data
        told: dict[str, int] = {}
        for line in self._status.splitlines():
            told |= {key: value for key, value in json.loads(line).items() if isinstance(value, int)}
        return told


def mark(box: str) -> str:
    """A word among bubblewrap's arguments that says whose it is, for `orphans`."""
    return _MARK + box


def orphans(live: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Bubblewrap processes, as (box, pid), that outlived the process they worked for, live boxes excepted."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            words = Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
            names = [word[len(_MARK) :].decode() for word in words if word.startswith(_MARK.encode())]
            if names and names[0] not in live and limits.parent(int(entry)) == 1:
                yield names[0], int(entry)
