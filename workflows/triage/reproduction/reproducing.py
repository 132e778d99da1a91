"""Trying the report: the agent writes a test for it, and the harness sees whether that fails as it was reported."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sandbox.trees.workspace import Workspace
from workflows.agent.answers import read_reading
from workflows.agent.conversation import Task
from workflows.agent.endings import Finished, GaveUp
from workflows.agent.prompts import render
from workflows.checks.change.mixed_trees import Mixed, mix
from workflows.checks.plan import Candidate, Commands
from workflows.checks.proofs.by_command import SCRIPT, taken_out
from workflows.definition import Done, Exit, Result
from workflows.localize.prompt import prompt_section
from workflows.reports.reasons import Reason
from workflows.services import StepContext
from workflows.steps.agent_work import agent_at_work
from workflows.steps.asking import BudgetSpent, question
from workflows.store.run_rows.reproduced import REPRODUCTION
from workflows.triage.reproduction.attempt import OneTry, Reproduction, Tried, judged, known_by, matches
from workflows.triage.reproduction.hollow.telling import can_tell, hollow, is_alike, read_in, ways
from workflows.triage.reproduction.trying import (
    TIMES,
    script_once,
    seen_again,
    tells_what_it_runs,
    test_commands,
    trees_of,
    try_once,
    with_test,
)
from workflows.triage.state import COMMANDS, RANKED, REPORT, reading_in
from workflows.values import Issue, RankedFile, from_json, to_json
from workflows.workspace.unrunnable import unrunnable, without_line

AGAIN = "again"
"""The exit of a try that another one may better."""
_TRIES = 2
_MOST_FILES = 60_000
_MOST_OUTPUT = 3_000
_READS = "it does the same where the code of the repository cannot be run, so it has only read its text"
_OWN = "it fails in the same words whatever the code of the repository says, so the failure is the test's own"


async def reproduce(ctx: StepContext) -> Result:
    """Have a test written that fails as the report says, and see it fail; twice at most."""
    tried, before, workspace = ctx.state.get("triage_tried", 0), ctx.state["base_tree"], await ctx.workspace()
    commands = from_json(Commands, ctx.state[COMMANDS.key])
    ended, _ = await agent_at_work(ctx, "reproduce", _task(ctx, tried), commands)
    mark = await ctx.services.workspaces.mark(ctx.run)
    if not isinstance(ended, Finished):
        said = f": {ended.reason}" if isinstance(ended, GaveUp) else ""
        found = Reproduction(Tried.COULD_NOT, f"the model did not come to an end with it{said}")
    elif mark == before:
        first = next(iter(ended.summary.strip().splitlines()), "")
        found = Reproduction(Tried.NOT, f"the model wrote no test: {first[:300]}")
    else:
        look = _looked_at if test_commands(ctx) else _script_looked_at
        found = await look(ctx, workspace, mark)
    await asyncio.to_thread(workspace.restore, before)
    if found.verdict is not Tried.REPRODUCED and mark != before and tried + 1 < _TRIES:
        state = {"triage_tried": tried + 1, "triage_trouble": found.why, REPRODUCTION: to_json(found)}
        return Exit(AGAIN, state, found.why)
    return _told(found)


async def _looked_at(ctx: StepContext, workspace: Workspace, mark: str) -> Reproduction:
    """What the harness sees of it: only new tests are kept, run three times, and held against the report."""
    mixed = await asyncio.to_thread(mix, workspace, ctx.state["base_tree"], mark)
    if not mixed.fresh or not mixed.new_tests:
        return Reproduction(Tried.COULD_NOT, "no test was written: no file that was changed is one by its name")
    if mixed.edited:
        return Reproduction(Tried.COULD_NOT, "the test is not in a file of its own")
    files = await asyncio.to_thread(_texts, workspace, mixed)
    if files is None:
        return Reproduction(Tried.COULD_NOT, f"the test has more than {_MOST_FILES:,} bytes, or is no text")
    found = Reproduction(Tried.COULD_NOT, "no command runs it")
    for candidate in test_commands(ctx):
        tries: list[OneTry] = []
        line, output = "", ""
        trees, limits = trees_of(ctx)
        for number in range(TIMES):
            await ctx.boundary()
            await ctx.say(f"running {mixed.fresh[0]}, {number + 1} of {TIMES}")
            one, line, ran = await try_once(
                candidate, trees, mixed.new_tests, ctx.state["base_tree"], mixed.fresh, mixed.paths, limits
            )
            tries.append(one)
            output = ran.run.tail[-_MOST_OUTPUT:]
            if one.stopped:
                break
        verdict, why, failures = judged(tries)
        found = Reproduction(verdict, why, files=files, command=line, output=output, tree=mixed.new_tests)
        if verdict is Tried.REPRODUCED:
            found = await _held_against(ctx, found, tries[0], failures, mixed.paths)
            own = not ran.foreign and await _is_its_own(ctx, candidate, workspace, mixed, found, tries[0])
            return replace(found, verdict=Tried.OTHERWISE, why=_OWN) if own else found
        if verdict is not Tried.COULD_NOT:
            break
    return found


async def _is_its_own(
    ctx: StepContext, candidate: Candidate, workspace: Workspace, mixed: Mixed, found: Reproduction, one: OneTry
) -> bool:
    """Whether the test fails in the same words whatever the repository's code says; False where that cannot be told."""
    read = await asyncio.to_thread(read_in, workspace, mixed.new_tests)
    if found.verdict is not Tried.REPRODUCED or not await asyncio.to_thread(can_tell, found.files, mixed.paths, read):
        return False
    trees, limits = trees_of(ctx)
    for way in ways(found, one):
        await ctx.boundary()
        await ctx.say(f"running {mixed.fresh[0]} without the code")
        tree = await asyncio.to_thread(hollow, workspace, mixed.new_tests, mixed.fresh, way)
        again, _, _ = await try_once(candidate, trees, tree, ctx.state["base_tree"], mixed.fresh, mixed.paths, limits)
        if again.stopped or not is_alike(found, again, one):
            return False
    return True


async def _script_looked_at(ctx: StepContext, workspace: Workspace, mark: str) -> Reproduction:
    """The same of a script, where nothing runs tests: it is taken out of the tree, and run with the code alone."""
    base = ctx.state["base_tree"]
    script = await asyncio.to_thread(taken_out, workspace, mark)
    await asyncio.to_thread(workspace.restore, base)
    if not script:
        return Reproduction(Tried.COULD_NOT, f"no script was written at the top of the tree as {SCRIPT}")
    tries: list[OneTry] = []
    trees, limits = trees_of(ctx)
    output = ""
    for number in range(TIMES):
        await ctx.boundary()
        await ctx.say(f"running {SCRIPT}, {number + 1} of {TIMES}")
        one, ran = await script_once(script, trees, base, base, limits)
        tries.append(one)
        output = ran.run.tail[-_MOST_OUTPUT:]
        if one.stopped:
            break
    verdict, why, failures = judged(tries)
    found = Reproduction(verdict, why, command=f"bash {SCRIPT}", output=output, tree=base, script=script)
    if verdict is not Tried.REPRODUCED:
        return found
    paths = frozenset(await asyncio.to_thread(workspace.listing, base))
    found = await _held_against(ctx, found, tries[0], failures, paths)
    if found.verdict is Tried.REPRODUCED and tells_what_it_runs(script, paths):
        await ctx.say(f"running {SCRIPT} over code that cannot be run")
        tree = await asyncio.to_thread(unrunnable, workspace, base)
        again, _ = await script_once(script, trees, tree, base, limits)
        if tree != base and without_line(again.failures.get(SCRIPT, "")) == without_line(tries[0].failures[SCRIPT]):
            return replace(found, verdict=Tried.OTHERWISE, why=_READS)
    return found


async def _held_against(
    ctx: StepContext, found: Reproduction, one: OneTry, failures: dict[str, Reason], paths: frozenset[str]
) -> Reproduction:
    """Whether it is what was reported: by error, place or values, else by a sentence of the report that says so."""
    report = from_json(Issue, ctx.state[REPORT.key])
    text = f"{report.title}\n{report.body}"
    by = {name: matches(failures[name], one.failures[name], text, sorted(paths)) for name in failures}
    first = next(iter(failures))
    found = replace(
        found,
        tests={name: failures[name].said for name in failures},
        signature=known_by(one.failures[first]),
    )
    if shown := [name for name in failures if by[name]]:  # others of the file may fail for reasons of their own
        tests = {name: failures[name].said for name in shown}
        found = replace(found, tests=tests, signature=known_by(one.failures[shown[0]]))
        return await _at_version(ctx, replace(found, why=by[shown[0]]))
    prompt = render(
        "held_against", __file__, issue=report, files=found.files or {SCRIPT: found.script}, said=failures[first].said
    )
    try:
        reading = await question(ctx, prompt, read_reading, "triage")
    except BudgetSpent:
        reading = None
    quote = " ".join(reading.quote.split()) if reading is not None and reading.agrees else ""
    if len(quote) < 8 or quote.lower().strip(".") not in " ".join(text.lower().split()):
        why = f"it fails, but nothing shows that this is what was reported: {failures[first].said}"
        return replace(found, verdict=Tried.OTHERWISE, why=why)
    return await _at_version(ctx, replace(found, why="a sentence of the report asks for what it asserts", quote=quote))


async def _at_version(ctx: StepContext, found: Reproduction) -> Reproduction:
    """Once more at the version that the report names, where there is such a tag."""
    tag = str(reading_in(ctx.state).get("failed_in") or "")
    if not tag:
        return found
    await ctx.say(f"running it at {tag}")
    commit = await asyncio.to_thread(ctx.repository().resolve, f"refs/tags/{tag}")
    return replace(found, at_version=f"{tag}: {await does_at(ctx, found, commit)}")


async def does_at(ctx: StepContext, found: Reproduction, commit: str) -> str:
    """What the kept test does at a commit: "fails alike", "passes", or why neither can be said."""
    remote, repository = await ctx.forge.remote(), ctx.repository()
    await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    tree = await with_test(ctx, commit, found.tree, list(found.files))
    trees, limits = trees_of(ctx)
    paths = frozenset((await ctx.workspace()).listing(tree))
    seen = await seen_again(found, test_commands(ctx), trees, tree, ctx.state["base_tree"], paths, limits)
    return seen.does


def _told(found: Reproduction) -> Done:
    return Done({REPRODUCTION: to_json(found)}, f"{found.verdict}: {found.why}"[:300])


def _task(ctx: StepContext, tried: int) -> Task:
    ranked = prompt_section([from_json(RankedFile, one) for one in ctx.state[RANKED.key]])
    commands = [one.command for one in test_commands(ctx)]
    prompt = render(
        "reproduce",
        __file__,
        issue=from_json(Issue, ctx.state[REPORT.key]),
        ranked=ranked,
        commands=commands[:3],
        script="" if commands else SCRIPT,
        trouble=str(ctx.state.get("triage_trouble", "")) if tried else "",
    )
    return Task(f"reproduce-{tried}-{ctx.state.get('resumed', 0)}", render("system", __file__), prompt)


def _texts(workspace: Workspace, mixed: Mixed) -> dict[str, str] | None:
    """The test's files as they are kept, and laid out again later; None where they cannot be."""
    listing = workspace.listing(mixed.new_tests)
    held = {path: workspace.objects.bytes_of(listing[path][1]) for path in mixed.fresh}
    if sum(map(len, held.values())) > _MOST_FILES:
        return None
    try:
        return {path: data.decode() for path, data in held.items()}
    except UnicodeDecodeError:
        return None
