"""What is sent when the window fills: old messages condensed, in big steps, and the same after a restart."""

from __future__ import annotations

import json

from workflows.agent.context import KEEP, ROOMY, Context
from workflows.ports import Message, ToolCall, Usage

WINDOW = 20_000


def opened(window: int = WINDOW) -> Context:
    context = Context(window)
    context.add(Message("system", "rules"))
    context.add(Message("user", "task"))
    return context


def turn(context: Context, number: int, *, output: int = 4000, written: int = 0) -> None:
    arguments = {"path": f"{number}.py", "content": "x" * written} if written else {"command": f"make {number}"}
    call = ToolCall(f"c{number}", "write" if written else "shell", json.dumps(arguments))
    context.add(Message("assistant", "", (call,)))
    context.add(Message("tool", f"line {number}\n" + "y" * output, tool_call_id=call.id))


def test_old_outputs_become_one_line_and_the_newest_stay_whole() -> None:
    context = opened()
    for number in range(30):
        turn(context, number)
    messages = context.sent()
    assert len(messages) == 62, "no message is dropped"
    assert messages[3].content == (
        '[Condensed: shell {"command": "make 0"} gave 2 lines, 4007 characters. Call it again if needed.]'
    )
    assert all(len(message.content) > 4000 for message in messages[-KEEP:] if message.role == "tool")
    assert context.tokens < WINDOW


def test_condensing_happens_in_big_steps_so_that_the_prefix_stays_cached() -> None:
    context, changes, before = opened(), 0, [""]
    for number in range(60):
        turn(context, number)
        now = [message.content for message in context.sent()]
        changes += now[: len(before)] != before
        before = now
    assert 1 <= changes <= 12


def test_long_written_files_are_clipped_when_outputs_are_not_enough() -> None:
    context = opened()
    for number in range(30):
        turn(context, number, output=10, written=4000)
    messages = context.sent()
    arguments = json.loads(messages[2].tool_calls[0].arguments)
    assert arguments["path"] == "0.py"
    assert len(arguments["content"]) < 100
    assert len(messages[-2].tool_calls[0].arguments) > 4000
    assert context.tokens < WINDOW


def test_the_estimate_learns_from_what_the_provider_counted() -> None:
    context = opened()
    turn(context, 0)
    estimated = context.tokens
    context.add(Message("assistant", "ok"), Usage(prompt_tokens=2 * estimated, completion_tokens=1))
    assert 1.9 * estimated < context.tokens < 2.1 * estimated
    context.add(Message("assistant", "ok"), Usage(prompt_tokens=1, completion_tokens=1))
    assert context.tokens > estimated / 3, "nonsense counts are not believed"


def test_the_same_rows_give_the_same_prompt() -> None:
    contexts = [opened(), opened()]
    for context in contexts:
        for number in range(40):
            turn(context, number)
    assert contexts[0].sent() == contexts[1].sent()


def test_marks_stand_behind_the_opening_and_at_the_end() -> None:
    context = opened()
    turn(context, 0)
    assert [message.cache for message in context.sent()] == [False, True, False, True]


def test_squeezing_condenses_all_but_the_last_messages() -> None:
    context = opened(1_000_000)
    for number in range(5):
        turn(context, number)
    assert context.squeeze()
    assert sum(len(message.content) > 4000 for message in context.sent()) == 1
    assert not context.squeeze()


def test_a_window_smaller_than_its_newest_messages_is_not_condensed_for_ever() -> None:
    context = opened(1000)
    for number in range(10):
        turn(context, number)
    assert context.tokens > 1000 * ROOMY
    assert len(context.sent()) == 22


def test_old_thoughts_go_where_the_window_fills_and_signatures_of_calls_stay() -> None:
    context = opened()
    for number in range(12):
        kept = {"by": "m", "reasoning_content": "hm " * 2000, "calls": {"0": {"extra_content": "sig"}}}
        if number % 2:
            kept |= {"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}]}
        call = ToolCall(f"c{number}", "shell", "{}")
        context.add(Message("assistant", "", (call,), kept=json.dumps(kept)))
        context.add(Message("tool", "ok", tool_call_id=call.id))
    messages = [message for message in context.sent() if message.role == "assistant"]
    assert json.loads(messages[0].kept) == {
        "by": "m",
        "reasoning_content": "(condensed)",
        "calls": {"0": {"extra_content": "sig"}},
    }
    assert json.loads(messages[1].kept) == {"by": "m", "calls": {"0": {"extra_content": "sig"}}}
    assert "hm hm" in messages[-1].kept
    assert context.tokens < WINDOW
