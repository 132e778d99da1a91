"""The branch of a proposal for the CHANGELOG: made once, then moved forward as long as nobody else works on it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sandbox.errors import PushRefused, RollbackRefused
from sandbox.git.history import TreeFile
from sandbox.git.repository import Repository
from workflows.effects.code.branch import CreateBranch
from workflows.effects.code.push import PushCommits
from workflows.effects.conversation.pull import PullOperations
from workflows.effects.items import PullInfo
from workflows.release_notes.proposal.proposals import PUSHED, commits_on
from workflows.services import StepContext


@runtime_checkable
class KnownClosers(Protocol):
    """A forge that tells by whom a pull request was closed."""

    async def is_closed_by_me(self, number: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class ProposalPlace:
    """Where the commit of a proposal goes: its parents, and the commit whose tree it has but for the one file.

    `head` is where the branch is, "" where there is none yet. `done`: an attempt before has put it there already.
    """

    head: str
    parents: tuple[str, ...]
    tree: str
    done: bool = False


async def place_of(ctx: StepContext, name: str, base: str, file: TreeFile) -> ProposalPlace | str:
    """On top of the base, or of the branch where we have left it; why it is left as it is, as a summary.

    The base is merged in where the file is another one there by now: so it never conflicts, and nothing is rewritten.
    """
    remote, repository = await ctx.forge.remote(write=True), ctx.repository()
    head = await asyncio.to_thread(repository.branch_head, remote.url, name, remote.env)
    if head is None:
        return ProposalPlace("", (base,), base)
    if head == _pushed(ctx, name).get("after"):
        return ProposalPlace(head, (head,), head, done=True)
    if head not in await ctx.services.store.read(commits_on, ctx.run.repository, name):
        return f"somebody works on the branch {name}, so it stays as it is"
    forge = ctx.forge.operations(ctx.run.id)
    newest = await forge.find_pull(name, state="all") if isinstance(forge, PullOperations) else None
    if newest is not None and newest.state != "open" and (newest.merged or not await _is_closed_by_us(forge, newest)):
        return f"the pull request of {name} was closed, so it stays so"
    await asyncio.to_thread(_bring, repository, head, remote.url, remote.env)
    fork = await asyncio.to_thread(repository.merge_base, head, base)
    if fork and await asyncio.to_thread(_blob, repository, fork, file.path) == file.blob:
        return ProposalPlace(head, (head,), head)
    return ProposalPlace(head, (head, base), base)


async def put_there(ctx: StepContext, name: str, place: ProposalPlace, commit: str) -> str:
    """Have the branch at the commit; why it is not, as a summary, "" where it is."""
    remote, repository = await ctx.forge.remote(write=True), ctx.repository()
    before = str(_pushed(ctx, name).get("before") or "") if place.done else place.head
    if before == commit:
        return ""

    async def push() -> None:
        if not place.done:
            expected = before or None
            await asyncio.to_thread(repository.push, remote.url, commit, name, expected=expected, env=remote.env)

    if not place.done:
        await ctx.keep(**{PUSHED: {"branch": name, "before": before, "after": commit}})
    try:
        if before:
            await PushCommits(name, before, commit).do(ctx.journal, push)
        else:
            await CreateBranch(name, commit).do(ctx.journal, push)
    except RollbackRefused:
        return f"somebody pushed to {name} meanwhile, so it stays as it is"
    except PushRefused as error:
        return f"not proposed: {error.sentence}"
    return ""


async def _is_closed_by_us(forge: object, pull: PullInfo) -> bool:
    """What we closed, since it was no use any more, may be of use again; what a person closed stays so."""
    return isinstance(forge, KnownClosers) and await forge.is_closed_by_me(pull.number)


def _pushed(ctx: StepContext, name: str) -> Mapping[str, str]:
    """What this run was about to do to the branch, in an attempt before; empty where it was not."""
    kept: Mapping[str, str] = ctx.state.get(PUSHED) or {}
    return kept if kept.get("branch") == name else {}


def _bring(repository: Repository, commit: str, url: str, env: Mapping[str, str]) -> None:
    if lacking := repository.missing([commit]):
        repository.fetch_commits(lacking, url, env)
    repository.complete(commit, url, env)


def _blob(repository: Repository, commit: str, path: str) -> str:
    return next((one.blob for one in repository.files(commit) if one.path == path), "")
