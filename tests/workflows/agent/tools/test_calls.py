"""The tools' calls, whatever a model sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.agent.tools.calls import TOOLS, BadCall, Shell, parse, spec
from workflows.ports import ToolCall


def test_every_tool_is_declared_with_a_plain_schema() -> None:
    for kind in TOOLS:
        declared = spec(kind)
        schema = json.dumps(dict(declared.parameters))
        assert declared.description
        assert "$ref" not in schema
        assert '"title"' not in schema
        assert declared.parameters["type"] == "object"


@given(st.sampled_from([kind.tool for kind in TOOLS]), st.text(max_size=300) | st.just("[" * 100_000))
def test_any_arguments_are_parsed_or_refused_in_words(name: str, arguments: str) -> None:
    try:
        parse(ToolCall("1", name, arguments))
    except BadCall as problem:
        str(problem).encode()


@given(st.sampled_from([kind.tool for kind in TOOLS]), st.dictionaries(st.text(max_size=9), st.integers() | st.text()))
def test_any_object_is_parsed_or_refused_in_words(name: str, arguments: dict[str, Any]) -> None:
    try:
        parse(ToolCall("1", name, json.dumps(arguments)))
    except BadCall as problem:
        str(problem).encode()


@pytest.mark.parametrize(
    "arguments",
    [
        "{'command': 'ls -l'}",
        '{"command": "ls -l",}',
        '{command: "ls -l"}',
        '```json\n{"command": "ls -l"}\n```',
        '```{"command": "ls -l"}```',
        '// look\n{"command": "ls -l"}',
        json.dumps("{'command': 'ls -l'}"),
    ],
)
def test_arguments_as_people_write_json_are_understood(arguments: str) -> None:
    parsed = parse(ToolCall("1", "shell", arguments))
    assert isinstance(parsed, Shell)
    assert parsed.command == "ls -l"


@pytest.mark.parametrize("tool", ["edit", "write"])
def test_what_goes_into_files_is_not_guessed(tool: str) -> None:
    with pytest.raises(BadCall, match="JSON"):
        parse(ToolCall("1", tool, '{"path": "a.py", "old": "x", "new": "a""b", "content": "a""b"}'))


@pytest.mark.parametrize(
    "arguments",
    ['{"command": "ls', '```json\n{"command": "ls -l"\n```', "['ls']", "ls -l", '{"command": "a"} {}'],
)
def test_arguments_that_are_cut_or_no_object_are_refused(arguments: str) -> None:
    with pytest.raises(BadCall, match="JSON"):
        parse(ToolCall("1", "shell", arguments))


def test_arguments_that_were_encoded_twice_are_understood() -> None:
    arguments = parse(ToolCall("1", "shell", json.dumps(json.dumps({"command": "ls"}))))
    assert isinstance(arguments, Shell)
    assert arguments.command == "ls"


def test_an_argument_too_long_for_a_process_is_refused() -> None:
    with pytest.raises(BadCall, match="write it to a file"):
        parse(ToolCall("1", "shell", json.dumps({"command": "x" * 200_000})))
