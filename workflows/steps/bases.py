"""Where the base of a change is now: it may have moved, been rewritten, got another name, or be gone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.errors import RepositoryError
from sandbox.git.repository import Repository
from workflows.advice import RESUME, ROLLBACK
from workflows.definition import Failed
from workflows.ports import BranchNames
from workflows.services import StepContext


@dataclass(frozen=True, slots=True)
class Base:
    """`branch` as it is called now, `commit` its head; `rewritten` where that lacks what the change was made on."""

    branch: str
    commit: str
    rewritten: bool = False


async def base_now(ctx: StepContext, repository: Repository) -> Base | Failed:
    """The base in the mirror as it was just fetched; a failure where there is none any more."""
    branch, made_on = ctx.state["base_branch"], ctx.state["base_commit"]
    head = await asyncio.to_thread(head_of, repository, branch)
    if head is None:
        branch = await _new_name(ctx, repository, branch)
        head = await asyncio.to_thread(head_of, repository, branch) if branch else None
    if head is None:
        gone = ctx.state["base_branch"]
        return Failed(
            f"There is no branch {gone} any more, which the change is for. Bring it back, then resume the run.",
            advice=(RESUME, ROLLBACK),
        )
    kept = await asyncio.to_thread(repository.contains, head, made_on)
    return Base(branch, head, rewritten=not kept)


async def _new_name(ctx: StepContext, repository: Repository, branch: str) -> str:
    """What the branch is called by now, as far as the forge says; "" where it does not."""
    names = ctx.forge.operations(ctx.run.id)
    found = await names.new_name(branch) if isinstance(names, BranchNames) else ""
    return "" if found == branch else found


def head_of(repository: Repository, branch: str) -> str | None:
    """A branch of the mirror as it was just fetched."""
    try:
        return repository.resolve(f"refs/heads/{branch}")
    except RepositoryError:
        return None
