"""The agent's transcript in the database: implements `workflows.agent.transcript.Transcript`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from workflows.agent.transcript import Row, nothing_more, row_from_json, row_to_json
from workflows.model.wire import without_signed
from workflows.store.database import Store
from workflows.store.run_rows import conversation, spending
from workflows.store.write_behind import WriteBehind


class SqlTranscript:
    """One conversation of one run, whose calls to the model are booked under `step`.

    What it keeps of outputs goes through `redact` first. What else is written `behind` it keeps its order.
    """

    def __init__(self, store: Store, run_id: str, name: str, step: str, redact: Callable[[str], str] = str) -> None:
        self.behind = WriteBehind(store)
        self._store = store
        self._run = run_id
        self._name = name
        self._step = step
        self._redact = redact

    async def load(self) -> list[Row]:
        rows = await self._store.read(conversation.messages_of, self._run, self._name)
        return [row_from_json(seq, mark, data) for seq, data, mark in rows]

    def note(self, row: Row, then: Callable[[], Awaitable[None]] = nothing_more) -> None:
        data = row_to_json(row)
        data["content"] = self._redact(data["content"])
        if "kept" in data:
            data["kept"] = self._clean(data["kept"])
        self.behind.note(partial(self._append, row=row, data=data), then)

    def begin(self) -> None:
        self.behind.begin()

    async def settled(self) -> None:
        await self.behind.settled()

    async def close(self) -> None:
        await self.behind.close()

    def _clean(self, kept: str) -> str:
        """Without secrets; what was signed and had some is no longer what was signed, and of no use to anybody."""
        cleaned = self._redact(kept)
        return cleaned if cleaned == kept else without_signed(cleaned)

    def _append(self, db: sa.Connection, row: Row, data: dict[str, Any]) -> None:
        """In one transaction: what is on the disk is paid for."""
        conversation.append_message(db, self._run, self._name, row.seq, data, row.mark)
        if row.usage is not None:
            spending.add_call(db, self._run, self._step, "agent", row.model, row.usage)
