"""Runs a test over the code of some commit, in a tree of its own, without network."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sandbox.backend import MIB, CommandLimits
from workflows.checks.failing_first import of_file
from workflows.checks.plan import Candidate, Commands
from workflows.checks.ran import Ran
from workflows.checks.running import TreesForChecks, run_command
from workflows.checks.verify import LIMITS
from workflows.reports.collect import read
from workflows.reports.narrow import narrow
from workflows.services import StepContext
from workflows.triage.reproduction import OneTry
from workflows.triage.state import COMMANDS
from workflows.values import CheckKind, from_json

Listing = Mapping[str, tuple[str, str]]
TIMES = 3


def test_commands(ctx: StepContext) -> list[Candidate]:
    """The commands that run tests here."""
    found = from_json(Commands, ctx.state[COMMANDS.key])
    return [one for check in found.checks if check.kind is CheckKind.TEST for one in check.candidates]


def trees_of(ctx: StepContext) -> tuple[TreesForChecks, CommandLimits]:
    """Where trees come from, and what a command in them may take."""
    found = from_json(Commands, ctx.state[COMMANDS.key])
    return ctx.services.boxes.scratch(ctx.run, found), found.within(LIMITS)


async def with_test(ctx: StepContext, commit: str, tree: str, files: Sequence[str]) -> str:
    """The mark of a commit's code with the test's files as `tree` has them."""
    workspace = await ctx.workspace()

    def lay() -> str:
        listing = dict(workspace.objects.listing(ctx.repository().tree_of(commit)))
        listing |= {path: workspace.listing(tree)[path] for path in files}
        return workspace.objects.write_listing(listing)

    return await asyncio.to_thread(lay)


async def try_once(
    candidate: Candidate,
    trees: TreesForChecks,
    tree: str,
    base: str,
    files: Sequence[str],
    paths: frozenset[str],
    limits: CommandLimits,
) -> tuple[OneTry, str, Ran]:
    """Run the test's files alone in a tree that is set up like `base`; also the command, and all that it said."""
    async with trees.open(tree, base) as opened:
        manifest = read(opened.box.spec.tree, f"{candidate.cwd}/package.json".removeprefix("./"), MIB)
        line = narrow(candidate.command, files, candidate.cwd, paths, manifest)
        ran = await run_command(opened, CheckKind.TEST, replace(candidate, command=line), limits)
    return _seen(ran, files, paths), line, ran


def _seen(ran: Ran, files: Sequence[str], paths: frozenset[str]) -> OneTry:
    if ran.run.killed:
        return OneTry(stopped=f"its run was stopped ({ran.run.killed})")
    if ran.garbled:
        return OneTry(stopped="it wrote over its own report")
    names = [name for name in ran.run.failures if of_file(name, files, paths)]
    if ran.dead and not names:
        return OneTry(stopped=re.sub(r"\.$", "", ran.dead))
    if not names and ran.run.exit_code:
        names = [files[0]]  # nothing could be loaded
    passed = frozenset(name for name in ran.passed or () if of_file(name, files, paths))
    return OneTry({name: ran.said_about(name) for name in names}, passed)
