"""Bringing the change up to date: onto a base that has moved, and onto what others pushed to our branch.

Nothing is ever overwritten. What is on the branch stays in its history, and a change that
does not apply stops the run with the files named.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from sandbox.errors import RepositoryError, TreeRefused
from sandbox.git.repository import Repository
from sandbox.journal import EffectState
from workflows.advice import RESUME, ROLLBACK, SKIP, remake
from workflows.definition import Done, Exit, Failed, Result
from workflows.effects.branch import OnBranch
from workflows.effects.table import effects_of
from workflows.issue_to_pr.implementing import again_on_base
from workflows.services import StepContext

MOST_UPDATES = 3
"""A base that moves faster than the checks run is not chased for ever."""

_NAMED = 10


@dataclass(frozen=True, slots=True)
class _Moved:
    """Where things are now, beside where the run left them.

    `base` and `tip` are commits: what the change is measured against, and the head of our
    branch. `others` says that the branch has commits that are not ours.
    """

    base: str
    tip: str
    others: bool


async def update(ctx: StepContext) -> Result:
    """Look where base and branch are; carry the change over where they have moved, and have it verified again."""
    base_branch, branch = ctx.state["base_branch"], ctx.state["branch"]
    if ctx.state.get("updates", 0) >= MOST_UPDATES:
        return Done(summary=f"left as it is: `{base_branch}` has moved {MOST_UPDATES} times already")
    if not ctx.state.get("commit"):
        return Failed("There is no commit to bring up to date.", advice=(remake("the commit"), ROLLBACK))
    repository = ctx.repository()
    remote = await ctx.forge.remote()
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    moved = await _look(ctx, repository)
    if isinstance(moved, Failed):
        return moved
    if moved.base == ctx.state["base_commit"] and not moved.others:
        if moved.tip == tip_of(ctx):
            return Done({"conflict": None}, f"`{base_branch}` is where it was")
        return Exit("commit again", {"tip": moved.tip}, f"`{branch}` has an earlier commit of this run")
    carried = await asyncio.to_thread(_carry_over, ctx, repository, moved)
    return await _go_on(ctx, repository, moved, *carried)


def tip_of(ctx: StepContext) -> str:
    """The head of our branch as far as this run knows it: what a push expects to find."""
    return str(ctx.state.get("tip") or ctx.state["base_commit"])


def parents_of(repository: Repository, base: str, tip: str) -> list[str]:
    """What a commit of the run's tree comes after: the base, and the branch where that holds more."""
    if repository.contains(base, tip):
        return [base]
    return [tip] if repository.contains(tip, base) else [tip, base]


async def _look(ctx: StepContext, repository: Repository) -> _Moved | Failed:
    base = ctx.state["base_commit"]
    now = await asyncio.to_thread(_head, repository, ctx.state["base_branch"])
    if now is not None and not await asyncio.to_thread(repository.contains, now, base):
        now = None  # rewritten: there is no way from the old base to the new one that is surely right
    there = _Moved(now or base, tip_of(ctx), others=False)
    if ctx.dry:
        return there
    branch = ctx.state["branch"]
    head = await asyncio.to_thread(_head, repository, branch)
    if head is None:
        return Failed(f"Somebody deleted the branch {branch}.", advice=(remake("the branch"), ROLLBACK))
    between = await asyncio.to_thread(repository.commits, head, [there.tip, there.base])
    others = not set(between) <= await _ours(ctx, branch)
    if not await asyncio.to_thread(repository.contains, head, there.tip):
        return Failed(
            f"Somebody rewrote {branch}: it is at {head[:12]}, without {there.tip[:12]}. It is left as it is: "
            "rename or delete it, then have the branch made anew.",
            advice=(remake("the branch"), ROLLBACK),
        )
    return _Moved(there.base, head, others)


def _carry_over(ctx: StepContext, repository: Repository, moved: _Moved) -> tuple[str, tuple[str, ...], bool]:
    """The tree of the change on top of what is there now, the paths in conflict, and whether the base is to blame."""
    commit, base = ctx.state["commit"], ctx.state["base_commit"]
    if moved.base != base:
        replayed = repository.replay(base, commit, moved.base)
        if replayed.conflicts:
            return "", replayed.conflicts, True
        author = ctx.services.author
        commit = repository.write_commit(
            replayed.tree, [moved.base], "carried over", author=author, committer=author, when=0
        )
    if moved.others:
        replayed = repository.replay(tip_of(ctx), moved.tip, commit)
        if replayed.conflicts:
            return "", replayed.conflicts, False
        return replayed.tree, (), False
    return repository.tree_of(commit), (), False


async def _go_on(
    ctx: StepContext, repository: Repository, moved: _Moved, tree: str, conflicts: tuple[str, ...], by_base: bool
) -> Result:
    base_branch, branch = ctx.state["base_branch"], ctx.state["branch"]
    state: dict[str, Any] = {
        "base_commit": moved.base,
        "base_tree": await asyncio.to_thread(repository.tree_of, moved.base),
        "tip": moved.tip,
        "updates": ctx.state.get("updates", 0) + 1,
        "conflict": None,
        "others": bool(ctx.state.get("others")) or moved.others,
    }
    if conflicts and not by_base:
        return Failed(
            f"Somebody pushed to {branch}, and our change conflicts with theirs in: {_listed(conflicts)}."
            " Theirs is left as it is.",
            advice=(remake("the change"), ROLLBACK),
        )
    if conflicts:
        told = ctx.state.get("conflict") or {}
        if told.get("base") != moved.base or moved.others:
            return _conflict(base_branch, moved.base, conflicts)
        failed = await _bring(ctx, state["base_tree"])
        state |= again_on_base(ctx, conflicts) | _renamed(ctx, state["base_tree"])
        return failed or Exit("rework", state, f"made again on `{base_branch}` at {moved.base[:10]}")
    failed = await _bring(ctx, tree)
    if failed:
        return failed
    onto = f"`{branch}` with commits of others" if moved.others else f"`{base_branch}` at {moved.base[:10]}"
    return Exit("carried over", state | _renamed(ctx, tree), f"carried over to {onto}; verified again")


def _conflict(base_branch: str, base: str, conflicts: tuple[str, ...]) -> Failed:
    return Failed(
        f"{base_branch} has moved to {base[:12]}, and the change conflicts with it in: {_listed(conflicts)}."
        f" Resume the run to have the change made again on the new {base_branch},"
        " or skip this step to open the pull request as it is.",
        advice=(RESUME, SKIP),
        state={"conflict": {"base": base, "files": list(conflicts[:_NAMED])}},
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


def _head(repository: Repository, branch: str) -> str | None:
    """A branch of the mirror as it was just fetched."""
    try:
        return repository.resolve(f"refs/heads/{branch}")
    except RepositoryError:
        return None


def _listed(paths: tuple[str, ...]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(paths[:_NAMED]) + more
