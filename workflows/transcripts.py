"""The agent's transcript in the database: implements `workflows.agent.transcript.Transcript`."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.agent.transcript import Row, row_from_json, row_to_json
from workflows.store import conversation
from workflows.store.database import Store


@dataclass(frozen=True, slots=True)
class SqlTranscript:
    """One conversation of one run."""

    store: Store
    run_id: str
    name: str

    async def load(self) -> list[Row]:
        rows = await self.store.read(conversation.messages_of, self.run_id, self.name)
        return [row_from_json(seq, mark, data) for seq, data, mark in rows]

    async def append(self, row: Row) -> None:
        await self.store.write(conversation.append_message, self.run_id, self.name, row.seq, row_to_json(row), row.mark)
