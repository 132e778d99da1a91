"""Queries over what a run left to read: its transcript and what its commands printed, a part at a time."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from workflows.store.tables import model_calls, printed, transcript


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a transcript, as it was kept."""

    conversation: str
    seq: int
    message: Mapping[str, Any]
    at: float


@dataclass(frozen=True, slots=True)
class PrintedCommand:
    """A command of a run, with the end of what it printed, from the beginning of line number `first` on.

    `size` is that of all of it, in characters.
    """

    id: int
    step: str
    command: str
    exit_code: int
    killed: str
    seconds: float
    output: str
    size: int
    at: float
    first: int = 1


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call to a model, as its bill has it; `usd` is None where the price is not known."""

    step: str
    purpose: str
    model: str
    tokens: int
    cached: int
    usd: float | None
    seconds: float
    at: float


def conversations(db: sa.Connection, run_id: str) -> list[tuple[str, int]]:
    """(name, how many messages) of each conversation, in the order in which they began."""
    columns = transcript.c
    query = (
        sa.select(columns.conversation, sa.func.count())
        .where(columns.run_id == run_id)
        .group_by(columns.conversation)
        .order_by(sa.func.min(columns.id))
    )
    return [(name, number) for name, number in db.execute(query)]


def turns(db: sa.Connection, run_id: str, conversation: str, begin: int, limit: int) -> list[Turn]:
    """Messages of a conversation from that number on, in order."""
    columns = transcript.c
    mine = sa.and_(columns.run_id == run_id, columns.conversation == conversation, columns.seq >= begin)
    rows = db.execute(sa.select(transcript).where(mine).order_by(columns.seq).limit(limit))
    return [Turn(row.conversation, row.seq, row.message, row.at) for row in rows]


def commands(db: sa.Connection, run_id: str, step: str, after: int, limit: int, most: int) -> list[PrintedCommand]:
    """The commands of a run (of one step of it) behind that one, each with at most so many characters of its output."""
    columns = printed.c
    query = sa.select(printed).where(columns.run_id == run_id, columns.id > after)
    if step:
        query = query.where(columns.step == step)
    return [_printed(row, most) for row in db.execute(query.order_by(columns.id).limit(limit))]


def commands_within(
    db: sa.Connection, run_id: str, step: str, spans: Sequence[tuple[float, float]], limit: int, most: int
) -> list[PrintedCommand]:
    """The last `limit` commands of a step in each span of time (from, to but without), each as `commands` gives it."""
    columns, found = printed.c, list[PrintedCommand]()
    mine = sa.select(printed).where(columns.run_id == run_id, columns.step == step)
    for begin, end in spans:
        there = mine.where(columns.at >= begin, columns.at < end).order_by(columns.id.desc()).limit(limit)
        found += reversed([_printed(row, most) for row in db.execute(there)])
    return found


def command(db: sa.Connection, run_id: str, number: int) -> PrintedCommand | None:
    """One command of a run with all that it printed."""
    row = db.execute(sa.select(printed).where(printed.c.run_id == run_id, printed.c.id == number)).first()
    return None if row is None else _printed(row, None)


def calls(db: sa.Connection, run_id: str) -> list[CallLine]:
    """Every call of a run that was booked, in order."""
    query = sa.select(model_calls).where(model_calls.c.run_id == run_id).order_by(model_calls.c.id)
    return [
        CallLine(
            row.step,
            row.purpose,
            row.model,
            row.prompt_tokens + row.completion_tokens,
            row.cached_tokens,
            row.usd,
            row.seconds,
            row.at,
        )
        for row in db.execute(query)
    ]


def _printed(row: Any, most: int | None) -> PrintedCommand:
    text = zlib.decompress(row.output).decode("utf-8", "replace")
    begin = 0 if most is None else _beginning(text, len(text) - most)
    first = text.count("\n", 0, begin) + 1
    shown = text[begin:] if most is None else text[max(begin, len(text) - most) :]
    size = len(text)
    return PrintedCommand(
        row.id, row.step, row.command, row.exit_code, row.killed, row.seconds, shown, size, row.at, first
    )


def _beginning(text: str, at: int) -> int:
    """Where the first line begins that lies whole behind a place; of a last line without an end its own beginning."""
    if at <= 0:
        return 0
    behind = text.find("\n", at - 1) + 1
    return behind if 0 < behind < len(text) else text.rfind("\n", 0, at) + 1
