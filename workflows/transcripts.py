"""The agent's transcript in the database: implements `workflows.agent.transcript.Transcript`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workflows.agent.transcript import Row, row_from_json, row_to_json
from workflows.store import conversation
from workflows.store.database import Store


@dataclass(frozen=True, slots=True)
class SqlTranscript:
    """One conversation of one run; what it keeps of outputs goes through `redact` first."""

    store: Store
    run_id: str
    name: str
    redact: Callable[[str], str] = str

    async def load(self) -> list[Row]:
        rows = await self.store.read(conversation.messages_of, self.run_id, self.name)
        return [row_from_json(seq, mark, data) for seq, data, mark in rows]

    async def append(self, row: Row) -> None:
        data = row_to_json(row)
        data["content"] = self.redact(data["content"])
        await self.store.write(conversation.append_message, self.run_id, self.name, row.seq, data, row.mark)
