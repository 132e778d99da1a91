"""No sandbox: commands run as this user on this machine, for people who say so by name.

What still holds: the clean environment, wall clock, output cap, and, on a best effort, the
counts of processes, memory and disk. What does not: a command reads and writes whatever this
user may, reaches the network, and may hide from its end by clearing its environment.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sandbox.backend import Box, BoxCommand, BoxSpec, CommandOutcome, HostFinding, Kill
from sandbox.boxes import view
from sandbox.boxes.at_work import CommandsAtWork
from sandbox.limits import limits
from sandbox.limits.disk import Disk, DiskWatch
from sandbox.processes import process_tree

_MARK = "PULLWRIGHT_BOX"


class UnsafeLocal:
    """Boxes that are none. The tree is at its host path: nothing is at /work."""

    name = "unsafe_local"

    def check(self) -> list[HostFinding]:
        detail = "Commands of the model and of the repository run on this machine without isolation."
        remedy = "Set PULLWRIGHT_SANDBOX=bubblewrap for anything you have not written yourself."
        return [HostFinding("sandbox", False, detail, remedy, fatal=False)]

    @asynccontextmanager
    async def open(self, spec: BoxSpec) -> AsyncIterator[Box]:
        box = LocalBox(spec)
        try:
            yield box
        finally:
            await box.close()

    async def layers(self, spec: BoxSpec) -> bool:
        """Nothing is mounted here."""
        return False

    def own(self, path: Path) -> None:
        """A no-op: commands run as we do."""

    def sweep(self, live: frozenset[str]) -> list[str]:
        """Kill what carries the mark of a box that is not live, where its parent is gone."""
        names = set()
        for pid, name in _marked():
            if name not in live and limits.parent(pid) == 1:
                _kill(pid)
                names.add(name)
        return sorted(names)


class LocalBox:
    """One tree, and the processes that carry its mark in their environment."""

    def __init__(self, spec: BoxSpec) -> None:
        self._spec = spec
        self._disk = Disk([spec.tree, spec.home])
        self._commands = CommandsAtWork()

    @property
    def spec(self) -> BoxSpec:
        return self._spec

    async def run(self, command: BoxCommand) -> CommandOutcome:
        """Run to the end or to a limit, as far as the processes can be found."""
        return await self._commands.run(self._run(command))

    async def close(self) -> None:
        """End what still runs."""
        await self._commands.end()
        for pid, name in _marked():
            if name == self._spec.name:
                _kill(pid)

    async def _run(self, command: BoxCommand) -> CommandOutcome:
        path = os.environ.get("PATH", os.defpath)
        env = view.environment(path, self._spec.env, {"HOME": str(self._spec.home)}, command.env)
        inside = command.argv or ("bash", "-c", command.shell)
        if shutil.which(inside[0], path=env["PATH"]) is None and "/" not in inside[0]:
            return CommandOutcome(127, f"{inside[0]}: command not found\n", 0.0)
        watch = DiskWatch(self._disk, command.limits, await self._disk.baseline(command.limits))
        guard = _Guard(limits.ProcessTally(command.limits), watch, self._spec.name)
        launch = process_tree.Launch(
            argv=(*limits.launcher((), command.limits), *inside),
            env={**env, _MARK: self._spec.name},
            cwd=str(self._spec.tree / command.cwd),
            stdin=command.stdin,
        )
        try:
            return await process_tree.run(launch, command.limits, guard)
        except FileNotFoundError as error:
            return CommandOutcome(126, f"{error.filename}: {error.strerror}\n", 0.0)


class _Guard:
    def __init__(self, meter: limits.ProcessTally, watch: DiskWatch, box: str) -> None:
        self._meter = meter
        self._watch = watch
        self._box = box

    def started(self, pid: int) -> None:
        self._meter.pid = pid

    def look(self) -> Kill | None:
        return self._meter.look() or self._watch.look()

    def kill(self, pid: int) -> None:
        self._meter.kill()
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)

    async def gone(self) -> None:
        """What is left of the command's session: its group, and whoever left the group."""
        for _ in range(200):
            left = [pid for pid, name in _marked() if name == self._box and limits.session(pid) == self._meter.pid]
            left += list(limits.descendants(self._meter.pid))
            if not left:
                return
            for pid in left:
                _kill(pid)
            await asyncio.sleep(0.01)

    async def settle(self, exit_code: int) -> Kill | None:
        return await self._watch.settle(exit_code)


def _marked() -> Iterator[tuple[int, str]]:
    """Processes with a box's mark, and the box."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                words = Path("/proc", entry, "environ").read_bytes().split(b"\0")
                found = [word for word in words if word.startswith(f"{_MARK}=".encode())]
                if found:
                    yield int(entry), found[0].partition(b"=")[2].decode(errors="replace")


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
