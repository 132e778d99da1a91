"""A conversation is what its rows say: whoever loads them stands where whoever wrote them stood."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workflows.agent.conversation import REMINDERS, Conversation, Task
from workflows.agent.tools.calls import Finish
from workflows.agent.transcript import MemoryTranscript, RowKind
from workflows.model.wire import SIGNATURE
from workflows.ports import Message, Reply, ToolCall, Usage

TASK = Task("implement", "You work on a repository.", "Go on.")
USAGE = Usage(10, 2, usd=0.0)


def reply(*calls: ToolCall, text: str = "I go on.", finish: str = "tool_calls") -> Reply:
    return Reply(Message("assistant", text, calls), USAGE, "m", finish)


def shell(name: str, command: str = "ls") -> ToolCall:
    return ToolCall(name, "shell", json.dumps({"command": command}))


def answer(talk: Conversation, text: str = "ok", *, failed: bool = False) -> None:
    call = next(iter(talk.pending))
    talk.say(RowKind.RESULT, Message("tool", text, tool_call_id=call), failed=failed)


def standing(talk: Conversation) -> dict[str, Any]:
    """All that the loop asks of a conversation."""
    return {
        "turn": talk.turn,
        "mark": talk.mark,
        "pending": list(talk.pending.values()),
        "answered": talk.answered,
        "ending": talk.ending,
        "stuck": talk.stuck,
        "remark": talk.remark,
        "cut": (talk.cut_off, talk.is_cut),
        "last": (talk.awaits_last_turn, talk.last_words),
        "sent": talk.context.sent(),
    }


async def opened(rows: MemoryTranscript, task: Task = TASK) -> Conversation:
    return await Conversation.open(rows, task, 100_000)


async def test_who_is_killed_after_any_row_stands_where_it_stood() -> None:
    rows = MemoryTranscript()
    talk = await opened(rows)
    stood = [standing(talk)]

    def happened() -> None:
        stood.append(standing(talk))

    talk.heard(reply(shell("a"), shell("b", "make"), finish="length"))
    happened()
    answer(talk)
    happened()
    answer(talk, "no such command", failed=True)
    happened()
    talk.heard(reply(text="Hm.", finish="stop"))
    happened()
    talk.say(*talk.remark or pytest.fail("it is reminded of its tools"))
    happened()
    talk.say(RowKind.WRAP_UP, Message("user", "One turn is left."), mark="t2")
    happened()
    talk.heard(reply(ToolCall("c", "finish", '{"summary": "Done.", "requirements": []}'), text="That was it."))
    happened()
    answer(talk)
    happened()
    written = rows.rows
    begun = len(written) - len(stood) + 1
    for number, stand in enumerate(stood):
        again = await opened(MemoryTranscript(written[: begun + number]))
        assert standing(again) == stand, written[begun + number - 1].kind


async def test_what_an_earlier_task_left_open_is_answered_before_the_next_one_is_put() -> None:
    rows = MemoryTranscript()
    talk = await opened(rows)
    talk.heard(reply(shell("a"), shell("b")))
    answer(talk)
    next_one = await opened(rows, Task("rework", "Not this.", "Once more."))
    kinds = [(row.kind, row.message.content) for row in rows.rows[-2:]]
    assert kinds == [(RowKind.RESULT, "Not run: the task ended here."), (RowKind.TASK, "Once more.")]
    assert (next_one.pending, next_one.ending, next_one.stuck) == ({}, None, "")
    assert [row.message.content for row in rows.rows if row.kind is RowKind.SYSTEM] == [TASK.system]


async def test_a_task_that_is_known_is_not_put_twice_and_ends_as_it_ended() -> None:
    rows = MemoryTranscript()
    talk = await opened(rows)
    talk.heard(reply(ToolCall("a", "finish", '{"summary": "Done.", "requirements": []}')))
    answer(talk)
    length = len(rows.rows)
    again = await opened(rows)
    assert len(rows.rows) == length
    assert isinstance(again.ending, Finish)
    assert again.ending.summary == "Done."


async def test_an_end_that_was_refused_is_none() -> None:
    talk = await opened(MemoryTranscript())
    talk.heard(reply(ToolCall("a", "finish", '{"summary": "Done.", "requirements": []}')))
    answer(talk, "Not yet.", failed=True)
    assert talk.ending is None


@pytest.mark.parametrize(
    "ids",
    [
        ("", ""),
        ("a", "a"),
        ("turn1_1", ""),
        ("turn1_2", "turn1_2_1", "", "turn1_2"),
        (f"{SIGNATURE}x", f"{SIGNATURE}x"),
        (f"a{SIGNATURE}x", f"a{SIGNATURE}x"),
    ],
)
async def test_each_call_of_an_answer_has_an_id_of_its_own(ids: tuple[str, ...]) -> None:
    rows = MemoryTranscript()
    talk = await opened(rows)
    talk.heard(reply(*(shell(name) for name in ids)))
    assert len(talk.pending) == len(ids)
    for one, own in zip(ids, talk.pending, strict=True):
        assert own.partition(SIGNATURE)[1:] == one.partition(SIGNATURE)[1:], "a signature goes back as it came"
    for _ in ids:
        answer(talk)
    talk.heard(reply(*(shell(name) for name in ids)))
    assert len({call.id for row in rows.rows for call in row.message.tool_calls}) == 2 * len(ids)


async def test_who_says_nothing_but_words_is_reminded_and_then_stuck() -> None:
    talk = await opened(MemoryTranscript())
    for _ in range(REMINDERS):
        talk.heard(reply(text="I think.", finish="stop"))
        talk.say(*talk.remark or pytest.fail("it is reminded"))
        assert talk.stuck == ""
    talk.heard(reply(text="I think.", finish="stop"))
    assert "without calling a tool" in talk.stuck
    talk.heard(reply(shell("a")))
    assert (talk.stuck, talk.remark) == ("", None)


async def test_the_last_call_of_an_answer_that_was_cut_off_is_not_what_was_meant() -> None:
    talk = await opened(MemoryTranscript())
    talk.heard(reply(shell("a"), shell("b"), finish="length"))
    assert not talk.is_cut, "the first of them is whole"
    answer(talk)
    assert talk.is_cut


async def test_a_result_of_a_call_that_nobody_made_changes_nothing() -> None:
    talk = await opened(MemoryTranscript())
    talk.heard(reply(shell("a")))
    talk.say(RowKind.RESULT, Message("tool", "made up", tool_call_id="z"))
    assert (list(talk.pending), talk.answered) == (["a"], 0)
