"""Runs a check's command once, in a scratch tree and home of its own."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sandbox.backend import MIB, Box, BoxCommand, CommandLimits
from sandbox.environment.set_up import ITSELF, inside
from sandbox.environment.switches import WITHOUT_NETWORK
from workflows.checks.plan import Candidate
from workflows.checks.ran import Lacking, Ran
from workflows.reports import collected, dead, node_origins, origins
from workflows.reports.collect import before, collect, read
from workflows.reports.collected import Collected
from workflows.reports.formats import complaints
from workflows.reports.going_on import going_on
from workflows.reports.instrument import Instrumented, collecting, instrument
from workflows.reports.pipe import open_pipe
from workflows.verification import CheckKind, CheckRun

TAIL = 4_000
"""Characters of a command's output that are kept."""


class Tree(Protocol):
    """A scratch tree that holds exactly one mark, prepared for running commands."""

    @property
    def box(self) -> Box: ...

    @property
    def setup_failure(self) -> str:
        """What went wrong when it was prepared, "" where nothing did."""
        ...

    @property
    def lacking(self) -> Lacking: ...

    @property
    def environment(self) -> str:
        """What was there before a check ran, where all runs of the repository get the same with this tree; "" where
        some of it is this run's own, or may be."""
        ...

    async def reset(self) -> tuple[str, ...]:
        """Put the tree back to its mark; returns the tracked files that were changed or deleted since."""
        ...


class TreesForChecks(Protocol):
    """Where scratch trees come from."""

    def open(self, mark: str, like: str = "") -> AbstractAsyncContextManager[Tree]:
        """A tree of `mark`, set up as `like` is where that is given: mixed trees are of no set-up of their own."""
        ...


async def run_command(
    tree: Tree,
    kind: CheckKind,
    candidate: Candidate,
    limits: CommandLimits,
    *,
    plain: bool = False,
) -> Ran:
    """Run a check's command once in a tree, and put the tree back."""
    tests = kind is CheckKind.TEST
    name = "check-" + hashlib.sha256(f"{candidate.command}\0{candidate.cwd}".encode()).hexdigest()[:12]
    env = {"CI": "1", **WITHOUT_NETWORK, **going_on(candidate.command)}
    env |= {**({} if tests else complaints.ENV), **candidate.env}
    asked, pipe = Instrumented(candidate.command, env), None
    if tests and not plain:
        manifest = read(tree.box.spec.tree, f"{candidate.cwd}/package.json".removeprefix("./"), MIB)
        pipe = open_pipe(tree.box.spec.temporary, name)
        asked = instrument(candidate.command, name, env, manifest, pipe=pipe is not None)
    judges = kind in (CheckKind.TEST, CheckKind.REPRODUCTION)
    own = await asyncio.to_thread(_Own.of, tree.box.spec.tree, name) if judges else _Own()
    line = before(asked, name) + own.hooks + ITSELF + asked.line
    command = BoxCommand(shell=inside(line), cwd=candidate.cwd, env=asked.env, limits=limits)
    try:
        outcome = await tree.box.run(command)
    finally:
        piped = pipe.close() if pipe is not None else b""
    report, output = await collect(tree.box, asked, name, outcome.output, piped=piped, tests=tests)
    failures = report.failures if tests else complaints.parse(output).all
    run = CheckRun(
        exit_code=outcome.exit_code,
        seconds=round(outcome.seconds, 2),
        counts=report.counts,
        failures=failures if tests or not outcome.ok else (),
        tail=output[-TAIL:],
        killed=outcome.killed.value if outcome.killed else "",
    )
    why = "" if outcome.killed else dead.why_dead(candidate.command, run, output, kind=kind)
    return Ran(
        run,
        dead=why,
        passed=report.passed,
        reported=report.reported,
        printed=report.printed,
        messages=report.messages,
        bare=report.bare,
        garbled=report.garbled,
        direct=asked.changed and not asked.shared,
        threshold=dead.threshold(output) if tests and not failures else "",
        changed=await tree.reset(),
        foreign=await asyncio.to_thread(_foreign, tree.box, name, own),
        setup_failure=tree.setup_failure,
        lacking=tree.lacking,
        plain=plain,
    )


async def collect_tests(tree: Tree, candidate: Candidate, limits: CommandLimits) -> Collected | None:
    """The tests that a check's command finds, in a tree where nothing has run; None where that is not known."""
    line = collecting(candidate.command)
    if not line:
        return None
    command = BoxCommand(shell=inside(line), cwd=candidate.cwd, env={"CI": "1", **candidate.env}, limits=limits)
    outcome = await tree.box.run(command)
    return await asyncio.to_thread(collected.parse, outcome.output) if outcome.ok else None


@dataclass(frozen=True, slots=True)
class _Own:
    """The packages that a tree holds, of Python and of npm; `hooks` are lines that have a command tell of them."""

    python: Mapping[str, str] = field(default_factory=dict)
    node: Mapping[str, str] = field(default_factory=dict)
    hooks: str = ""

    @classmethod
    def of(cls, tree: Path, name: str) -> _Own:
        python, node = origins.own_packages(tree), node_origins.own_packages(tree)
        return cls(python, node, origins.hooked(name, python) + node_origins.hooked(name, tree, node))


def _foreign(box: Box, name: str, own: _Own) -> tuple[str, ...]:
    found: list[str] = []
    if own.python:
        told = read(box.spec.home, origins.FILE.format(name=name), origins.MOST)
        found += origins.foreign(told, box.spec.tree, own.python)
    if own.node:
        told = read(box.spec.home, node_origins.FILE.format(name=name), node_origins.MOST)
        found += node_origins.foreign(told, box.spec.tree, own.node)
    return tuple(found)


def refuses_flags(output: str) -> bool:
    """Whether a command seems to have stumbled over the flags that ask it for a report."""
    words = r"unrecogni[sz]ed|unknown (?:option|argument|flag|command)|usage:|junit|cache_dir|reporter|outputFile"
    return bool(re.search(words + r"|invalid option|flag provided|not defined|no such option", output, re.IGNORECASE))
