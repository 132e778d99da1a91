"""Rows as they are stored."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from workflows.agent.transcript import Row, RowKind, last_mark, last_printed, row_from_json, row_to_json
from workflows.ports import Message, ToolCall, Usage

TEXT = st.text(max_size=20)
COUNT = st.integers(min_value=0, max_value=10**6)
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(["system", "user", "assistant", "tool"]),
    content=TEXT,
    tool_calls=st.lists(st.builds(ToolCall, TEXT, TEXT, TEXT), max_size=3).map(tuple),
    tool_call_id=TEXT,
)
USAGES = st.builds(Usage, COUNT, COUNT, COUNT, st.none() | st.floats(0, 10), st.floats(0, 10))
ROWS = st.builds(
    Row,
    seq=COUNT,
    kind=st.sampled_from(RowKind),
    message=MESSAGES,
    task=TEXT,
    mark=TEXT,
    usage=st.none() | USAGES,
    finish=TEXT,
    failed=st.booleans(),
    model=TEXT,
)


@given(ROWS)
def test_a_row_comes_back_from_json_as_it_was(row: Row) -> None:
    stored = json.loads(json.dumps(row_to_json(row)))
    assert row_from_json(row.seq, row.mark, stored) == row


def test_the_last_mark_is_the_newest_that_was_recorded() -> None:
    def row(seq: int, mark: str) -> Row:
        return Row(seq, RowKind.RESULT, Message("tool"), "t", mark)

    assert last_mark([]) == ""
    assert last_mark([row(0, ""), row(1, "a"), row(2, "b"), row(3, "")]) == "b"


def test_what_the_last_command_printed_is_found_behind_whatever_came_after_it() -> None:
    def called(name: str, printed: str, number: int) -> list[Row]:
        call = ToolCall("same id", name, "{}")
        return [
            Row(number, RowKind.REPLY, Message("assistant", "", (call,)), "t"),
            Row(number + 1, RowKind.RESULT, Message("tool", printed, (), "same id"), "t"),
        ]

    assert last_printed([]) == ""
    assert last_printed([*called("shell", "one", 0), *called("shell", "two", 2), *called("read", "a file", 4)]) == "two"
