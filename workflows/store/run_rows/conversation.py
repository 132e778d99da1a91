"""Queries over transcripts: append and read, never rewrite."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import transcript

_APPEND = transcript.insert()
"""Made once: each turn of an agent needs it twice."""


def append_message(
    db: sa.Connection, run_id: str, conversation: str, seq: int, message: Mapping[str, Any], mark: str
) -> None:
    row = {"conversation": conversation, "seq": seq, "message": dict(message), "mark": mark, "at": time.time()}
    db.execute(_APPEND, {"run_id": run_id, **row})


def messages_of(db: sa.Connection, run_id: str, conversation: str) -> list[tuple[int, dict[str, Any], str]]:
    """(seq, message, mark) in order."""
    query = (
        sa.select(transcript.c.seq, transcript.c.message, transcript.c.mark)
        .where(transcript.c.run_id == run_id, transcript.c.conversation == conversation)
        .order_by(transcript.c.seq)
    )
    return [(row.seq, row.message, row.mark) for row in db.execute(query)]
