"""Prepares a box for a repository: runs the set-up commands with the network, and keeps what they made.

What a set-up makes (the box's home, and new directories in the tree such as node_modules)
is kept, and is a read-only layer below the homes of all boxes that ask for the same: what a
box changes there goes to a layer of its own. So no run can change what the next one gets, and
a fresh home costs nothing; where layers cannot be had, it is copied. So is what belongs into a
tree, but for large directories of packages, where the tree is a scratch one. What other runs get
is made of the repository's own history by a set-up that went well; all else is kept for its run
alone. Paths inside a box are always the same, so a virtual environment can be used in another one.
"""

from __future__ import annotations

import asyncio
import io
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox.backend import MIB, Backend, Box, BoxCommand, BoxSpec, CommandLimits
from sandbox.environment.bytecode import strip
from sandbox.environment.cache import Environment, EnvironmentCache, copy_home
from sandbox.environment.environment_entry import lay
from sandbox.environment.installing import ITSELF, Installed, Installer, Printed, SetupCommand, inside
from sandbox.environment.manifests.fingerprint import fingerprint, new_paths, paths_in
from sandbox.environment.manifests.lock_files import rewrite
from sandbox.environment.throw_away import Described, make_repository
from sandbox.errors import SandboxUnavailable
from sandbox.files.erase import empty
from sandbox.host.configured.values import Configured

__all__ = [
    "ITSELF",
    "LIMITS",
    "REGISTRIES",
    "VERSIONS",
    "Prepared",
    "Printed",
    "SetupCommand",
    "Shelf",
    "inside",
    "prepare",
]

REGISTRIES = frozenset(
    {
        *("pypi.org", "files.pythonhosted.org"),
        *("registry.npmjs.org", "registry.yarnpkg.com", "repo.yarnpkg.com"),
        *("index.crates.io", "static.crates.io", "crates.io"),
        *("proxy.golang.org", "sum.golang.org"),
        *("repo.maven.apache.org", "repo1.maven.org", "plugins.gradle.org", "services.gradle.org"),
        *("downloads.gradle.org", "plugins-artifacts.gradle.org", "maven.google.com", "dl.google.com"),
        *("rubygems.org", "index.rubygems.org"),
        *("packagist.org", "repo.packagist.org", "api.github.com", "codeload.github.com"),
        *("hex.pm", "repo.hex.pm", "builds.hex.pm"),
        *("api.nuget.org", "www.nuget.org"),
    }
)
"""The package registries that a set-up may reach, as exact host names."""

LIMITS = CommandLimits(wall_seconds=1200.0, disk_bytes=6 * 1024 * MIB, file_bytes=2048 * MIB)

_TOOLS = (
    "python3 node npm pnpm yarn cargo rustc go java mvn gradle ruby bundle php composer elixir mix uv poetry dotnet"
)
VERSIONS = (
    "uname -m; python3 -VV 2>&1; "
    f"for tool in {_TOOLS}; do "
    'place=$(command -v "$tool") && place=$(readlink -f "$place") && stat -c "%n %s %Y" "$place"; done; true'
)
"""Prints what of the machine's tools an environment depends on."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """How a set-up went. `failure` is a sentence's end naming the command, "" where all went well.

    A failure is not the end: a check may still work with what the machine has. `told` are sentences without
    their stops about what was refused, left out, or done another way.
    """

    cached: bool
    seconds: float
    failure: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    """The ecosystems that it failed for, each with why, where it went well for all others."""
    output: str = ""
    """The end of what the failed command printed."""
    lower: Path | None = None
    """What the set-up made, for BoxSpec.lower; None where it lies in the home itself."""
    told: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    """The outermost paths that it made in the tree."""
    layers: Mapping[str, Path] = field(default_factory=dict)
    """Where those of them lie that were not copied into the tree, for BoxSpec.tree_layers."""
    printed: tuple[Printed, ...] = ()
    """What each command printed; nothing where it was taken from a shelf."""
    shelf: Shelf | None = None
    """Where it was taken from, or is kept."""
    digest: str = ""
    """Tells what is kept there from all else that ever was."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where environments are looked for and kept: a cache, and what is asked for there besides the set-up.

    `good_only` shelves keep no environment whose set-up failed. A `hopeless` one keeps only those whose set-up
    failed for what no source of the tree could mend, and for all trees with the same manifests.
    """

    cache: EnvironmentCache
    name: str = ""
    good_only: bool = True
    hopeless: bool = False


async def prepare(
    backend: Backend,
    spec: BoxSpec,
    setup: Sequence[SetupCommand],
    *,
    look: Sequence[Shelf] = (),
    keep: Sequence[Shelf] = (),
    repository: str = "",
    tree_id: str = "",
    hosts: frozenset[str] = frozenset(),
    limits: CommandLimits = LIMITS,
    host: Configured | None = None,
    described: Described | None = None,
    bytecode: bool = True,
    layered: Callable[[str], bool] | None = None,
) -> Prepared:
    """Run the set-up in an emptied home, or take what it made the last time.

    What an earlier set-up that failed, or an agent, has left in the home is taken away first: it
    would be kept with what the set-up makes, and be in the boxes of other runs. No box may be
    open over the spec's directories; one is opened for the set-up, and closed before anything is kept.
    Environments are taken from the first shelf of `look` that has one, and kept on the first of
    `keep` that can: what a set-up of changed sources makes is not for a shelf of other runs.
    `repository` keeps those of repositories apart; `tree_id` names the tree's exact contents and
    is part of what is asked for where the set-up builds from sources. `hosts` are reachable
    beside REGISTRIES and those that the machine (`host`) is configured for. With `described` the tree gets a
    throw-away git repository first. Set-ups may change tracked files: the caller puts the tree back to its mark.
    Large paths of the tree that may be `layered` are not copied into it, where layers can be had.
    Without `bytecode` none that the set-up has left is kept: it is run instead of the source beside it, and may say
    something else.
    """
    if not setup:
        return Prepared(cached=False, seconds=0.0)
    began, host = time.monotonic(), host or Configured()
    await asyncio.to_thread(_empty_home, backend, spec.home)
    user, key, any_tree = spec.home.parent, "", ""
    async with backend.open(replace(spec, mounts=(*spec.mounts, *host.mounts))) as box:
        if look or keep:
            versions = await box.run(BoxCommand(shell=VERSIONS, limits=limits.within(60)))
            recipe = [
                f"{step.command}\0{step.cwd}\0{sorted(step.env.items())}{step.instead}{step.part}" for step in setup
            ]
            facts = [*sorted(hosts), host.digest, repr(described)]
            key, any_tree = [
                await asyncio.to_thread(fingerprint, spec.tree, recipe, repository, tree, versions.output, facts)
                for tree in (tree_id, "")
            ]
        found = await _taken(look, key, any_tree, spec.tree, user, layered)
        if found is None:
            before = await asyncio.to_thread(paths_in, spec.tree)
            done = await _install(box, setup, hosts, limits, host, described)
    if found is not None:
        env, shelf = found
        lower = await _laid(backend, spec, env)
        layers = env.apart if lower is not None else {}
        took = time.monotonic() - began
        how = (env.failure, env.parts, env.output, lower, env.told, env.made)
        return Prepared(True, took, *how, layers=layers, shelf=shelf, digest=env.digest)
    failure, output = done.failure, next((p.output for p in done.printed if p.exit_code or p.killed), "")[-2_000:]
    made = tuple(sorted(path for path in await asyncio.to_thread(new_paths, spec.tree, before) if path != ".git"))
    if not bytecode:
        await asyncio.to_thread(strip, spec.home)
        await asyncio.to_thread(strip, spec.tree, made)
        made = tuple(path for path in made if os.path.lexists(spec.tree / path))
    told, lower, kept, kept_on = tuple(done.told), None, None, None
    for shelf in keep:
        if (failure and shelf.good_only and not shelf.hopeless) or (shelf.hopeless and not done.hopeless):
            continue
        name = (any_tree if shelf.hopeless else key) + shelf.name
        told_of = Environment(spec.home, failure, output, told, made, parts=done.failed_parts)
        kept = await asyncio.to_thread(shelf.cache.put, name, told_of, spec.tree, user)
        if kept is not None:
            lower, kept_on = await _laid(backend, spec, kept), shelf
            break
    took, digest = time.monotonic() - began, kept.digest if kept is not None else ""
    how = (failure, done.failed_parts, output, lower, told, made)
    return Prepared(False, took, *how, printed=tuple(done.printed), shelf=kept_on, digest=digest)


def _empty_home(backend: Backend, home: Path) -> None:
    """Also where a crash came between moving the last one away and making this one."""
    if not os.path.lexists(home):
        home.mkdir(mode=0o755)
    empty(home)
    backend.own(home)


async def _taken(
    shelves: Sequence[Shelf],
    key: str,
    any_tree: str,
    tree: Path,
    user: Path,
    layered: Callable[[str], bool] | None,
) -> tuple[Environment, Shelf] | None:
    for shelf in shelves:
        name = (any_tree if shelf.hopeless else key) + shelf.name
        found = await asyncio.to_thread(shelf.cache.take, name, tree, user, layered)
        if found is not None:
            return found, shelf
    return None


async def _laid(backend: Backend, spec: BoxSpec, found: Environment) -> Path | None:
    """The layer for the boxes over this home; None where it was copied into it, and what lies apart into the tree."""
    if await backend.layers(replace(spec, lower=found.home)):
        return found.home
    copied = await asyncio.to_thread(copy_home, found, spec.home)
    if not (copied and await asyncio.to_thread(lay, found.apart, spec.tree)):
        raise SandboxUnavailable(
            "What the set-up has made could not be copied.", "Free space where the data directory lies, and try again."
        )
    return None


async def _install(
    box: Box,
    setup: Sequence[SetupCommand],
    hosts: frozenset[str],
    limits: CommandLimits,
    host: Configured,
    described: Described | None,
) -> Installed:
    """Run all commands, after the box has what the machine is configured for, and a repository of its own."""
    if host.files:
        await box.run(BoxCommand(shell='tar -xf - -C "$HOME"', stdin=_packed(host.files), limits=limits.within(60)))
    told = await rewrite(box, host.rewritten, limits.within(120))
    if described is not None:
        await make_repository(box, described, limits.within(300))
    installer = Installer(box, host.env, REGISTRIES | host.hosts | hosts, limits, Installed(told=[*told, *host.notes]))
    return await installer.install(setup)


def _packed(files: Mapping[str, bytes]) -> bytes:
    """The files as an archive, each at its path in the home."""
    import tarfile  # only who sets up needs it

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, data in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()
