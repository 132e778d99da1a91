"""A ledger in memory, for tests that need a journal and no database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sandbox.journal import Effect, EffectState, FileChange, JournalEntry, Where


class MemoryLedger:
    """Keeps entries and blobs, and holds its callers to the protocol: contents match ids, none comes twice."""

    def __init__(self) -> None:
        self.rows: list[JournalEntry] = []
        self.blobs: dict[str, bytes] = {}
        self.calls = 0

    def append_files(
        self, where: Where, before: str, after: str, changes: Sequence[FileChange], blobs: Iterable[tuple[str, bytes]]
    ) -> None:
        self.calls += 1
        for blob_id, data in blobs:
            assert blob_id not in self.blobs, f"{blob_id} was kept already"
            assert hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() == blob_id
            self.blobs[blob_id] = data
        for change in changes:
            seq = len(self.rows) + 1
            self.rows.append(JournalEntry(seq, where, float(seq), before, after, change=change))

    def known_blobs(self, ids: Sequence[str]) -> set[str]:
        return {blob_id for blob_id in ids if blob_id in self.blobs}

    def blob(self, blob_id: str) -> bytes:
        return self.blobs[blob_id]

    def intend(self, where: Where, effect: Effect) -> int:
        for row in self.rows:
            if (
                row.effect is not None
                and (row.state is EffectState.INTENDED or (row.state is EffectState.DONE and row.effect == effect))
                and (row.where.run_id, row.where.step) == (where.run_id, where.step)
                and (row.effect.kind, row.effect.target) == (effect.kind, effect.target)
            ):
                return row.seq
        seq = len(self.rows) + 1
        self.rows.append(JournalEntry(seq, where, float(seq), effect=effect, state=EffectState.INTENDED))
        return seq

    def settle(self, seq: int, state: EffectState, result: Mapping[str, object] | None = None) -> None:
        row = self.rows[seq - 1]
        self.rows[seq - 1] = replace(row, state=state, result=dict(result or {}))

    def entries(self, run_id: str) -> list[JournalEntry]:
        return [row for row in self.rows if row.where.run_id == run_id]
