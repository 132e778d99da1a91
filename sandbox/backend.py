"""The protocol of a sandbox: open a box for a run's tree, run commands in it, get outcomes as data.

A command's failure is never an exception: exit code, kill reason and output are facts in
`CommandOutcome`. Exceptions mean that the sandbox itself could not do its work
(`SandboxUnavailable`) or that we were cancelled (`asyncio.CancelledError`, after the whole
process tree was killed).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

WORK = "/work"
"""Where a box sees the run's tree, whatever its path on the host."""

HOME = "/home/box"
"""The box's home: a writable directory of its own that lives as long as the box (caches, tool state)."""

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CommandLimits:
    """What one command may use. The sums count over all its processes together."""

    memory_bytes: int = 4096 * MIB
    processes: int = 512
    cpus: float = 2.0
    wall_seconds: float = 600.0
    output_bytes: int = 64 * 1024
    """How much output is kept: half from its head, half from its tail; the rest is counted."""
    output_total_bytes: int = 256 * MIB
    """How much output is drained before the command is killed with reason OUTPUT."""
    disk_bytes: int = 4096 * MIB
    """Growth of everything writable in the box before the command is killed with reason DISK."""
    files: int = 400_000
    """New files and directories, likewise DISK."""
    file_bytes: int = 1024 * MIB
    """One file's size (RLIMIT_FSIZE); a command that hits it gets reason DISK."""

    def within(self, seconds: float) -> CommandLimits:
        """The same limits with the wall clock cut to at most `seconds`."""
        return replace(self, wall_seconds=min(self.wall_seconds, seconds))


class Kill(StrEnum):
    """Why the sandbox ended a command before it ended by itself."""

    MEMORY = "memory"
    PROCESSES = "processes"
    TIMEOUT = "timeout"
    OUTPUT = "output"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Mount:
    """A host path made visible in a box at the absolute path `target`, read-only unless `writable`."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class TreeLayer:
    """A host directory `lower` whose contents a box has at `path` of its tree, and never writes.

    What it changes goes to `upper`, a host directory that no box can replace.
    """

    lower: Path
    upper: Path
    path: str


@dataclass(frozen=True, slots=True)
class BoxCommand:
    """What to run: an argv, or one line for `bash -c` when `shell` is set (then `argv` is empty)."""

    argv: tuple[str, ...] = ()
    shell: str = ""
    cwd: str = "."
    """Relative to the tree."""
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    limits: CommandLimits = CommandLimits()
    network: frozenset[str] = frozenset()
    """Hosts that may be reached through the proxy, as `name` (port 443) or `name:port`. Empty: no network at all."""

    @property
    def line(self) -> str:
        """The command as one would type it."""
        import shlex

        return self.shell or shlex.join(self.argv)


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What became of a command.

    `exit_code` is the shell's view (128 + signal where a signal ended it); `killed` is set
    when the sandbox ended it. `output` is stdout and stderr interleaved, decoded with
    replacement, head and tail kept with a line between them saying how much is missing.
    """

    exit_code: int
    output: str
    seconds: float
    killed: Kill | None = None
    dropped_bytes: int = 0
    refused: tuple[str, ...] = ()
    """What the proxy refused, as sentences without their stops, each with its remedy where there is one."""

    @property
    def ok(self) -> bool:
        return self.exit_code == 0 and self.killed is None


@dataclass(frozen=True, slots=True)
class BoxSpec:
    """What a box is made from. `name` is unique among live boxes and follows from the run's id."""

    name: str
    tree: Path
    """Host directory that the box sees, writable, at /work."""
    home: Path
    """Host directory that the box sees, writable, at HOME. The one it lies in is not for boxes to write."""
    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    tree_writable: bool = True
    lower: Path | None = None
    """Host directory whose contents are in HOME, too, and are never written: what the box changes goes to `home`."""
    tree_layers: tuple[TreeLayer, ...] = ()
    """What a set-up made in a tree like this one, instead of a copy of it."""

    @property
    def temporary(self) -> Path:
        """The host directory that is the box's /tmp: beside its home, where the disk bound counts it.

        Never below it: the host resolves this path for each command, and what a box can write it can
        also replace by a link, to the host's root for example.
        """
        return self.home.with_name(f"{self.home.name}.tmp")


class Box(Protocol):
    """An open sandbox over one tree. Commands in it may run one after the other or side by side."""

    @property
    def spec(self) -> BoxSpec: ...

    async def run(self, command: BoxCommand) -> CommandOutcome:
        """Run to the end or to a limit; every process it started is gone when this returns."""
        ...


@dataclass(frozen=True, slots=True)
class HostFinding:
    """One line of `doctor`: what was looked at, whether it is good, and what to do if it is not."""

    subject: str
    ok: bool
    detail: str
    remedy: str = ""
    fatal: bool = True
    """A finding that is not ok and not fatal is a warning."""


class Backend(Protocol):
    """A way of making boxes. `name` is what the user writes in the settings."""

    @property
    def name(self) -> str: ...

    def check(self) -> list[HostFinding]:
        """What this backend can and cannot hold on this machine; runs a trial box, takes under a second."""
        ...

    def open(self, spec: BoxSpec) -> AbstractAsyncContextManager[Box]:
        """A box for the tree; on exit, everything that still runs in it is killed and its cgroup removed."""
        ...

    async def layers(self, spec: BoxSpec) -> bool:
        """Whether a box can have the `lower` of this spec, and layers of the same file systems in its tree. Where not,
        whoever asks copies what would lie there."""
        ...

    def own(self, path: Path) -> None:
        """Hand a host directory (recursively) to the user that boxes run as. A no-op where that is us."""
        ...

    def sweep(self, live: frozenset[str]) -> list[str]:
        """Kill and remove what boxes not named in `live` left behind; returns their names."""
        ...
