"""A branch that was moved forward. It only ever moves forward: what was pushed is taken back by a commit on top."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from sandbox.journal import JournalEntry
from workflows.effects.code.branch import CreateBranch, OnBranch, obstacle_on, our_head, protected
from workflows.effects.kind import UndoContext
from workflows.journal import Journal


@dataclass(frozen=True, slots=True)
class PushCommits(OnBranch):
    """From `before` to `after`; `others` says that commits of other people came along."""

    before: str
    after: str
    others: bool = False
    kind: ClassVar[str] = "push"
    undoing: ClassVar[str] = "It goes with its branch; on one that stays a commit on top takes it back."

    def payload(self) -> dict[str, object]:
        moved: dict[str, object] = {"branch": self.branch, "before": self.before, "after": self.after}
        return moved | ({"others": "yes"} if self.others else {})

    @property
    def head(self) -> str:
        return self.after

    @property
    def commits(self) -> frozenset[str]:
        return frozenset({self.before, self.after})

    @property
    def has_others(self) -> bool:
        return self.others

    async def do(self, journal: Journal, push: Callable[[], Awaitable[None]]) -> None:
        """`push` names the head that it expects, so done twice it does nothing, and moves nobody else's."""
        await journal.do(self.effect, push)

    async def obstacle(self, back: UndoContext, entry: JournalEntry) -> str:
        goes = back.goes_too(lambda one: isinstance(one.effect, CreateBranch) and one.effect.branch == self.branch)
        return await obstacle_on(back, self.branch) or await protected(back, self.branch, deleting=goes)

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        """Nothing where the branch itself goes; else a commit on top, journaled as a push of ours."""
        if back.goes_too(lambda one: isinstance(one.effect, CreateBranch) and one.effect.branch == self.branch):
            return ""
        head = await our_head(back, self.branch)
        if head is None:
            return ""
        repository, remote = back.repository(), await back.forge.remote(write=True)
        await asyncio.to_thread(repository.fetch, remote.url, remote.env)
        tree = await asyncio.to_thread(repository.tree_of, self.before)
        if await asyncio.to_thread(repository.tree_of, head) == tree:
            return ""
        message = f"Take back {head[:12]}\n\nRun {back.run_id} was rolled back to before it.\n"
        made = await asyncio.to_thread(
            repository.write_commit,
            tree,
            [head],
            message,
            author=back.author,
            committer=back.author,
            when=int(entry.at),
            key=back.signing_key,
        )

        async def push() -> None:
            await asyncio.to_thread(repository.push, remote.url, made, self.branch, expected=head, env=remote.env)

        await PushCommits(self.branch, head, made).do(back.journal, push)
        return ""
