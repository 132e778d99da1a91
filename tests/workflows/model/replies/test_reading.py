"""A provider's answer as a reply, whatever shape it has."""

from __future__ import annotations

import json
from types import SimpleNamespace as Some
from typing import Any

import pytest

from workflows.model.replies.reading import CUT, MOST_KEPT, failed, finish_of, flat, read_message, text_of
from workflows.ports import ToolSpec

TOOLS = [ToolSpec("read", "Read a file.", {"type": "object", "properties": {}})]


def choice(content: Any = None, finish: Any = "stop", calls: Any = None, *, fields: Any = None, **message: Any) -> Some:
    said = Some(content=content, tool_calls=calls, **message)
    return Some(message=said, finish_reason=finish, provider_specific_fields=fields)


def called(name: Any, arguments: Any, id: Any = "1") -> Some:
    return Some(id=id, function=Some(name=name, arguments=arguments))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("a", "a"),
        ([{"type": "text", "text": "a"}, {"text": "b"}, "c", {"type": "output_text", "content": "d"}], "abcd"),
        (
            [
                {"type": "thinking", "thinking": "x"},
                {"type": "image", "text": "x"},
                {"type": "text", "text": 5},
                7,
                None,
            ],
            "",
        ),
        ({"a": 1}, '{"a": 1}'),
        (5, "5"),
    ],
)
def test_the_text_of_a_content_is_what_is_said_and_no_thought(content: Any, text: str) -> None:
    assert text_of(content) == text
    assert read_message(choice(content), "m", ()).content == text


@pytest.mark.parametrize(
    ("arguments", "kept"), [('{"a": 1}', '{"a": 1}'), ({"a": 1}, '{"a": 1}'), (None, ""), ("", "")]
)
def test_a_call_is_read_whatever_form_its_arguments_have(arguments: Any, kept: str) -> None:
    (call,) = read_message(choice("x", calls=[called("read", arguments)]), "m", TOOLS).tool_calls
    assert (call.id, call.name, call.arguments) == ("1", "read", kept)


def test_a_call_without_id_or_name_and_the_old_form_are_read() -> None:
    (call,) = read_message(choice(calls=[called(None, "{}", id=None)]), "m", TOOLS).tool_calls
    assert (call.id, call.name) == ("", "")
    (old,) = read_message(choice(function_call=Some(name="read", arguments={})), "m", TOOLS).tool_calls
    assert (old.name, old.arguments) == ("read", "{}")


def test_calls_in_the_text_count_where_there_are_no_others_and_tools_were_declared() -> None:
    text = 'So.\n{"name": "read", "arguments": {"path": "a"}}'
    message = read_message(choice(text), "m", TOOLS)
    assert (message.content, [c.name for c in message.tool_calls]) == ("So.", ["read"])
    assert read_message(choice(text), "m", ()).content == text
    assert read_message(choice(text, calls=[called("read", "{}")]), "m", TOOLS).content == text


def test_what_no_database_keeps_is_taken_out() -> None:
    message = read_message(choice("a\0b\ud800", calls=[called("re\0ad", '{"a": "\0"}')]), "m", TOOLS)
    assert "\0" not in message.content + message.tool_calls[0].name + message.tool_calls[0].arguments
    message.content.encode()


def test_what_the_same_model_wants_back_is_kept_with_its_name() -> None:
    thoughts = [{"type": "thinking", "thinking": "x", "signature": "s"}]
    message = read_message(
        choice("a", thinking_blocks=thoughts, provider_specific_fields={"reasoning_details": [1]}), "m", ()
    )
    assert json.loads(message.kept) == {"by": "m", "thinking_blocks": thoughts, "reasoning_details": [1]}
    assert read_message(choice("a"), "m", ()).kept == ""


@pytest.mark.parametrize("value", ["x" * (MOST_KEPT + 1), object(), {1, 2}])
def test_what_cannot_be_kept_is_not(value: Any) -> None:
    assert read_message(choice("a", reasoning_content=value), "m", ()).kept == ""


def test_what_a_server_puts_beside_a_call_goes_back_with_it() -> None:
    class Call(Some):
        def model_dump(self) -> dict[str, Any]:
            return {"id": "1", "type": "function", "extra_content": {"google": 1}, "none": None}

    call = Call(id="1", function=Some(name="read", arguments="{}"))
    message = read_message(choice("a", calls=[call]), "m", TOOLS)
    assert json.loads(message.kept)["calls"] == {"0": {"extra_content": {"google": 1}}}


@pytest.mark.parametrize(
    ("said", "native", "took", "finish"),
    [
        ("stop", None, 5, "stop"),
        (None, None, 5, "stop"),
        ("length", None, 5, CUT),
        ("MAX_TOKENS", None, 5, CUT),
        ("stop", "max_output_tokens", 5, CUT),
        ("stop", None, 10, CUT),
        ("tool_calls", None, 9, "tool_calls"),
    ],
)
def test_an_answer_that_its_limit_ended_is_said_to_be_cut(said: Any, native: Any, took: int, finish: str) -> None:
    fields = {"native_finish_reason": native} if native else None
    assert finish_of(choice("a", said, fields=fields), took, 10) == finish


def test_calls_of_all_the_tokens_are_not_cut() -> None:
    assert finish_of(choice("a", "tool_calls", [called("read", "{}")]), 10, 10) == "tool_calls"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (None, ""),
        ({}, ""),
        ({"error": {"message": "overloaded", "code": 1}}, "overloaded"),
        ({"error": "x" * 999}, "x" * 300),
        ({"native_finish_reason": "error"}, "no reason was given"),
        ({"error": {"code": 1}}, "no reason was given"),
    ],
)
def test_an_answer_that_is_none_says_why(fields: Any, why: str) -> None:
    assert failed(choice("a", fields=fields)) == why


@pytest.mark.parametrize(
    ("message", "content", "thought"),
    [
        ({"content": "a"}, "a", None),
        ({"content": [{"type": "text", "text": "a"}, {"type": "thinking", "thinking": "b"}]}, "a", "b"),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "b"}]}]}, "", "b"),
        ({"content": [{"type": "reasoning", "text": "b"}], "reasoning_content": "c"}, "", "c"),
        ({}, None, None),
    ],
)
def test_a_content_in_parts_is_made_flat_with_its_thoughts_beside_it(message: Any, content: Any, thought: Any) -> None:
    read = flat(lambda given: given)(message)
    assert (read.get("content"), read.get("reasoning_content")) == (content, thought)
