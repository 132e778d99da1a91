"""Prepares a box for a repository: runs the set-up commands with the network, and keeps what they made.

What a set-up makes (the box's home, and new directories in the tree such as node_modules)
is kept, and is a read-only layer below the homes of all boxes that ask for the same: what a
box changes there goes to a layer of its own. So no run can change what the next one gets, and
a fresh home costs nothing; where layers cannot be had, it is copied. What other runs get is made
of the repository's own history by a set-up that went well; all else is kept for its run alone.
Paths inside a box are always the same, so a virtual environment can be used in another one.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox.backend import MIB, Backend, Box, BoxSpec, Command, Limits, Outcome
from sandbox.environment.cache import Environment, EnvironmentCache, copy_home
from sandbox.environment.fingerprint import fingerprint, new_paths, paths_in
from sandbox.errors import SandboxUnavailable
from sandbox.files.erase import empty

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

LIMITS = Limits(wall_seconds=1200.0, disk_bytes=6 * 1024 * MIB, file_bytes=2048 * MIB)

_ELSEWHERE = "A complete log of this run can be found in"
"""What npm says last: where, in a box that is gone, more would stand."""

# Without the network a set-up should fail soon, and what it prints should be about the project.
_ENV = {
    "CI": "1",
    **{"PIP_RETRIES": "2", "PIP_DEFAULT_TIMEOUT": "20", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"},
    **{"npm_config_fetch_retries": "2", "npm_config_audit": "false", "npm_config_fund": "false"},
    "GIT_TERMINAL_PROMPT": "0",
}

_FIRST = 'export PATH="$HOME/venv/bin:$HOME/.local/bin:$PATH"\n'
# A virtual environment that got nothing but its installer hides the machine's own tools from `python -m`.
_DROP_EMPTY_VENV = (
    'cd "$HOME"/venv/lib/python*/site-packages 2>/dev/null || exit 0; '
    "ls | grep -qvE '^(pip|setuptools|wheel|pkg_resources|_distutils_hack|distutils-precedence|__pycache__)' "
    '|| rm -rf "$HOME/venv"'
)
_TOOLS = (
    "python3 node npm pnpm yarn cargo rustc go java mvn gradle ruby bundle php composer elixir mix uv poetry dotnet"
)
_VERSIONS = (
    "uname -m; python3 -VV 2>&1; "
    f"for tool in {_TOOLS}; do "
    'place=$(command -v "$tool") && place=$(readlink -f "$place") && stat -c "%n %s %Y" "$place"; done; true'
)


@dataclass(frozen=True, slots=True)
class Setup:
    """One set-up command: a shell line, run in `cwd` relative to the tree."""

    command: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """How a set-up went. `failure` is a sentence's end naming the command, "" where all went well.

    A failure is not the end: a check may still work with what the machine has.
    """

    cached: bool
    seconds: float
    failure: str = ""
    output: str = ""
    """The end of what the failed command printed."""
    lower: Path | None = None
    """What the set-up made, for BoxSpec.lower; None where it lies in the home itself."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where environments are looked for and kept: a cache, and what is asked for there besides the set-up.

    `good_only` shelves keep no environment whose set-up failed.
    """

    cache: EnvironmentCache
    name: str = ""
    good_only: bool = True


def inside(line: str) -> str:
    """The line as it is run in a prepared box: what the set-up installed comes first on PATH."""
    return _FIRST + line


async def prepare(
    backend: Backend,
    spec: BoxSpec,
    setup: Sequence[Setup],
    *,
    look: Sequence[Shelf] = (),
    keep: Sequence[Shelf] = (),
    repository: str = "",
    tree_id: str = "",
    hosts: frozenset[str] = frozenset(),
    limits: Limits = LIMITS,
) -> Prepared:
    """Run the set-up in an emptied home, or take what it made the last time.

    What an earlier set-up that failed, or an agent, has left in the home is taken away first: it
    would be kept with what the set-up makes, and be in the boxes of other runs. No box may be
    open over the spec's directories; one is opened for the set-up, and closed before anything is kept.
    Environments are taken from the first shelf of `look` that has one, and kept on the first of
    `keep` that can: what a set-up of changed sources makes is not for a shelf of other runs.
    `repository` keeps those of repositories apart; `tree_id` names the tree's exact contents and
    is part of what is asked for where the set-up builds from sources. `hosts` are reachable
    beside REGISTRIES. Set-ups may change tracked files: the caller puts the tree back to its mark.
    """
    if not setup:
        return Prepared(cached=False, seconds=0.0)
    began = time.monotonic()
    await asyncio.to_thread(_empty_home, backend, spec.home)
    user, key = spec.home.parent, ""
    async with backend.open(spec) as box:
        if look or keep:
            versions = await box.run(Command(shell=_VERSIONS, limits=limits.within(60)))
            recipe = [f"{step.command}\0{step.cwd}\0{sorted(step.env.items())}" for step in setup]
            key = await asyncio.to_thread(
                fingerprint, spec.tree, recipe, repository, tree_id, versions.output, sorted(hosts)
            )
        found = await _taken(look, key, spec.tree, user)
        if found is None:
            before = await asyncio.to_thread(paths_in, spec.tree)
            failure, output = await _install(box, setup, REGISTRIES | hosts, limits)
    if found is not None:
        lower = await _laid(backend, spec, found)
        return Prepared(True, time.monotonic() - began, found.failure, found.output, lower)
    made = sorted(await asyncio.to_thread(new_paths, spec.tree, before)) if keep else []
    for shelf in keep:
        if failure and shelf.good_only:
            continue
        kept = await asyncio.to_thread(
            shelf.cache.put, key + shelf.name, spec.home, spec.tree, made, user, failure=failure, output=output
        )
        if kept is not None:
            lower = await _laid(backend, spec, kept)
            return Prepared(False, time.monotonic() - began, failure, output, lower)
    return Prepared(False, time.monotonic() - began, failure, output)


def _empty_home(backend: Backend, home: Path) -> None:
    """Also where a crash came between moving the last one away and making this one."""
    if not os.path.lexists(home):
        home.mkdir(mode=0o755)
    empty(home)
    backend.own(home)


async def _taken(shelves: Sequence[Shelf], key: str, tree: Path, user: Path) -> Environment | None:
    for shelf in shelves:
        found = await asyncio.to_thread(shelf.cache.take, key + shelf.name, tree, user)
        if found is not None:
            return found
    return None


async def _laid(backend: Backend, spec: BoxSpec, found: Environment) -> Path | None:
    """The layer for the boxes over this home; None where it was copied into it."""
    if await backend.layers(replace(spec, lower=found.home)):
        return found.home
    if not await asyncio.to_thread(copy_home, found, spec.home):
        raise SandboxUnavailable(
            "What the set-up has made could not be copied.", "Free space where the data directory lies, and try again."
        )
    return None


async def _install(box: Box, setup: Sequence[Setup], hosts: frozenset[str], limits: Limits) -> tuple[str, str]:
    """Run all commands; the first failure is the one that is told, since the others often follow from it."""
    failure = output = ""
    for step in setup:
        outcome = await box.run(
            Command(shell=inside(step.command), cwd=step.cwd, env={**_ENV, **step.env}, limits=limits, network=hosts)
        )
        if not outcome.ok and not failure:
            failure, output = _why(step, outcome), outcome.output[-2_000:]
        if outcome.killed is not None:
            break
    if failure:
        await box.run(Command(shell=_DROP_EMPTY_VENV, limits=limits.within(60)))
    return failure, output


def _why(step: Setup, outcome: Outcome) -> str:
    line = step.command if len(step.command) <= 120 else step.command[:117] + "..."
    if outcome.killed is not None:
        return f"`{line}` was stopped ({outcome.killed.value})"
    lines = (text.strip() for text in reversed(outcome.output.splitlines()))
    last = next((text for text in lines if text and _ELSEWHERE not in text), "")
    said = f": `{last[:200].replace('`', chr(39))}`" if last else ""
    return f"`{line}` ended with exit code {outcome.exit_code}{said}"
