"""What is kept of a conversation, and in which order it comes to the disk."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fakes.steps_by_hand import RUN, by_hand
from workflows.agent.stored_transcript import SqlTranscript
from workflows.agent.transcript import Row, RowKind
from workflows.ports import Message, Usage
from workflows.secrets.redaction import MARK, Redactor
from workflows.store.run_rows import spending


def kept(transcript: SqlTranscript, *rows: Row) -> list[Row]:
    """What is on the disk when those were said."""

    async def said() -> list[Row]:
        for row in rows:
            transcript.note(row)
        await transcript.settled()
        return await transcript.load()

    return asyncio.run(said())


def test_no_secret_of_ours_is_kept_in_an_output(tmp_path: Path) -> None:
    with by_hand(tmp_path, {"a.txt": "a\n"}) as run:
        transcript = SqlTranscript(run.store, RUN, "implement-0", "implement", Redactor("the-secret-of-this-server"))
        said = Message("tool", "env: the-secret-of-this-server", (), "c1")
        (row,) = kept(transcript, Row(1, RowKind.RESULT, said, "t"))
        assert row.message.content == f"env: {MARK}"


def test_what_a_provider_wants_back_is_kept_whole_or_without_what_it_signed(tmp_path: Path) -> None:
    signed = {"by": "m", "thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}]}
    leaking = {**signed, "reasoning_content": "it is the-secret-of-this-server"}
    with by_hand(tmp_path, {"a.txt": "a\n"}) as run:
        transcript = SqlTranscript(run.store, RUN, "implement-0", "implement", Redactor("the-secret-of-this-server"))
        messages = (Message("assistant", "Yes.", kept=json.dumps(one)) for one in (signed, leaking))
        rows = (Row(number, RowKind.REPLY, message, "t") for number, message in enumerate(messages))
        whole, cleaned = kept(transcript, *rows)
        assert json.loads(whole.message.kept) == signed
        assert json.loads(cleaned.message.kept) == {"by": "m", "reasoning_content": f"it is {MARK}"}


def test_a_reply_is_kept_together_with_what_it_cost_or_not_at_all(tmp_path: Path) -> None:
    with by_hand(tmp_path, {"a.txt": "a\n"}) as run:
        transcript = SqlTranscript(run.store, RUN, "implement-0", "implement")
        reply = Row(1, RowKind.REPLY, Message("assistant", "Yes."), "t", "", Usage(10, 2, usd=0.5), model="some/model")
        assert kept(transcript, reply) == [reply]
        with pytest.raises(sa.exc.IntegrityError):  # somebody else has written this row
            kept(transcript, reply)
        assert asyncio.run(transcript.load()) == [reply]
        spent = run.store.read_now(spending.spent, RUN)
        assert (spent.turns, spent.tokens, spent.usd) == (1, 12, 0.5)
