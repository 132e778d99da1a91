"""Bringing the change up to date: onto a base that has moved, and onto what others pushed to our branch.

Nothing of others is ever overwritten. What is on the branch stays in its history, and a change that
does not apply stops the run with the files named. Where the base was rewritten, what it held before
is not brought back: our branch leaves it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.errors import TreeRefused
from sandbox.git.repository import Repository
from sandbox.journal import EffectState
from workflows.advice import RESUME, ROLLBACK, SKIP, remake
from workflows.definition import Done, Exit, Failed, Result
from workflows.effects.code.branch import OnBranch
from workflows.effects.code.restart import RestartBranch
from workflows.effects.table import effects_of
from workflows.issue_to_pr.implementing import again_on_base
from workflows.services import StepContext
from workflows.steps.bases import Base, base_now, head_of

MOST_UPDATES = 3
"""A base that moves faster than the checks run is not chased for ever."""

_NAMED = 10


@dataclass(frozen=True, slots=True)
class _Moved:
    """Where things are now, beside where the run left them.

    `base` and `tip` are commits: what the change is measured against, and the head of our
    branch. `others` says that the branch has commits that are not ours; `rewritten` that the base
    does not hold what the change was made on any more.
    """

    base: str
    tip: str
    others: bool
    rewritten: bool = False


@dataclass(frozen=True, slots=True)
class _Carried:
    """The tree of the change on top of what is there now, or paths in conflict, and whether the base is to blame."""

    tree: str
    conflicts: tuple[str, ...] = ()
    by_base: bool = False


async def update(ctx: StepContext) -> Result:
    """Look where base and branch are; carry the change over where they have moved, and have it verified again."""
    if not ctx.state.get("commit"):
        return Failed("There is no commit to bring up to date.", advice=(remake("the commit"), ROLLBACK))
    repository = ctx.repository()
    remote = await ctx.forge.remote()
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    base = await base_now(ctx, repository)
    if isinstance(base, Failed):
        return base
    chased = ctx.state.get("updates", 0) >= MOST_UPDATES
    if chased and not base.rewritten:
        return Done(
            {"base_branch": base.branch}, f"left as it is: `{base.branch}` has moved {MOST_UPDATES} times already"
        )
    if chased:
        return Failed(
            f"Somebody rewrites {base.branch} again and again. Have the run go on when that is over.",
            advice=(RESUME, ROLLBACK),
            state={"updates": 0},
        )
    if base.rewritten and ctx.state.get("continued"):
        number = ctx.run.inputs["continues"]["pull"]
        return Failed(
            f"Somebody rewrote {base.branch}, and #{number}, which this run goes on with, is made on what that was. "
            "It is left as it is: close it, then start afresh.",
            advice=(ROLLBACK,),
        )
    moved = await _look(ctx, repository, base)
    if isinstance(moved, Failed):
        return moved
    if moved.base == ctx.state["base_commit"] and not moved.others:
        if moved.tip == tip_of(ctx):
            told = f"`{base.branch}` is where it was"
            if base.branch != ctx.state["base_branch"]:
                told = f"`{ctx.state['base_branch']}` is called `{base.branch}` by now"
            return Done({"conflict": None, "base_branch": base.branch}, told)
        return Exit("commit again", {"tip": moved.tip}, f"`{ctx.state['branch']}` has an earlier commit of this run")
    carried = await asyncio.to_thread(_carry_over, ctx, repository, moved)
    if (
        moved.rewritten
        and not carried.conflicts
        and (back := await asyncio.to_thread(_brought_back, ctx, repository, moved, carried.tree))
    ):
        return _brings_back(base.branch, back)
    if moved.rewritten and not ctx.dry:
        moved = await _restarted(ctx, repository, moved)
    return await _go_on(ctx, repository, moved, base.branch, carried)


def tip_of(ctx: StepContext) -> str:
    """The head of our branch as far as this run knows it: what a push expects to find."""
    return str(ctx.state.get("tip") or ctx.state["base_commit"])


def parents_of(repository: Repository, base: str, tip: str) -> list[str]:
    """What a commit of the run's tree comes after: the base, and the branch where that holds more."""
    if repository.contains(base, tip):
        return [base]
    return [tip] if repository.contains(tip, base) else [tip, base]


async def _look(ctx: StepContext, repository: Repository, base: Base) -> _Moved | Failed:
    there = _Moved(base.commit, tip_of(ctx), others=False, rewritten=base.rewritten)
    if ctx.dry:
        return there
    branch = ctx.state["branch"]
    head = await asyncio.to_thread(head_of, repository, branch)
    if head is None:
        return Failed(f"Somebody deleted the branch {branch}.", advice=(remake("the branch"), ROLLBACK))
    ours = await _ours(ctx, branch)
    if head in ours and not await asyncio.to_thread(repository.contains, head, there.tip):
        there = replace(there, tip=head)  # it was put there since the base was rewritten
    between = await asyncio.to_thread(repository.commits, head, [there.tip, there.base])
    others = not set(between) <= ours
    if not await asyncio.to_thread(repository.contains, head, there.tip):
        return Failed(
            f"Somebody rewrote {branch}: it is at {head[:12]}, without {there.tip[:12]}. It is left as it is: "
            "rename or delete it, then have the branch made anew.",
            advice=(remake("the branch"), ROLLBACK),
        )
    if others and base.rewritten:
        return Failed(
            f"Somebody rewrote {base.branch}, and others pushed to {branch}, on what {base.branch} was before. That is "
            f"left as it is: bring {branch} to what {base.branch} is now, or delete it and have the branch made anew.",
            advice=(RESUME, remake("the branch"), ROLLBACK),
        )
    return replace(there, tip=head, others=others)


async def _restarted(ctx: StepContext, repository: Repository, moved: _Moved) -> _Moved:
    """Have our branch leave what the base does not hold any more, at once where it holds nothing else."""
    if ctx.state.get("pull") or moved.tip == moved.base:
        return moved  # a pull request whose branch has nothing of its own would be closed; the next push leaves it
    branch, remote = ctx.state["branch"], await ctx.forge.remote(write=True)

    async def move() -> None:
        await asyncio.to_thread(repository.restart, remote.url, moved.base, branch, expected=moved.tip, env=remote.env)

    await RestartBranch(branch, moved.tip, moved.base).do(ctx.journal, move)
    return replace(moved, tip=moved.base)


def _brought_back(ctx: StepContext, repository: Repository, moved: _Moved, tree: str) -> list[str]:
    """Files of the carried change whose contents the base held before it was rewritten, and does not hold now."""
    now = {file.blob for file in repository.files(moved.base)}
    gone = {file.blob for file in repository.files(ctx.state["base_commit"]) if file.size} - now
    return [file.path for file in repository.files(tree) if file.blob in gone]


def _brings_back(base_branch: str, paths: Sequence[str]) -> Failed:
    return Failed(
        f"Somebody rewrote {base_branch}, and the change holds what was taken out of it: {_listed(tuple(paths))}. "
        "Nothing is pushed. Have the change made again on what is there now, or roll back.",
        advice=(remake("the change"), ROLLBACK),
        state={"brought_back": list(paths)[:_NAMED]},
    )


def _carry_over(ctx: StepContext, repository: Repository, moved: _Moved) -> _Carried:
    commit, base = ctx.state["commit"], ctx.state["base_commit"]
    if moved.base != base:
        replayed = repository.replay(base, commit, moved.base)
        if replayed.conflicts:
            return _Carried("", replayed.conflicts, by_base=True)
        author = ctx.services.author
        commit = repository.write_commit(
            replayed.tree, [moved.base], "carried over", author=author, committer=author, when=0
        )
    if moved.others:
        replayed = repository.replay(tip_of(ctx), moved.tip, commit)
        if replayed.conflicts:
            return _Carried("", replayed.conflicts)
        return _Carried(replayed.tree)
    return _Carried(repository.tree_of(commit))


async def _go_on(
    ctx: StepContext, repository: Repository, moved: _Moved, base_branch: str, carried: _Carried
) -> Result:
    branch, conflicts = ctx.state["branch"], carried.conflicts
    state: dict[str, Any] = {
        "base_branch": base_branch,
        "base_commit": moved.base,
        "base_tree": await asyncio.to_thread(repository.tree_of, moved.base),
        "tip": moved.tip,
        "updates": ctx.state.get("updates", 0) + 1,
        "conflict": None,
        "others": bool(ctx.state.get("others")) or moved.others,
        "rewritten": bool(ctx.state.get("rewritten")) or moved.rewritten,
    }
    if conflicts and not carried.by_base:
        return Failed(
            f"Somebody pushed to {branch}, and our change conflicts with theirs in: {_listed(conflicts)}."
            " Theirs is left as it is.",
            advice=(remake("the change"), ROLLBACK),
        )
    if conflicts:
        told = ctx.state.get("conflict") or {}
        if told.get("base") != moved.base or moved.others:
            return _conflict(base_branch, moved, conflicts)
        failed = await _bring(ctx, state["base_tree"])
        state |= again_on_base(ctx, conflicts) | _renamed(ctx, state["base_tree"])
        return failed or Exit("rework", state, f"made again on `{base_branch}` at {moved.base[:10]}")
    failed = await _bring(ctx, carried.tree)
    if failed:
        return failed
    onto = f"`{branch}` with commits of others" if moved.others else f"`{base_branch}` at {moved.base[:10]}"
    why = f"`{base_branch}` was rewritten: " if moved.rewritten else ""
    return Exit("carried over", state | _renamed(ctx, carried.tree), f"{why}carried over to {onto}; verified again")


def _conflict(base_branch: str, moved: _Moved, conflicts: tuple[str, ...]) -> Failed:
    state = {"conflict": {"base": moved.base, "files": list(conflicts[:_NAMED])}}
    if moved.rewritten:
        return Failed(
            f"Somebody rewrote {base_branch}, which is at {moved.base[:12]} now, and the change conflicts with it in: "
            f"{_listed(conflicts)}. Resume the run to have the change made again on the new {base_branch}.",
            advice=(RESUME, ROLLBACK),
            state=state,
        )
    return Failed(
        f"{base_branch} has moved to {moved.base[:12]}, and the change conflicts with it in: {_listed(conflicts)}."
        f" Resume the run to have the change made again on the new {base_branch},"
        " or skip this step to open the pull request as it is.",
        advice=(RESUME, SKIP),
        state=state,
    )


async def _bring(ctx: StepContext, tree: str) -> Failed | None:
    """Bring the workspace to a tree; the walker journals it as this step's change."""
    workspace = await ctx.workspace()
    try:
        await asyncio.to_thread(workspace.restore, tree)
    except TreeRefused as refused:
        return Failed(
            f"The change could not be carried over to {ctx.state['base_branch']}: {refused}", advice=(RESUME, SKIP)
        )
    return None


def _renamed(ctx: StepContext, tree: str) -> dict[str, Any]:
    """Tells the agent's transcript, which names trees, that this one is now that one."""
    before, earlier = ctx.here.mark_before, ctx.state.get("carried") or {}
    return {"carried": {"from": earlier["from"] if earlier.get("to") == before else before, "to": tree}}


async def _ours(ctx: StepContext, branch: str) -> set[str]:
    """The commits that this run put the branch at, or was about to; what a rollback reverted is still below."""
    states = {EffectState.INTENDED, EffectState.DONE, EffectState.KEPT, EffectState.UNDONE}
    effects = [one.effect for one in await effects_of(ctx.services.ledger, ctx.run.id) if one.entry.state in states]
    return {effect.head for effect in effects if isinstance(effect, OnBranch) and effect.branch == branch}


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + more
