"""The transcript of an agent: rows appended as things happen, never rewritten, and how they are stored.

Whatever the agent knows follows from its rows, so a conversation that is loaded from them
goes on exactly where it stopped.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from workflows.ports import Message, ToolCall, Usage


class RowKind(StrEnum):
    """Why a row is there."""

    SYSTEM = "system"
    TASK = "task"
    REPLY = "reply"
    RESULT = "result"
    REMINDER = "reminder"
    """The model answered without calling a tool."""
    NUDGE = "nudge"
    """The model goes in circles."""
    WRAP_UP = "wrap_up"
    """The budget is nearly spent: one last turn."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message of a conversation, with what the agent has to remember about it.

    `mark` is the tree after it. `task` is the key of the task it belongs to. `usage`,
    `finish` and `model` (who answered) come with replies, `failed` with the results of tools
    that could not do what was asked.
    """

    seq: int
    kind: RowKind
    message: Message
    task: str
    mark: str = ""
    usage: Usage | None = None
    finish: str = ""
    failed: bool = False
    model: str = ""


async def nothing_more() -> None:
    """Nobody waits for a row."""


class Transcript(Protocol):
    """Where one conversation is kept: rows are noted as things happen, and written beside what happens next.

    They are written in their order, a reply together with its cost, so a process that is killed leaves the beginning
    of what it noted.
    """

    async def load(self) -> list[Row]:
        """The rows that are written, in the order of `seq`."""
        ...

    def note(self, row: Row, then: Callable[[], Awaitable[None]] = nothing_more) -> None:
        """Take a row, and do that when it is written."""
        ...

    def begin(self) -> None:
        """Write what was noted, beside what the caller does now."""
        ...

    async def settled(self) -> None:
        """Return when all that was noted is written; raises what kept it from being written."""
        ...

    async def close(self) -> None:
        """The same where the work ends by an error, which is then more than what kept a row from being written."""
        ...


class MemoryTranscript:
    """A transcript that ends with the process: for dry questions and tests."""

    def __init__(self, rows: Sequence[Row] = ()) -> None:
        self.rows = list(rows)
        self._then: list[Callable[[], Awaitable[None]]] = []

    async def load(self) -> list[Row]:
        return list(self.rows)

    def note(self, row: Row, then: Callable[[], Awaitable[None]] = nothing_more) -> None:
        self.rows.append(row)
        self._then.append(then)

    def begin(self) -> None:
        pass

    async def settled(self) -> None:
        waiting, self._then = self._then, []
        for then in waiting:
            await then()

    async def close(self) -> None:
        pass


def last_mark(rows: Sequence[Row]) -> str:
    """The tree that the next turn starts from; empty where nothing was recorded yet.

    Whoever resumes a conversation restores this tree first: tool calls that have no result
    row are executed again from it.
    """
    return next((row.mark for row in reversed(rows) if row.mark), "")


def last_printed(rows: Sequence[Row]) -> str:
    """What the last command printed, as the agent saw it; empty where none was run."""
    names: dict[str, str] = {}
    printed = ""
    for row in rows:
        names |= {call.id: call.name for call in row.message.tool_calls}
        if row.kind is RowKind.RESULT and names.get(row.message.tool_call_id) == "shell":
            printed = row.message.content
    return printed


def row_to_json(row: Row) -> dict[str, Any]:
    """A row without `seq` and `mark` (they have columns of their own) as plain JSON."""
    message, usage = row.message, row.usage
    data: dict[str, Any] = {"kind": row.kind.value, "task": row.task, "role": message.role, "content": message.content}
    if message.tool_calls:
        data["tool_calls"] = [[call.id, call.name, call.arguments] for call in message.tool_calls]
    if message.tool_call_id:
        data["tool_call_id"] = message.tool_call_id
    if message.kept:
        data["kept"] = message.kept
    if usage is not None:
        data["usage"] = [usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens, usage.usd, usage.seconds]
    if row.finish:
        data["finish"] = row.finish
    if row.failed:
        data["failed"] = True
    if row.model:
        data["model"] = row.model
    return data


def row_from_json(seq: int, mark: str, data: Mapping[str, Any]) -> Row:
    """The row that `row_to_json` was given."""
    calls = tuple(ToolCall(*call) for call in data.get("tool_calls", ()))
    message = Message(data["role"], data["content"], calls, data.get("tool_call_id", ""), kept=data.get("kept", ""))
    usage = Usage(*data["usage"]) if "usage" in data else None
    finish, failed, model = data.get("finish", ""), data.get("failed", False), data.get("model", "")
    return Row(seq, RowKind(data["kind"]), message, data["task"], mark, usage, finish, failed, model)
