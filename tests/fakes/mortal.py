"""Parts of the run's world in which the process can die at any call: before it happened, or just after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.journal import Effect, EffectState, FileChange, Where
from workflows.effects.conversation.pull import PullTexts
from workflows.journal import Journal
from workflows.ports import Forge, Pull, PullDraft, Remote
from workflows.store.database import Store
from workflows.store.run_rows.ledger import SqlLedger


class Death(BaseException):
    """The process ends here. Nothing of ours catches it, as nothing would run."""


@dataclass
class Fuse:
    """Burns down with every call; at its end the process dies, once. None: it lives."""

    left: int | None = None

    def burn(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Death


class MortalLedger(SqlLedger):
    """The journal in the database."""

    def __init__(self, store: Store, fuse: Fuse) -> None:
        super().__init__(store)
        self._fuse = fuse

    def append_files(
        self,
        where: Where,
        before: str,
        after: str,
        changes: Sequence[FileChange],
        blobs: Iterable[tuple[str, bytes]],
    ) -> None:
        self._fuse.burn()
        super().append_files(where, before, after, changes, blobs)
        self._fuse.burn()

    def intend(self, where: Where, effect: Effect) -> int:
        self._fuse.burn()
        seq = super().intend(where, effect)
        self._fuse.burn()
        return seq

    def settle(self, seq: int, state: EffectState, result: Mapping[str, object] | None = None) -> None:
        self._fuse.burn()
        super().settle(seq, state, result)
        self._fuse.burn()


@dataclass(frozen=True, slots=True)
class MortalForge:
    """A forge in front of another."""

    inner: Forge
    fuse: Fuse

    async def remote(self, *, write: bool = False) -> Remote:
        return await self.inner.remote(write=write)

    async def default_base(self) -> str:
        return await self.inner.default_base()

    async def branch_head(self, branch: str) -> str | None:
        return await self.inner.branch_head(branch)

    async def open_pull(self, run_id: str, draft: PullDraft, journal: Journal) -> Pull:
        pull = await self.inner.open_pull(run_id, draft, journal)
        self.fuse.burn()
        return pull

    async def delete_branch(self, branch: str, expected: str) -> None:
        await self.inner.delete_branch(branch, expected)
        self.fuse.burn()

    def operations(self, run_id: str) -> MortalPullText:
        operations = self.inner.operations(run_id)
        assert isinstance(operations, PullTexts), "a forge on this machine"
        return MortalPullText(operations, self.fuse)


@dataclass(frozen=True, slots=True)
class MortalPullText:
    """The text that stands for a pull request."""

    inner: PullTexts
    fuse: Fuse

    async def remove_text(self) -> None:
        await self.inner.remove_text()
        self.fuse.burn()
