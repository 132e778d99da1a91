"""Running what reproduced an issue on base and head of a change that says it mends it."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.errors import RepositoryError, SandboxUnavailable, TreeRefused
from sandbox.trees.workspace import Workspace
from workflows.advice import ROLLBACK
from workflows.checks.plan import commands
from workflows.checks.verify import LIMITS
from workflows.definition import Done, Exit, Failed, Result
from workflows.services import StepContext
from workflows.steps.change import config_at
from workflows.steps.kept_test import in_the_way, kept_of
from workflows.steps.laid_out import laid_out
from workflows.store.records import Run
from workflows.triage.fix_check.state import BASE, HEAD, SEEN, PullTelling
from workflows.triage.reproduction.attempt import Reproduction
from workflows.triage.reproduction.trying import SeenAgain, seen_again
from workflows.values import from_json
from workflows.verification import CheckKind
from workflows.workspace.named_commits import READS

NOTHING = "nothing"
"""The exit where there is nothing to run."""


async def fetch(ctx: StepContext) -> Result:
    """Bring both ends of the change here, and see whether its code may be run."""
    number, forge = ctx.run.subject.told_on, ctx.forge.operations(ctx.run.id)
    if not isinstance(forge, PullTelling):
        return Failed("Pull requests cannot be read here.", advice=(ROLLBACK,), lasting=True)
    pull, repository, remote = await forge.pull(number), ctx.repository(), await ctx.forge.remote()
    if pull.state != "open":
        return _nothing("the pull request is closed")
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    try:
        onto = await asyncio.to_thread(repository.resolve, f"refs/heads/{pull.base}")
    except RepositoryError:  # the branch is gone
        onto = pull.base_commit
    if lacking := await asyncio.to_thread(repository.missing, [onto, pull.head_commit]):
        await asyncio.to_thread(repository.fetch_commits, lacking, remote.url, remote.env)
    for commit in (onto, pull.head_commit):
        await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    rules = (await asyncio.to_thread(config_at, repository, onto)).triage_rules()
    foreign = pull.head_repository.lower() != ctx.run.subject.repository.lower()
    if rules.fixes == "off" or (foreign and rules.fixes != "all"):
        return _nothing("it comes from a fork" if foreign else "this repository does not ask for it")
    base = await asyncio.to_thread(repository.merge_base, onto, pull.head_commit)
    if not base:
        return _nothing("it has nothing in common with its base")
    await asyncio.to_thread(repository.pin, ctx.run.id, pull.head_commit)
    state = {BASE.key: base, HEAD.key: pull.head_commit, "fix_rules": onto, READS: [base, pull.head_commit, onto]}
    return Done(state, f"{base[:10]}..{pull.head_commit[:10]}")


async def run_it(ctx: StepContext) -> Result:
    """Once on each side. A test that may fail by chance was never kept: it failed three times alike."""
    kept = await kept_of(ctx, int(ctx.run.inputs["hint"]))
    if not kept:
        return _seen({"why": "no triage has reproduced it"})
    found = from_json(Reproduction, dict(kept))
    try:
        async with laid_out(ctx, ctx.state[BASE.key], ctx.state[HEAD.key]) as (run, workspace):
            for commit in (ctx.state[BASE.key], ctx.state[HEAD.key]):
                if barred := await asyncio.to_thread(_barred, ctx, workspace, commit, found):
                    return _seen({"why": f"at {commit[:10]} something else stands where {min(barred)} would lie"})
            before, after = await _both(ctx, run, workspace, found)
    except (SandboxUnavailable, TreeRefused) as error:
        return _seen({"why": error.sentence.rstrip(".")})
    return _seen({"base": before.does, "head": after.does, "command": after.command, "output": after.output})


async def _both(ctx: StepContext, run: Run, workspace: Workspace, found: Reproduction) -> tuple[SeenAgain, SeenAgain]:
    """Over the base and over the head, in each with the files as they were kept, by the commands of the base."""
    from sandbox.detect.apart import detect_apart  # it is large, and who only acts on runs takes no step

    repository = ctx.repository()
    rules = await asyncio.to_thread(config_at, repository, ctx.state["fix_rules"])
    all_ = commands(rules, await asyncio.to_thread(detect_apart, workspace.tree))
    candidates = [one for check in all_.checks if check.kind is CheckKind.TEST for one in check.candidates]
    trees, limits = ctx.services.boxes.scratch(run, all_), all_.within(LIMITS)
    seen = []
    for commit in (ctx.state[BASE.key], ctx.state[HEAD.key]):
        await ctx.boundary()
        await ctx.say(f"running it at {commit[:10]}")
        plain = await asyncio.to_thread(repository.tree_of, commit)
        tree, paths = await asyncio.to_thread(_with_files, workspace, plain, found)
        seen.append(await seen_again(found, candidates, trees, tree, plain, paths, limits))
    return seen[0], seen[1]


def _barred(ctx: StepContext, workspace: Workspace, commit: str, found: Reproduction) -> frozenset[str]:
    return in_the_way(workspace.listing(ctx.repository().tree_of(commit)), found.files)


def _with_files(workspace: Workspace, tree: str, found: Reproduction) -> tuple[str, frozenset[str]]:
    """The tree with what was kept in it, also where the change has a file of that name; and its paths."""
    listing = dict(workspace.listing(tree))
    listing |= {path: ("100644", workspace.objects.write("blob", text.encode())) for path, text in found.files.items()}
    return workspace.objects.write_listing(listing), frozenset(listing)


def _seen(seen: dict[str, Any]) -> Done:
    said = f"not run: {seen['why']}" if "why" in seen else f"base: {seen['base']}; head: {seen['head']}"
    return Done({SEEN.key: seen}, said[:200])


def _nothing(why: str) -> Exit:
    return Exit(NOTHING, {SEEN.key: {"why": why}}, why)
