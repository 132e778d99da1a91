"""The agent's transcript in the database: implements `workflows.agent.transcript.Transcript`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.agent.transcript import Row, row_from_json, row_to_json
from workflows.model.wire import without_signed
from workflows.store.database import Store
from workflows.store.run_rows import conversation, spending


@dataclass(frozen=True, slots=True)
class SqlTranscript:
    """One conversation of one run, whose calls to the model are booked under `step`.

    What it keeps of outputs goes through `redact` first.
    """

    store: Store
    run_id: str
    name: str
    step: str
    redact: Callable[[str], str] = str

    async def load(self) -> list[Row]:
        rows = await self.store.read(conversation.messages_of, self.run_id, self.name)
        return [row_from_json(seq, mark, data) for seq, data, mark in rows]

    async def append(self, row: Row) -> None:
        data = row_to_json(row)
        data["content"] = self.redact(data["content"])
        if "kept" in data:
            data["kept"] = self._clean(data["kept"])
        await self.store.write(self._append, row, data)

    def _clean(self, kept: str) -> str:
        """Without secrets; what was signed and had some is no longer what was signed, and of no use to anybody."""
        cleaned = self.redact(kept)
        return cleaned if cleaned == kept else without_signed(cleaned)

    def _append(self, db: sa.Connection, row: Row, data: dict[str, Any]) -> None:
        """In one transaction: what is on the disk is paid for, and costs no second wait for the disk."""
        conversation.append_message(db, self.run_id, self.name, row.seq, data, row.mark)
        if row.usage is not None:
            spending.add_call(db, self.run_id, self.step, "agent", row.model, row.usage)
