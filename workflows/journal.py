"""The journal as a step writes into it: each effect before it happens, with what it takes to undo it.

An effect's `undo` says what we left, so that undoing it can tell what somebody else changed
since. Whatever a forge makes or changes goes through `Journal.do`, but for the run's own
progress comment and check, reactions, and answers to people: those tell what happened, and
go on telling it after a rollback.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from sandbox.errors import UserError
from sandbox.journal import Effect, EffectState, Ledger, Where

Act = Callable[[], Awaitable[Mapping[str, object] | None]]
"""Does it; what it gives back is kept with the effect as its result, small and plain JSON."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal, as one attempt at one step writes into it."""

    ledger: Ledger
    where: Where

    async def do(self, effect: Effect, act: Act) -> Mapping[str, object]:
        """Write an effect down, do it, and close it; its result.

        What was refused is closed as failed. Where it is not known what became of it (an answer
        that was lost, a crash) it stays intended, and is found again by the next attempt.
        """
        seq = await asyncio.to_thread(self.ledger.intend, self.where, effect)
        try:
            result = await act() or {}
        except UserError as error:
            await asyncio.to_thread(self.ledger.settle, seq, EffectState.FAILED, {"reason": str(error)})
            raise
        await asyncio.to_thread(self.ledger.settle, seq, EffectState.DONE, result)
        return result

    async def begun(self, kind: str, target: str) -> Mapping[str, object]:
        """How to undo what an earlier attempt at this step was about to do; empty where there is no such thing.

        What was found before that attempt may not be found any more after it.
        """
        return await self._first(kind, target, EffectState.INTENDED)

    async def earlier(self, kind: str, target: str) -> Mapping[str, object]:
        """The same of what an earlier attempt at this step was about to do, or has done and could not tell any more.

        So what is found there is known to be ours.
        """
        return await self._first(kind, target, EffectState.INTENDED, EffectState.DONE)

    async def _first(self, kind: str, target: str, *states: EffectState) -> Mapping[str, object]:
        for entry in await asyncio.to_thread(self.ledger.entries, self.where.run_id):
            mine = entry.where.step == self.where.step and entry.state in states
            if mine and entry.effect is not None and (entry.effect.kind, entry.effect.target) == (kind, target):
                return entry.effect.undo
        return {}
