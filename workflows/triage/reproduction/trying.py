"""Runs a test over the code of some commit, in a tree of its own, without network."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sandbox.backend import MIB, CommandLimits
from workflows.checks.commands.running import TreesForChecks, run_command
from workflows.checks.plan import Candidate, Commands
from workflows.checks.proofs.by_command import SCRIPT, FailingScript, edited, fails
from workflows.checks.proofs.failing_first import of_file
from workflows.checks.ran import Ran
from workflows.checks.verify import LIMITS
from workflows.policy.check_files import is_code, is_document
from workflows.reports.collect import read
from workflows.reports.narrow import narrow
from workflows.services import StepContext
from workflows.triage.reproduction.attempt import OneTry, Reproduction, known_by
from workflows.triage.state import COMMANDS
from workflows.values import from_json
from workflows.verification import CheckKind

Listing = Mapping[str, tuple[str, str]]
TIMES = 3
CONTROL = f"{SCRIPT} control"
"""What the control of a script is called."""


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


async def script_once(
    script: str, trees: TreesForChecks, tree: str, base: str, limits: CommandLimits
) -> tuple[OneTry, Ran]:
    """Run a script in a tree that holds the code alone, and then its control, which is the same with that word."""
    one = FailingScript(script).candidate
    said: dict[str, str] = {}
    passed: list[str] = []
    kept: Ran | None = None
    for name, candidate in ((SCRIPT, one), (CONTROL, replace(one, command=f"{one.command} control"))):
        async with trees.open(tree, base) as opened:
            ran = await run_command(opened, CheckKind.REPRODUCTION, candidate, limits)
        kept = kept or ran
        if edits := edited(ran):
            return OneTry(stopped=edits), kept
        if ran.run.exit_code == 0 and not ran.run.killed:
            passed.append(name)
        elif isinstance(why := fails(ran), str):
            return OneTry(stopped=why), kept
        else:
            said[name] = ran.run.tail
    assert kept is not None, "both were run"
    return OneTry(said, frozenset(passed)), kept


def tells_what_it_runs(script: str, paths: Collection[str]) -> bool:
    """Whether a script would print that code cannot be run: it throws no errors away, and is about no file of another
    kind, which may be all that it reads."""
    others = {path.rpartition("/")[2] for path in paths if not is_code(path) or is_document(path)}
    return "/dev/null" not in script and "2>&-" not in script and not any(name in script for name in others)


@dataclass(frozen=True, slots=True)
class SeenAgain:
    """What a kept test does over other code: `does` is one of the words below, else why neither can be said."""

    does: str
    command: str = ""
    output: str = ""


FAILS_ALIKE, PASSES, FAILS_OTHERWISE = "fails alike", "passes", "fails otherwise"
_COULD_NOT = "could not be run"


async def seen_again(
    found: Reproduction,
    candidates: Sequence[Candidate],
    trees: TreesForChecks,
    tree: str,
    base: str,
    paths: frozenset[str],
    limits: CommandLimits,
) -> SeenAgain:
    """Run what reproduced a report over the code of `tree`, which holds its files, set up like `base`."""
    if found.script:
        one, ran = await script_once(found.script, trees, tree, base, limits)
        return _held(found, one, f"bash {SCRIPT}", ran)
    for candidate in candidates:
        one, line, ran = await try_once(candidate, trees, tree, base, list(found.files), paths, limits)
        if not one.stopped:
            return _held(found, one, line, ran)
    return SeenAgain(_COULD_NOT)


def _held(found: Reproduction, one: OneTry, command: str, ran: Ran) -> SeenAgain:
    """A test that neither failed nor passed was left out: whoever does that shows nothing."""
    if one.stopped:
        return SeenAgain(_COULD_NOT, command, ran.run.tail)
    passed = set(found.tests) <= one.passed
    if not one.failures:
        unnamed = found.script or ran.passed is None
        return SeenAgain(PASSES if passed or unnamed else _COULD_NOT, command, ran.run.tail)
    if passed and found.tests:  # what else stands in its files fails for reasons of its own
        return SeenAgain(PASSES, command, ran.run.tail)
    same = any(known_by(one.failures.get(name, "")) == found.signature for name in found.tests)
    return SeenAgain(FAILS_ALIKE if same else FAILS_OTHERWISE, command, ran.run.tail)


def _seen(ran: Ran, files: Sequence[str], paths: frozenset[str]) -> OneTry:
    if ran.run.killed:
        return OneTry(stopped=f"its run was stopped ({ran.run.killed})")
    if ran.changed:
        return OneTry(stopped=edited(ran))
    if ran.garbled:
        return OneTry(stopped="it wrote over its own report")
    names = [name for name in ran.run.failures if of_file(name, files, paths)]
    if ran.dead and not names:
        return OneTry(stopped=re.sub(r"\.$", "", ran.dead))
    if not names and ran.run.exit_code:
        names = [files[0]]  # nothing could be loaded
    passed = frozenset(name for name in ran.passed or () if of_file(name, files, paths))
    return OneTry({name: ran.said_about(name) for name in names}, passed)
