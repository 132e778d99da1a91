"""The tools' calls and texts, whatever a model sends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.agent.workbench import Tools
from workflows.agent.tools.calls import TOOLS, BadCall, Shell, parse, spec
from workflows.agent.tools.closest import closest_lines
from workflows.agent.tools.toolbox import Toolbox
from workflows.ports import ToolCall
from workflows.text.for_model import clean, head_and_tail


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


@given(st.text(max_size=200), st.text(min_size=1, max_size=20))
def test_the_closest_lines_are_found_in_any_text(text: str, wanted: str) -> None:
    closest_lines(text, wanted)


def test_the_closest_lines_of_a_large_file_are_found_without_comparing_everything() -> None:
    text = "\n".join(["same"] * 200_000)
    assert "closest" in closest_lines(text, "\n".join(["same"] * 2000 + ["other"]))


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


async def test_a_withheld_tool_is_neither_declared_nor_run(tools: Tools) -> None:
    toolbox = Toolbox(tools.box, tools.files, without=frozenset({"ask", "write"}))
    assert {item.name for item in toolbox.specs} == {"shell", "read", "edit", "search", "finish", "give_up"}
    ask, write = ToolCall("1", "ask", '{"question": "x?"}'), ToolCall("1", "write", '{"path": "a", "content": ""}')
    assert toolbox.asked(ask) is None
    assert "Nobody is there" in (await toolbox.run(ask)).text
    assert "no tool 'write'" in (await toolbox.run(write)).text
    assert not (tools.tree / "a").exists()


@given(st.text())
def test_cleaned_text_is_storable_and_cleaning_twice_changes_nothing(text: str) -> None:
    once = clean(text)
    once.encode()
    assert "\0" not in once
    assert "\x1b" not in once
    assert clean(once) == once


@given(st.text(max_size=400), st.integers(min_value=20, max_value=100))
def test_head_and_tail_keep_both_ends(text: str, most: int) -> None:
    cut = head_and_tail(text, most)
    assert len(cut) <= most + 80
    assert cut == text if len(text) <= most else "left out" in cut


def test_a_megabyte_of_escapes_is_cleaned_in_one_pass() -> None:
    clean("\x1b[" * 500_000)
    clean("\x1b]" * 500_000)
