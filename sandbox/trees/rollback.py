"""Taking a run back: which entries of the journal are undone, newest first, and doing it so that it can be repeated.

Undoing is journaled like everything else: remote undoing as effects, the tree's way back as
file changes, both under the step `rollback`. After a crash the same call goes on: what is
undone already is not in the new plan, and a tree that is back stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sandbox.errors import RollbackRefused, RollbackStopped, UserError
from sandbox.journal import Effect, EffectState, FileChange, JournalEntry, Ledger, Where
from sandbox.trees.rebuild import ROLLBACK, Transition, rebuild, transitions
from sandbox.trees.workspace import Workspace


class Mode(StrEnum):
    SOFT = "soft"
    """Everything is kept for a person to go on with."""
    HARD = "hard"
    """Everything is as before the run."""
    STEPS = "steps"
    """The last N steps are as if they had not been done."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rollback will do: `undo` and `changes` newest first, `keep` is what it leaves.

    `mark` is the tree to go back to, "" where the tree is kept.
    """

    mode: Mode
    undo: tuple[JournalEntry, ...] = ()
    keep: tuple[JournalEntry, ...] = ()
    changes: tuple[FileChange, ...] = ()
    mark: str = ""
    steps: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What will be undone, one line each, for people."""
        effects = tuple(f"{e.effect.kind.replace('_', ' ')} {e.effect.target}" for e in self.undo if e.effect)
        return effects + tuple(dict.fromkeys(f"{change.action} {change.path}" for change in self.changes))


class Undoer(Protocol):
    """Knows how to take remote effects back, or to leave them to a person. All methods can be repeated."""

    async def obstacle(self, entry: JournalEntry) -> str:
        """A sentence that says what stands in the way of undoing it, "" where nothing does. Changes nothing."""
        ...

    async def undo(self, entry: JournalEntry) -> str:
        """Undo it; "" also where it is not there any more, or never came to be.

        A sentence where it was left as it is, which stands in nobody's way (a comment that
        somebody edited). Raises RollbackRefused where it is not as we left it and the rest
        depends on it.
        """
        ...

    async def keep(self, entry: JournalEntry) -> None:
        """Leave it to a person, who is to see that it is theirs now."""
        ...


@dataclass(frozen=True, slots=True)
class Back:
    """How far a partial rollback goes.

    `steps` are the keys of what is undone, `mark` the tree that the first of them began with
    ("" for the one the run began with), `effects` the seqs of what they did outside of it.
    """

    steps: tuple[str, ...]
    mark: str
    effects: frozenset[int]


def plan(entries: Sequence[JournalEntry], mode: Mode, back: Back | None = None) -> Plan:
    """What is to be done, from the journal alone. `back` belongs to Mode.STEPS."""
    effects = [entry for entry in reversed(entries) if entry.effect is not None and entry.where.step != ROLLBACK]
    if mode is Mode.SOFT:
        open_ones = (EffectState.INTENDED, EffectState.DONE)
        return Plan(mode, keep=tuple(entry for entry in effects if entry.state in open_ones))
    undoable = [e for e in effects if e.state in (EffectState.INTENDED, EffectState.DONE, EffectState.KEPT)]
    history = standing(transitions(entries))
    live, steps, mark = undoable, tuple[str, ...](), history[0].before if history else ""
    if mode is Mode.STEPS:
        assert back is not None, "a partial rollback must be told how far it goes"
        live, steps, mark = [e for e in undoable if e.seq in back.effects], back.steps, back.mark or mark
    since = _since(history, mark)
    changes = tuple(change for transition in reversed(since) for change in reversed(transition.changes))
    kept = tuple(entry for entry in undoable if entry not in live)
    return Plan(mode, tuple(live), kept, changes, mark, steps)


def standing(recorded: Iterable[Transition]) -> list[Transition]:
    """The transitions still in force: those that an earlier rollback took back are gone, and so is its own way back."""
    history: list[Transition] = []
    for transition in recorded:
        if transition.step == ROLLBACK:
            index = next((i for i, earlier in enumerate(history) if earlier.before == transition.after), None)
            if index is not None:
                del history[index:]
                continue
        history.append(transition)
    return history


async def execute(
    plan: Plan, run_id: str, ledger: Ledger, undoer: Undoer, workspace: Callable[[], Awaitable[Workspace]]
) -> tuple[str, ...]:
    """Do it; returns sentences about what was left as it is.

    RollbackRefused names everything that is known to stand in the way, before anything is
    undone; RollbackStopped what came up when a part of it was. `workspace` is opened where the
    plan goes back to a tree; it may be freshly laid out from the base commit on another machine.
    """
    where, left = Where(run_id, ROLLBACK), list[str]()
    if plan.mode is Mode.SOFT:
        for entry in plan.keep:
            await _keep(entry, where, ledger, undoer)
        return ()
    obstacles = [sentence for entry in plan.undo if (sentence := await undoer.obstacle(entry))]
    if obstacles:
        raise RollbackRefused(" ".join(dict.fromkeys(obstacles)), "Nothing was undone.")
    for done, entry in enumerate(plan.undo):
        try:
            left.append(await _undo(entry, where, ledger, undoer))
        except UserError as error:
            if not done:
                raise
            part = f"{done} of {len(plan.undo)} were undone"
            raise RollbackStopped(f"{error.sentence} Before that, {part}.", _go_on(error.remedy)) from error
    if plan.mark:
        await asyncio.to_thread(go_back, await workspace(), ledger, where, plan.mark)
    await asyncio.to_thread(_close, ledger, run_id)
    return tuple(dict.fromkeys(sentence for sentence in left if sentence))


def go_back(workspace: Workspace, ledger: Ledger, where: Where, mark: str) -> None:
    """Bring the tree back to a mark of the run and write the way back into the journal."""
    recorded = transitions(ledger.entries(where.run_id))
    rebuild(ledger, where.run_id, workspace, mark)
    workspace.at(recorded[-1].after if recorded else workspace.base_tree)
    workspace.record(ledger, where)


async def _undo(entry: JournalEntry, where: Where, ledger: Ledger, undoer: Undoer) -> str:
    assert entry.effect is not None
    effect = Effect(f"undo_{entry.effect.kind}", entry.effect.target, {"seq": entry.seq})
    seq = await asyncio.to_thread(ledger.intend, where, effect)
    try:
        left = await undoer.undo(entry)
    except RollbackRefused as refused:
        await asyncio.to_thread(ledger.settle, seq, EffectState.FAILED, {"reason": str(refused)})
        raise
    state = EffectState.KEPT if left else EffectState.UNDONE
    await asyncio.to_thread(ledger.settle, entry.seq, state, entry.result)
    await asyncio.to_thread(ledger.settle, seq, EffectState.DONE, {"state": state.value, "left": left})
    return left


async def _keep(entry: JournalEntry, where: Where, ledger: Ledger, undoer: Undoer) -> None:
    assert entry.effect is not None
    effect = Effect(f"hand_over_{entry.effect.kind}", entry.effect.target, {"seq": entry.seq})
    seq = await asyncio.to_thread(ledger.intend, where, effect)
    await undoer.keep(entry)
    await asyncio.to_thread(ledger.settle, entry.seq, EffectState.KEPT, entry.result)
    await asyncio.to_thread(ledger.settle, seq, EffectState.DONE)


def _go_on(remedy: str) -> str:
    return f"{remedy} The same rollback once more goes on from there.".lstrip()


def _close(ledger: Ledger, run_id: str) -> None:
    """Nothing stays open behind a rollback: what an interrupted one had begun, this one has done or found done."""
    for entry in ledger.entries(run_id):
        if entry.where.step == ROLLBACK and entry.state is EffectState.INTENDED:
            ledger.settle(entry.seq, EffectState.DONE, {"state": "done by a later rollback"})


def _since(history: list[Transition], mark: str) -> list[Transition]:
    """What happened to the tree since it was last at a mark; nothing where it is there now."""
    if not history or history[-1].after == mark:
        return []
    return next((history[i:] for i in range(len(history) - 1, -1, -1) if history[i].before == mark), [])
