"""What is kept of a conversation."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.fakes.steps_by_hand import RUN, by_hand
from workflows.agent.transcript import Kind, Row
from workflows.ports import Message
from workflows.redaction import MARK, Redactor
from workflows.transcripts import SqlTranscript


def test_no_secret_of_ours_is_kept_in_an_output(tmp_path: Path) -> None:
    with by_hand(tmp_path, {"a.txt": "a\n"}) as run:
        transcript = SqlTranscript(run.store, RUN, "implement-0", Redactor("the-secret-of-this-server"))
        asyncio.run(
            transcript.append(Row(1, Kind.RESULT, Message("tool", "env: the-secret-of-this-server", (), "c1"), "t"))
        )
        (row,) = asyncio.run(transcript.load())
        assert row.message.content == f"env: {MARK}"
