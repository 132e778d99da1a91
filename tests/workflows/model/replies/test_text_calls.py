"""Calls that a model wrote as text."""

from __future__ import annotations

import json

import pytest

from workflows.model.replies.text_calls import MOST_CALLS, written

TOOLS = {"read", "shell"}
READ = '{"name": "read", "arguments": {"path": "a"}}'
SHELL = '{"name": "shell", "arguments": {"command": "b"}}'
A, B = ("read", '{"path": "a"}'), ("shell", '{"command": "b"}')


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (READ, [A]),
        (f"[{READ}, {SHELL}]", [A, B]),
        (f"{READ}\n{SHELL}", [A, B]),
        (f"{READ};\n{SHELL},", [A, B]),
        (f"```json\n{READ}\n```", [A]),
        (f"~~~\n{READ}\n~~~", [A]),
        (f"```json\n{READ}", [A]),
        (f"<tool_call>{READ}</tool_call>", [A]),
        (f"<tool_call>{READ}</tool_call>\n<tool_call>{SHELL}</tool_call>", [A, B]),
        (f"<tool_call>{READ}<tool_call>{SHELL}", [A, B]),
        (f"<tool_call>{READ[:-1]}</tool_call>", [A]),
        (f"[TOOL_CALLS] [{READ}]", [A]),
        (f"<|python_tag|>{READ}", [A]),
        ("<function=read><parameter=path>a</parameter></function>", [A]),
        ("<function=read>\n<parameter=path>\na\n</parameter>\n</function>", [A]),
        ('<function_calls><invoke name="read"><parameter name="path">a</parameter></invoke></function_calls>', [A]),
        ('<function=read>{"path": "a"}</function>', [A]),
        ('{"tool_calls": [{"function": {"name": "read", "arguments": {"path": "a"}}}]}', [A]),
        ('{"read": {"path": "a"}}', [A]),
        ('{"tool": "read", "path": "a"}', [A]),
        ('{"name": "functions.read", "parameters": {"path": "a"}, "id": "1"}', [A]),
        ('{"name": "read", "arguments": "{\\"path\\": \\"a\\"}"}', [("read", '{"path": "a"}')]),
        ('{"name": "read"}', [("read", "{}")]),
        (f"I look at it.\n{READ}", [A]),
    ],
)
def test_the_forms_that_models_write_are_calls(text: str, calls: list[tuple[str, str]]) -> None:
    assert list(written(text, TOOLS).calls) == calls


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words",
        '{"name": "other", "arguments": {}}',
        '{"name": "read", "arguments": [1]}',
        '{"name": "read", "result": "x"}',
        '{"name": "read", "path": "a"}',
        f"> {READ}",
        f"> <tool_call>{READ}</tool_call>",
        f"As it says:\n > ~~~ {READ} ~~~\n > [TOOL_CALLS] {READ}",
        f"I would call {READ} now.",
        "<tool_call>read it</tool_call>",
        "<tool_call>",
        "```\nread\n```",
        "[1, 2]",
        f"<tool_call>{READ[:-1]}",
    ],
)
def test_what_has_not_the_form_of_a_call_of_a_declared_tool_is_prose(text: str) -> None:
    found = written(text, TOOLS)
    assert (found.before, found.calls) == (text, ())


def test_what_stands_before_the_calls_is_said_and_what_stands_behind_is_made_up() -> None:
    text = f"First this.\n<tool_call>{READ}</tool_call>\nresult: fine\n<tool_call>{SHELL}</tool_call>"
    found = written(text, TOOLS)
    assert (found.before, found.calls) == ("First this.", (A,))


def test_the_same_call_twice_is_one_and_there_are_no_more_than_so_many() -> None:
    assert written(f"{READ}\n{READ}", TOOLS).calls == (A,)
    many = "\n".join(json.dumps({"name": "read", "arguments": {"path": str(n)}}) for n in range(50))
    assert len(written(many, TOOLS).calls) == MOST_CALLS


@pytest.mark.parametrize(
    ("value", "kept"),
    [("12", 12), ("[1]", [1]), ("true", True), ("1.5", "1.5"), ("[1", "[1"), (" x ", " x "), ("null!", "null!")],
)
def test_a_parameter_in_markup_is_a_number_or_a_list_where_it_is_one(value: str, kept: object) -> None:
    ((_, arguments),) = written(f"<function=read><parameter=path>{value}</parameter></function>", TOOLS).calls
    assert json.loads(arguments) == {"path": kept}


def test_a_fence_within_a_text_that_is_written_does_not_end_the_call() -> None:
    call = json.dumps({"name": "shell", "arguments": {"command": "```\nx\n```"}})
    assert written(f"```json\n{call}\n```", TOOLS).calls == (("shell", '{"command": "```\\nx\\n```"}'),)


@pytest.mark.parametrize(
    "unit",
    [
        "<tool_call>",
        "```json\n",
        '{"name":',
        "[TOOL_CALLS]",
        "{",
        "[",
        "<function=read>",
        "\n{",
        '<invoke name="read">',
    ],
)
def test_a_text_of_any_size_is_read(unit: str) -> None:
    assert len(written(unit * (150_000 // len(unit)), TOOLS).calls) <= 1
