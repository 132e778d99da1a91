"""Commits that have to be signed: by the key that the server was given, else by the forge, which makes them then.

What a forge makes holds whole plain files on top of one commit, neither executable files nor links: a change with
such asks for a key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sandbox.git.repository import Repository
from sandbox.journal import FileChange
from workflows.advice import RETRY, ROLLBACK
from workflows.definition import Failed
from workflows.effects.code.push import PushCommits
from workflows.effects.code.restart import RestartBranch
from workflows.issue_to_pr.branch.updating import tip_of
from workflows.ports import CommitMaker, SignedCommit
from workflows.services import StepContext
from workflows.steps.change import Change
from workflows.steps.rules.ground_rules import rules_of_branch

_KEY = "Give the server a key for signing (PULLWRIGHT_SIGNING_KEY), or lift the rule."
_NAMED = 5
_NO_FILES = ("120000", "160000")


async def needs_forge(ctx: StepContext, change: Change, parents: Sequence[str]) -> bool | Failed:
    """Whether the forge has to make the commit, since a rule wants it signed; the failure where it cannot."""
    forge = ctx.forge.operations(ctx.run.id)
    if ctx.services.signing_key is not None or not isinstance(forge, CommitMaker):
        return False
    kinds = {
        rule.kind
        for name in (ctx.state["branch"], ctx.state["base_branch"])
        for rule in await rules_of_branch(ctx, name)
    }
    if "required_signatures" not in kinds:
        return False
    why = ""
    if odd := [one.path for one in change.changes if is_odd(one)]:
        more = f" and {len(odd) - _NAMED} more" if len(odd) > _NAMED else ""
        why = f"can hold neither executable files nor links: {', '.join(odd[:_NAMED])}{more}"
    elif len(parents) > 1:
        why = "cannot bring together commits of others and a base that has moved"
    if why:
        return Failed(
            f"Commits must be signed here, and those that GitHub makes for us {why}. {_KEY}", advice=(RETRY, ROLLBACK)
        )
    return True


async def commit_by_forge(ctx: StepContext, branch: str, commit: str) -> str | Failed:
    """Have the forge make a commit like ours on its branch, or find the one that an interrupted attempt had it make.

    RollbackRefused where somebody else was quicker.
    """
    forge, repository = ctx.forge.operations(ctx.run.id), ctx.repository()
    assert isinstance(forge, CommitMaker), "it was asked whether it makes commits"
    wanted = await asyncio.to_thread(repository.tree_of, commit)
    (parent,) = await asyncio.to_thread(repository.parents, commit)
    made = await ctx.forge.branch_head(branch) or ""
    if made and not await asyncio.to_thread(_is_it, repository, made, parent, wanted):
        made = ""
    if not made:
        await _bring(ctx, repository, branch, parent)
        message = await asyncio.to_thread(repository.message, commit)
        additions, deletions = await asyncio.to_thread(_files, repository, parent, commit)
        ids: list[str] = []

        async def make() -> None:
            ids.append(await forge.commit_on_branch(SignedCommit(branch, parent, message, additions, deletions)))

        await PushCommits(branch, parent, commit).do(ctx.journal, make)
        made = ids[0]
    await PushCommits(branch, parent, made).do(ctx.journal, _nothing)
    remote = await ctx.forge.remote()
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    await asyncio.to_thread(repository.pin, ctx.run.id, made)
    if await asyncio.to_thread(repository.tree_of, made) != wanted:
        return Failed(
            f"The commit {made[:12]} that GitHub made holds something else than ours. {_KEY}", advice=(ROLLBACK,)
        )
    return made


async def _bring(ctx: StepContext, repository: Repository, branch: str, parent: str) -> None:
    """Have the branch at what the commit comes after, where the base has moved."""
    tip = tip_of(ctx)
    if parent == tip:
        return
    remote = await ctx.forge.remote(write=True)
    forward = await asyncio.to_thread(repository.contains, parent, tip)

    async def act() -> None:
        move = repository.push if forward else repository.restart
        await asyncio.to_thread(move, remote.url, parent, branch, expected=tip, env=remote.env)

    moved = PushCommits(branch, tip, parent) if forward else RestartBranch(branch, tip, parent)
    await moved.do(ctx.journal, act)


async def _nothing() -> None:
    """It is done: what remains is to write down which commit came of it."""


def _is_it(repository: Repository, head: str, parent: str, tree: str) -> bool:
    if repository.missing([head]):
        return False
    return repository.parents(head) == [parent] and repository.tree_of(head) == tree


def _files(repository: Repository, before: str, after: str) -> tuple[dict[str, bytes], list[str]]:
    """The files that differ, as they are afterwards, and those that are gone."""
    old = {file.path: file.blob for file in repository.files(before)}
    new = {file.path: file.blob for file in repository.files(after)}
    wanted = {path: blob for path, blob in new.items() if old.get(path) != blob}
    held = dict(repository.read_blobs(list(dict.fromkeys(wanted.values()))))
    return {path: held[blob] for path, blob in wanted.items()}, [path for path in old if path not in new]


def is_odd(change: FileChange) -> bool:
    """Whether a forge cannot make it: a link, a submodule, or an executable bit that is new at its place.

    What is there keeps its mode, be it that of a link; what is gone asks for none.
    """
    before, after = "" if change.old_path else change.before_mode, change.after_mode
    if not after:
        return before == "160000"
    return after in _NO_FILES or after != (before or "100644")
