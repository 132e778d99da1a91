"""The failing test first: the agent writes one for the issue, and the harness sees it fail on the code as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.trees.workspace import Workspace
from workflows.advice import RETRY, SKIP
from workflows.agent.answers import TestReading, read_reading
from workflows.agent.conversation import Task
from workflows.agent.endings import AsksPerson, Finished
from workflows.agent.prompts import render
from workflows.checks.change.fitting import WantedFailure
from workflows.checks.change.mixed_trees import Mixed, mix
from workflows.checks.proofs.by_command import SCRIPT, ByCommand, FailingScript, taken_out
from workflows.checks.proofs.failing_first import SeenFailing, seen_failing
from workflows.checks.verify import LIMITS
from workflows.definition import Done, Exit, Failed, Result, State, WaitFor
from workflows.issue_to_pr.implementing import at_work
from workflows.issue_to_pr.intake import requirements_of
from workflows.issue_to_pr.owed import exempt
from workflows.issue_to_pr.planning import commands_of, facts, guidance_of, ranked_section, rules_of
from workflows.reports.reasons import Reason
from workflows.services import StepContext
from workflows.steps.asking import BudgetSpent, asked_for, question
from workflows.steps.kept_test import kept_script, kept_test, lay_out
from workflows.values import to_json
from workflows.verification import CheckKind

TRIES = 2
_MOST_DIFF = 20_000


def is_asked_for(state: State) -> bool:
    """Whether a failing test is to be written at all, as the repository has it."""
    return bool((state.get("verdict_rules") or {}).get("failing_test", "off") != "off")


async def reproduce(ctx: StepContext) -> Result:
    """Have a test written that fails for the issue, and see it fail. Twice at most; then it is done without."""
    if why := exempt(ctx.run, documents=False):
        return Done({"failing_test": None}, f"left out: {why}")
    before, workspace, tried = ctx.state["base_tree"], await ctx.workspace(), ctx.state.get("test_tries", 0)
    if not tried and (kept := await _from_triage(ctx, workspace)) is not None:
        return _begun(kept)
    ended, _ = await at_work(ctx, "reproduce", await _task(ctx, tried))
    if isinstance(ended, AsksPerson):
        return WaitFor(ended.question, {"question": ended.question})
    mark = await ctx.services.workspaces.mark(ctx.run)
    if not isinstance(ended, Finished):
        return await _without(ctx, workspace, "the model did not come to an end with it")
    if mark == before:
        return await _without(ctx, workspace, ended.summary.splitlines()[0][:200])
    look = _looked_at if _runs_tests(ctx) else _script_looked_at
    found = await look(ctx, workspace, mark)
    if not found.trouble:
        return _begun(found)
    if tried + 1 < TRIES:
        state = {"test_tries": tried + 1, "test_trouble": found.trouble, "answer": ""}
        return Exit("again", state, found.trouble)
    return await _without(ctx, workspace, found.trouble)


@dataclass(frozen=True, slots=True)
class _Found:
    """`trouble` says why what was written is no such test; "" where it is one, in a tree that holds nothing else."""

    trouble: str = ""
    seen: Mapping[str, Reason] = field(default_factory=dict)
    tree: str = ""
    quote: str = ""
    script: str = ""
    """The script that fails, where nothing runs tests."""


def _begun(found: _Found) -> Done:
    state = {
        "tests": [] if found.script else list(found.seen),
        "tree": found.tree,
        "seen": {name: to_json(one) for name, one in found.seen.items()},
        "quote": found.quote,
        "script": found.script,
    }
    first = next(iter(found.seen.items()))
    return Done({"failing_test": state, "answer": ""}, f"{first[0]} fails: {first[1].said}")


async def _from_triage(ctx: StepContext, workspace: Workspace) -> _Found | None:
    """The test with which a triage has reproduced the issue, where it still fails; else the tree is as before."""
    if not _runs_tests(ctx):
        script = await kept_script(ctx)
        found = await _script_seen(ctx, script) if script else _Found("none is kept")
        return None if found.trouble else found
    files = await kept_test(ctx)
    if not files:
        return None
    await ctx.services.workspaces.take_up(ctx.run, ctx.here.mark_before)
    found = await _looked_at(ctx, workspace, await lay_out(ctx, files))
    if not found.trouble:
        return found
    await asyncio.to_thread(workspace.restore, ctx.here.mark_before)
    return None


async def _looked_at(ctx: StepContext, workspace: Workspace, mark: str) -> _Found:
    """What the harness sees of it: only tests are kept, they are run, and held against the issue."""
    base = ctx.state["base_tree"]
    mixed = await asyncio.to_thread(mix, workspace, base, mark)
    if not mixed.fresh:
        return _Found("No test was written: no file that was changed is one by its name.")
    if not mixed.new_tests or mixed.edited != tuple(path for path in mixed.edited if path in mixed.fresh):
        return _Found("A test that was there is gone.")
    if mixed.weakened:
        return _Found(f"{next(iter(mixed.weakened))} lost assertions.")
    tree = mixed.new_tests
    if tree != mark:
        await asyncio.to_thread(workspace.restore, tree)
    found = commands_of(ctx)
    trees, wanted = ctx.services.boxes.scratch(ctx.run, found), _wanted(ctx)
    await ctx.say(f"running {mixed.fresh[0]}")
    seen = SeenFailing("no command runs tests here")
    for planned in (each for each in found.checks if each.kind is CheckKind.TEST):
        for candidate in planned.candidates:
            seen = await seen_failing(candidate, trees, tree, base, mixed, wanted, found.within(LIMITS))
            if not seen.trouble:
                diff = await asyncio.to_thread(workspace.diff, base, tree)
                return await _read(ctx, diff, _Found("", seen.tests, tree))
    return _Found(seen.trouble)


async def _script_looked_at(ctx: StepContext, workspace: Workspace, mark: str) -> _Found:
    """What the harness sees of a script, where nothing runs tests: it is taken out of the tree, run, and kept."""
    script = await asyncio.to_thread(taken_out, workspace, mark)
    await asyncio.to_thread(workspace.restore, ctx.state["base_tree"])
    if not script:
        return _Found(f"No script was written at the top of the tree as {SCRIPT}.")
    return await _script_seen(ctx, script)


async def _script_seen(ctx: StepContext, script: str) -> _Found:
    """Run it on the code as it is, and hold it against the issue."""
    base, found = ctx.state["base_tree"], commands_of(ctx)
    one = FailingScript(script, base)
    await ctx.say(f"running {SCRIPT}")
    trees = ctx.services.boxes.scratch(ctx.run, found)
    failed = await ByCommand(trees, base, base, Mixed(), _wanted(ctx), found.within(LIMITS)).fails_on_base(one)
    if isinstance(failed, str):
        return _Found(f"On the code as it is {failed}.")
    return await _read(ctx, one.script, _Found("", {SCRIPT: failed}, base, script=one.script))


async def _read(ctx: StepContext, shown: str, found: _Found) -> _Found:
    """A second reading: a sentence of the issue has to ask for what the test asserts."""
    prompt = render("test_reading", __file__, issue=ctx.issue, diff=shown[:_MOST_DIFF])
    try:
        reading = await question(ctx, prompt, read_reading, "reading of the test")
    except BudgetSpent as spent:
        return _Found(f"It could not be read again: {spent.sentence}")
    if reading is None or not reading.agrees:
        return _Found(
            f"It does not ask for what the issue does: {reading.why if reading else 'no answer could be read'}"
        )
    if not _holds(ctx, reading):
        return _Found("No sentence of the issue asks for what it asserts.")
    return replace(found, quote=reading.quote)


def _holds(ctx: StepContext, reading: TestReading) -> bool:
    """Whether the quoted sentence stands in the issue."""
    text, quote = (" ".join(each.lower().split()) for each in (f"{ctx.issue.title} {ctx.issue.body}", reading.quote))
    quote = quote.strip(". ")  # and only then it is measured: of dots nothing would be left, which is in every text
    return len(quote) >= 8 and quote in text


async def _without(ctx: StepContext, workspace: Workspace, why: str) -> Result:
    """Go on without a failing test, where the repository does not insist on one."""
    if rules_of(ctx).failing_test == "require":
        return Failed(f"There is no test that fails because of the issue: {why}", advice=(RETRY, SKIP))
    await asyncio.to_thread(workspace.restore, ctx.state["base_tree"])
    return Done({"failing_test": None, "answer": ""}, f"none: {why}")


def _runs_tests(ctx: StepContext) -> bool:
    return any(each.kind is CheckKind.TEST for each in commands_of(ctx).checks)


def _wanted(ctx: StepContext) -> WantedFailure:
    return WantedFailure(f"{ctx.issue.title}\n{ctx.issue.body}", str(ctx.state.get("plan", "")))


async def _task(ctx: StepContext, tried: int) -> Task:
    trouble: Any = ctx.state.get("test_trouble", "") if tried else ""
    prompt = render(
        "failing_test",
        __file__,
        issue=asked_for(ctx),
        requirements=requirements_of(ctx),
        plan=ctx.state.get("plan", ""),
        ranked=ranked_section(ctx),
        trouble=trouble,
        script="" if _runs_tests(ctx) else SCRIPT,
    )
    system = render("system", facts=facts(ctx), guide=await guidance_of(ctx))
    return Task(f"test-{tried}-{ctx.state.get('resumed', 0)}", system, prompt)
