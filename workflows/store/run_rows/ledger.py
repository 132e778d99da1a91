"""The journal in the database: implements `sandbox.journal.Ledger`."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from sandbox.journal import Effect, EffectState, FileAction, FileChange, JournalEntry, Where
from sandbox.trees.rebuild import ROLLBACK
from workflows.errors import RunError, TransientError
from workflows.store.database import Store
from workflows.store.run_rows import steps
from workflows.store.tables import blobs, workflow_changes, workflow_runs, workflow_steps
from workflows.store.upserts import upsert
from workflows.values import RunStatus, StepStatus

_IDS_PER_QUERY = 500
_GITLINK = "160000"
"""The mode of a submodule, whose content is another repository's."""

# Made once: each turn of an agent needs them, and making a statement takes longer than carrying it out.
_HOLD_RUN = (
    sa.select(workflow_runs.c.status).where(workflow_runs.c.id == sa.bindparam("run")).with_for_update(read=True)
)
_NEWEST_STATUS = (
    sa.select(workflow_steps.c.status)
    .where(workflow_steps.c.run_id == sa.bindparam("run"), workflow_steps.c.key == sa.bindparam("step"))
    .order_by(workflow_steps.c.id.desc())
    .limit(1)
)
_ARE_KEPT = sa.select(blobs.c.id).where(blobs.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(blobs.c.id)
_HOLD_KEPT = _ARE_KEPT.with_for_update(read=True, key_share=True)


@dataclass(frozen=True, slots=True)
class _Content:
    """A blob as it is kept. Packed before the transaction, which nobody is to wait for."""

    id: str
    size: int
    data: bytes


class SqlLedger:
    """The ledger of one database. All methods block; each is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append_files(
        self,
        where: Where,
        before: str,
        after: str,
        changes: Sequence[FileChange],
        blobs: Iterable[tuple[str, bytes]],
    ) -> None:
        contents = [_Content(blob_id, len(data), zlib.compress(data, 6)) for blob_id, data in blobs]
        self._store.write_now(add_files, where, before, after, changes, contents)

    def known_blobs(self, ids: Sequence[str]) -> set[str]:
        return self._store.read_now(_known, ids)

    def blob(self, blob_id: str) -> bytes:
        return self._store.read_now(_blob, blob_id)

    def intend(self, where: Where, effect: Effect) -> int:
        return self._store.write_now(_intend, where, effect)

    def settle(self, seq: int, state: EffectState, result: Mapping[str, object] | None = None) -> None:
        self._store.write_now(_settle, seq, state, dict(result or {}))

    def entries(self, run_id: str) -> list[JournalEntry]:
        return self._store.read_now(_entries, run_id)

    def last_mark(self, run_id: str) -> str:
        """The mark after the newest file change; "" where the run has changed nothing yet."""
        return self._store.read_now(_last_mark, run_id)


def add_files(
    db: sa.Connection,
    where: Where,
    before: str,
    after: str,
    changes: Sequence[FileChange],
    contents: Sequence[_Content],
) -> None:
    """`Ledger.append_files` inside a transaction of the caller's."""
    _must_run(db, where)
    fresh = {content.id: content for content in contents}
    if fresh:
        # Two runs may keep the same content at once; in one order, so that neither waits for the other.
        rows = [{"id": one.id, "size": one.size, "data": one.data} for _, one in sorted(fresh.items())]
        db.execute(_keeping(db.dialect.name), rows)
    if changes:
        db.execute(workflow_changes.insert(), [_file_row(where, before, after, change) for change in changes])
        _must_hold(db, changes)


@cache
def _keeping(dialect: str) -> sa.Insert:
    return upsert(dialect, blobs).on_conflict_do_nothing()


def _must_run(db: sa.Connection, where: Where) -> None:
    """RunError where the step that writes was stopped, or taken over by another worker.

    Whoever stops it changes the run's row in the same transaction, and waits until we are done.
    A rollback is no step, and writes while the run is not at work, or as the last act of its walk.
    """
    status = db.scalar(_HOLD_RUN, {"run": where.run_id})
    if where.step == ROLLBACK:
        if status is not None and RunStatus(status).active and not steps.is_to_be_taken_back(db, where.run_id):
            raise RunError(f"Run {where.run_id} goes on meanwhile; nothing more of it is taken back.")
        return
    newest = db.scalar(_NEWEST_STATUS, {"run": where.run_id, "step": where.step})
    if newest is not None and newest != StepStatus.RUNNING:
        raise RunError(f"Step {where.step} of run {where.run_id} was stopped; nothing more of it counts.")


def _must_hold(db: sa.Connection, changes: Sequence[FileChange]) -> None:
    """Keep the contents that the changes name from being cleaned up; TransientError where one has just been.

    It was there when the caller asked which ones are known, and no journal named it any more.
    """
    named = {
        blob
        for change in changes
        for mode, blob in ((change.before_mode, change.before_blob), (change.after_mode, change.after_blob))
        if blob and mode != _GITLINK
    }
    if len(_known(db, sorted(named), hold=True)) < len(named):
        raise TransientError("Contents that the journal was to name have just been cleaned up; they are kept anew.")


def _known(db: sa.Connection, ids: Sequence[str], *, hold: bool = False) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(ids), _IDS_PER_QUERY):
        part = ids[start : start + _IDS_PER_QUERY]
        known.update(db.scalars(_HOLD_KEPT if hold else _ARE_KEPT, {"ids": part}))
    return known


def _blob(db: sa.Connection, blob_id: str) -> bytes:
    data = db.scalar(sa.select(blobs.c.data).where(blobs.c.id == blob_id))
    if data is None:
        raise KeyError(blob_id)
    return zlib.decompress(data)


def _intend(db: sa.Connection, where: Where, effect: Effect) -> int:
    _must_run(db, where)
    changes = workflow_changes.c
    same = db.execute(
        sa.select(changes.seq, changes.state, changes.undo)
        .where(
            changes.run_id == where.run_id,
            changes.step == where.step,
            changes.action == effect.kind,
            changes.target == effect.target,
        )
        .order_by(changes.seq.desc())
        .limit(1)
    ).first()
    if same is not None and same.state == EffectState.INTENDED:
        db.execute(workflow_changes.update().where(changes.seq == same.seq).values(undo=dict(effect.undo)))
        return int(same.seq)
    if same is not None and same.state == EffectState.DONE and same.undo == dict(effect.undo):
        return int(same.seq)
    row = {
        **_place(where),
        "kind": "effect",
        "action": effect.kind,
        "target": effect.target,
        "undo": dict(effect.undo),
        "state": EffectState.INTENDED,
    }
    key = db.execute(workflow_changes.insert().values(row)).inserted_primary_key
    assert key is not None, "an insert of one row gives its key"
    return int(key[0])


def _settle(db: sa.Connection, seq: int, state: EffectState, result: Mapping[str, object]) -> None:
    db.execute(workflow_changes.update().where(workflow_changes.c.seq == seq).values(state=state, result=result))


def _entries(db: sa.Connection, run_id: str) -> list[JournalEntry]:
    query = sa.select(workflow_changes).where(workflow_changes.c.run_id == run_id).order_by(workflow_changes.c.seq)
    return [_entry(row) for row in db.execute(query)]


def _last_mark(db: sa.Connection, run_id: str) -> str:
    changes = workflow_changes.c
    query = sa.select(changes.mark_after).where(changes.run_id == run_id, changes.kind == "file")
    return db.scalar(query.order_by(changes.seq.desc()).limit(1)) or ""


def _place(where: Where) -> dict[str, Any]:
    return {
        "run_id": where.run_id,
        "step": where.step,
        "attempt": where.attempt,
        "turn": where.turn,
        "tool": where.tool,
        "at": time.time(),
        "mark_before": "",
        "mark_after": "",
        "path": b"",
        "old_path": b"",
        "before_mode": "",
        "after_mode": "",
        "before_blob": "",
        "after_blob": "",
        "target": "",
        "undo": {},
        "result": {},
    }


def _file_row(where: Where, before: str, after: str, change: FileChange) -> dict[str, Any]:
    return {
        **_place(where),
        "kind": "file",
        "mark_before": before,
        "mark_after": after,
        "action": change.action,
        "path": os.fsencode(change.path),
        "old_path": os.fsencode(change.old_path),
        "before_mode": change.before_mode,
        "after_mode": change.after_mode,
        "before_blob": change.before_blob,
        "after_blob": change.after_blob,
        "state": EffectState.DONE,
    }


def _entry(row: Any) -> JournalEntry:
    is_file = row.kind == "file"
    change = FileChange(
        path=os.fsdecode(row.path),
        action=FileAction(row.action),
        before_mode=row.before_mode,
        after_mode=row.after_mode,
        before_blob=row.before_blob,
        after_blob=row.after_blob,
        old_path=os.fsdecode(row.old_path),
    ) if is_file else None  # fmt: skip
    return JournalEntry(
        seq=row.seq,
        where=Where(row.run_id, row.step, row.attempt, row.turn, row.tool),
        at=row.at,
        before=row.mark_before,
        after=row.mark_after,
        change=change,
        effect=None if is_file else Effect(row.action, row.target, row.undo),
        state=EffectState(row.state),
        result=row.result,
    )
