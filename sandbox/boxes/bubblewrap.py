"""The bubblewrap backend: every command in namespaces of its own, with nothing of the host but tools.

Two chains of programs, in each one process that becomes the next. The first is started once
per control group of a box, and the second by its last link, once per command:

    /bin/sh     joins the control groups, limits file sizes            (root, or the user)
    nsenter     goes to the box's stage                                (only where we are root)
    unshare     makes a network namespace with nothing in it           (only where we are root)
    zygote.py   becomes the box's user, and waits for commands         (the box's user)

    bwrap       builds the namespaces, drops everything, filters calls (the box's user)
    prlimit     bounds processes and memory                            (only without control groups)
    python      hands out the proxy's listening socket                 (only with network)
    the command

Nothing that a repository could choose reaches a program that has more rights than the box's
user: environment, arguments and directories inside go to bwrap through a sealed file.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from pathlib import Path

from sandbox.backend import Box, BoxCommand, BoxSpec, CommandLimits, HostFinding, Mount
from sandbox.boxes import bubblewrap_check, inner_mounts, seccomp, skeleton, stage, view
from sandbox.boxes.box import HOST_ENV, BubblewrapBox, Host, orphans
from sandbox.errors import SandboxUnavailable
from sandbox.files.erase import erase
from sandbox.host import temporary, toolchains
from sandbox.limits import cgroups, slots
from sandbox.network.gateway import Gateway
from sandbox.network.outbound import Outbound

_log = logging.getLogger(__name__)

BOX_UID = 64321
"""Who boxes run as where we are root: a number that no distribution gives to anybody."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Bubblewrap:
    """Boxes by bubblewrap. With `strict`, a machine without writable control groups is refused.

    `uid` is whom boxes run as where we are root (otherwise they run as we do);
    `extra_toolchains` are host directories to show read-only and, or their `bin`, on PATH.
    `outbound` is how the proxy reaches the world, and `gateway` what it fetches with credentials;
    `cgroup_root` is where control groups are mounted.
    """

    name = "bubblewrap"

    def __init__(
        self,
        *,
        strict: bool = False,
        uid: int | None = None,
        extra_toolchains: Sequence[Path] = (),
        outbound: Outbound | None = None,
        gateway: Gateway | None = None,
        cgroup_root: Path = cgroups.ROOT,
    ) -> None:
        self.strict = strict
        self.uid = (uid or BOX_UID) if os.geteuid() == 0 else os.geteuid()
        self._extra = tuple(extra_toolchains)
        self._outbound = outbound or Outbound()
        self._gateway = gateway
        self._cgroup_root = cgroup_root
        self._layered: dict[tuple[int, int], bool] = {}

    @cached_property
    def executable(self) -> str:
        """Where bwrap is; SandboxUnavailable with the command that installs it."""
        found = shutil.which("bwrap", path=HOST_ENV["PATH"])
        if found is None:
            raise SandboxUnavailable("bubblewrap is not installed.", bubblewrap_check.INSTALL)
        return found

    @cached_property
    def cgroups(self) -> slots.Cgroups | str:
        """The control groups we have, or the reason why not."""
        return cgroups.find(self._cgroup_root)

    @cached_property
    def tools(self) -> toolchains.Toolchains:
        return toolchains.discover(os.environ.get("PATH", ""), Path.home(), self._extra)

    @cached_property
    def version(self) -> tuple[int, ...]:
        said = subprocess.run([self.executable, "--version"], capture_output=True, text=True, check=False).stdout
        return tuple(int(part) for part in said.split()[-1].split(".")) if said else ()

    @cached_property
    def _host(self) -> Host:
        return Host(
            executable=self.executable,
            isolation=view.isolation(no_nested_namespaces=self.version >= (0, 8), network=os.geteuid() != 0),
            uid=self.uid,
            tools=self.tools,
            groups=None if isinstance(self.cgroups, str) else self.cgroups,
            outbound=self._outbound,
            gateway=self._gateway,
        )

    @cached_property
    def _mounts(self) -> tuple[Mount, ...]:
        return toolchains.outermost((*self.tools.mounts, *toolchains.interpreter_mounts()))

    def check(self) -> list[HostFinding]:
        """What holds here, with a trial box; runs beside a running event loop too."""
        try:
            findings = [bubblewrap_check.installed(self.version)]
        except SandboxUnavailable as missing:
            return [HostFinding("bubblewrap", False, missing.sentence, missing.remedy)]
        reason, version = (self.cgroups, 0) if isinstance(self.cgroups, str) else ("", self.cgroups.version)
        findings.append(bubblewrap_check.bounded(reason, version, strict=self.strict))
        with ThreadPoolExecutor(1) as thread:
            complaint = thread.submit(lambda: asyncio.run(self._trial())).result()
        return [*findings, bubblewrap_check.trial(complaint)]

    async def _trial(self) -> str:
        """Open a box and run a command in it; what went wrong, or nothing."""
        with tempfile.TemporaryDirectory(prefix="pullwright-") as place:
            tree, home = Path(place, "tree"), Path(place, "home")
            for directory in (tree, home):
                directory.mkdir()
                self.own(directory)
            try:
                async with self.open(BoxSpec(f"doctor-{os.getpid()}", tree, home)) as box:
                    outcome = await box.run(BoxCommand(argv=("touch", "seen"), limits=CommandLimits(wall_seconds=10)))
            except SandboxUnavailable as failed:
                return failed.sentence
            return "" if outcome.ok and (tree / "seen").exists() else f"A trial box failed: {outcome.output.strip()}"

    @asynccontextmanager
    async def open(self, spec: BoxSpec) -> AsyncIterator[Box]:
        if not _NAME.fullmatch(spec.name):
            raise ValueError(f"{spec.name!r} cannot be the name of a box.")
        if self.strict and isinstance(self.cgroups, str):
            raise SandboxUnavailable(
                f"The sandbox cannot bound the memory and processes of a run. {self.cgroups}", bubblewrap_check.DELEGATE
            )
        if not seccomp.supported():
            raise SandboxUnavailable("There is no system call filter for this processor architecture.")
        await asyncio.to_thread(self._fresh, spec.temporary)
        mounts = (*skeleton.system(), *self._mounts, *spec.mounts)
        box = BubblewrapBox(self._host, spec, mounts, await self._stage(spec, mounts))
        try:
            yield box
        finally:
            await box.close()
            await asyncio.to_thread(erase, spec.temporary)
            for layer in _layers(spec):
                await asyncio.to_thread(erase, layer.work)

    async def layers(self, spec: BoxSpec) -> bool:
        """Tried once for each pair of file systems: not each can be an upper layer, and not each kernel lets users."""
        assert spec.lower is not None, "a layer was asked for"
        where = (spec.lower.stat().st_dev, spec.home.stat().st_dev)
        if where not in self._layered:
            try:
                layers = await self._fresh_layers(spec)
                trial = await (stage.open_stage((), (), layers) if os.geteuid() == 0 else stage.open_plain((), layers))
                trial.close()
                self._layered[where] = True
            except SandboxUnavailable as why:
                _log.warning("Homes are copied for each check, since layers cannot be mounted here: %s", why.sentence)
                self._layered[where] = False
            finally:
                for layer in _layers(spec):
                    await asyncio.to_thread(erase, layer.work)
        return self._layered[where]

    def own(self, path: Path) -> None:
        if os.geteuid() == 0:
            owner = f"{self.uid}:{self.uid}"
            subprocess.run(["chown", "-hRP", owner, "--", str(path)], check=True, env=HOST_ENV, capture_output=True)

    def sweep(self, live: frozenset[str]) -> list[str]:
        temporary.sweep()
        names = set()
        for name, pid in orphans(live):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            names.add(name)
        if not isinstance(self.cgroups, str):
            for name, slot in self.cgroups.abandoned(live):
                slots.clear(slot)
                names.add(name)
        return sorted(names)

    async def _stage(self, spec: BoxSpec, mounts: Sequence[Mount]) -> stage.Stage:
        layers = await self._fresh_layers(spec)
        within = []
        for laid in spec.tree_layers:
            inside = inner_mounts.Inner(laid.upper, spec.tree, laid.path, writable=True)
            if not await asyncio.to_thread(inner_mounts.make_place, inside, self.uid):
                raise SandboxUnavailable(
                    f"What the set-up made cannot be shown at {laid.path}: something else is there.",
                    "Retry the step, which lays its tree anew.",
                )
            within.append(inside)
        for mount in inner_mounts.inner(spec, mounts):
            if await asyncio.to_thread(inner_mounts.make_place, mount, self.uid):
                within.append(mount)
            else:
                _log.warning("%s is not shown in box %s: a box has put something in its place.", mount.path, spec.name)
        if os.geteuid() != 0:
            return await stage.open_plain(mounts, layers, within)
        own = [mount.source for mount in spec.mounts if not skeleton.is_own(mount.target)]
        others = [*([spec.home] if spec.lower is None else []), spec.temporary, spec.tree, *own]
        return await stage.open_stage(mounts, others, layers, within)

    async def _fresh_layers(self, spec: BoxSpec) -> list[stage.Layer]:
        layers = _layers(spec)
        for layer in layers:
            await asyncio.to_thread(self._fresh, layer.work)
        return layers

    def _fresh(self, place: Path) -> None:
        """An empty directory for the box's user, in place of what a killed process may have left."""
        erase(place)
        place.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(place, self.uid, self.uid, follow_symlinks=False)


def _layers(spec: BoxSpec) -> list[stage.Layer]:
    """The home's, where it has any, and those within the tree."""
    home = [stage.Layer(spec.lower, spec.home)] if spec.lower is not None else []
    return [*home, *(stage.Layer(laid.lower, laid.upper) for laid in spec.tree_layers)]
