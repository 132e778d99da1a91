"""A branch that was not there. It is deleted while it is at a commit of the run, and nobody builds on it."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.errors import RollbackRefused
from sandbox.journal import JournalEntry
from workflows.effects.items import PullInfo
from workflows.effects.kind import RemoteEffect, UndoContext
from workflows.journal import Journal
from workflows.ports import BranchRules


@runtime_checkable
class BranchOperations(Protocol):
    """A forge on which others may need a branch."""

    def is_me(self, login: str) -> bool: ...

    async def find_pull(self, branch: str) -> PullInfo | None:
        """The open pull request of a branch."""
        ...

    async def is_protected(self, branch: str) -> bool:
        """Whether a rule of the repository protects it."""
        ...


@dataclass(frozen=True, slots=True)
class OnBranch(RemoteEffect):
    """What puts a branch at a commit."""

    branch: str

    @property
    def target(self) -> str:
        return self.branch

    @property
    @abstractmethod
    def commits(self) -> frozenset[str]:
        """Those that the run left the branch at, or found it at, by this."""

    @property
    @abstractmethod
    def head(self) -> str:
        """The one that it left it at."""

    @property
    def has_others(self) -> bool:
        """Whether commits of other people came along."""
        return False


@dataclass(frozen=True, slots=True)
class CreateBranch(OnBranch):
    """A branch at `commit`. Undone by deleting it, where it is at a commit of this run."""

    commit: str
    kind: ClassVar[str] = "create_branch"
    undoing: ClassVar[str] = "It is deleted, while it holds nothing but this run's commits."

    @property
    def head(self) -> str:
        return self.commit

    @property
    def commits(self) -> frozenset[str]:
        return frozenset({self.commit})

    async def do(self, journal: Journal, create: Callable[[], Awaitable[None]]) -> None:
        """`create` does nothing where the branch is there already."""
        await journal.do(self.effect, create)

    async def obstacle(self, back: UndoContext, entry: JournalEntry) -> str:
        if sentence := await obstacle_on(back, self.branch):
            return sentence
        forge = back.operations
        if isinstance(forge, BranchOperations):
            pull = await forge.find_pull(self.branch)
            if pull is not None and not forge.is_me(pull.author.login):
                return f"{pull.author.login} opened pull request #{pull.number} from branch {pull.head}."
        return await protected(back, self.branch)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        head = await our_head(back, self.branch)
        if head is not None:
            await back.forge.delete_branch(self.branch, head)
        return ""


async def protected(back: UndoContext, branch: str, *, deleting: bool = True) -> str:
    """A sentence where a rule keeps us from deleting a branch, or from pushing a commit on top of it."""
    if isinstance(back.operations, BranchOperations) and await back.operations.is_protected(branch):
        return f"Branch {branch} is protected by a rule of the repository."
    kinds = (
        {rule.kind for rule in await back.operations.rules(branch)}
        if isinstance(back.operations, BranchRules)
        else set()
    )
    if deleting:
        return f"A rule of the repository forbids to delete branch {branch}." if "deletion" in kinds else ""
    if kinds & _CLOSED:
        return f"A rule of the repository keeps us from pushing to branch {branch}."
    if "required_signatures" in kinds and back.signing_key is None:
        return f"Commits on branch {branch} must be signed, and what takes others back would not be."
    return ""


_CLOSED = frozenset({"update", "pull_request", "merge_queue", "required_status_checks"})
"""Rules under which nobody pushes to a branch."""


async def obstacle_on(back: UndoContext, branch: str) -> str:
    """A sentence where a branch is not ours any more, holds what others made, or is in use."""
    head = await back.forge.branch_head(branch)
    if head is None:
        return ""
    effects = await _on(back, branch)
    if not any(head in effect.commits for effect in effects):
        return _not_ours(branch, head)
    if any(effect.has_others for effect in effects):
        return f"Branch {branch} holds commits that somebody else made, under those of this run."
    return await asyncio.to_thread(back.in_use, branch)


async def our_head(back: UndoContext, branch: str) -> str | None:
    """Where the branch is, None where it is gone; RollbackRefused where that is not a commit of ours."""
    head = await back.forge.branch_head(branch)
    if head is not None and not any(head in effect.commits for effect in await _on(back, branch)):
        raise RollbackRefused(_not_ours(branch, head))
    return head


async def _on(back: UndoContext, branch: str) -> list[OnBranch]:
    """What this run did to a branch, and this rollback meanwhile."""
    effects = [one.effect for one in await back.recorded()]
    return [effect for effect in effects if isinstance(effect, OnBranch) and effect.branch == branch]


def _not_ours(branch: str, head: str) -> str:
    return f"Branch {branch} is at {head[:12]}, which is not a commit of this run: somebody built on it."
