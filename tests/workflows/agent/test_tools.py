"""The tools, on trees that are not always tidy."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.backend import BoxSpec, Kill
from sandbox.files.agent_files import TreeFiles
from tests.fakes.memory_box import MemoryBox, says
from tests.workflows.agent.workbench import LocalBox
from workflows.agent.tools.calls import TOOLS, BadCall, Shell, parse, spec
from workflows.agent.tools.closest import closest_lines
from workflows.agent.tools.toolbox import Toolbox
from workflows.ports import ToolCall
from workflows.text.for_model import CAP, Result, clean, head_and_tail


class Tools:
    """A toolbox over a tree of its own."""

    def __init__(self, root: Path) -> None:
        self.tree, staging = root / "tree", root / "staging"
        self.tree.mkdir()
        staging.mkdir()
        self.box: Any = LocalBox(self.tree)
        self.files = TreeFiles(self.tree, staging)

    async def __call__(self, tool: str, **arguments: Any) -> Result:
        box = Toolbox(self.box, self.files)
        return await box.run(ToolCall("1", tool, json.dumps(arguments)))

    def put(self, name: str, data: bytes) -> None:
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def get(self, name: str) -> bytes:
        return (self.tree / name).read_bytes()


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


# --- read ----------------------------------------------------------------------------------


async def test_read_numbers_the_lines_of_a_range(tools: Tools) -> None:
    tools.put("a.py", b"one\ntwo\nthree\nfour\n")
    assert await tools("read", path="a.py", start=2, end=3) == Result(
        "     2\ttwo\n     3\tthree\n(lines 2 to 3 of 4; go on with start=4)"
    )


async def test_read_gives_as_much_of_a_long_file_as_fits_and_says_where_to_go_on(tools: Tools) -> None:
    tools.put("long.txt", b"".join(b"line %d\n" % number for number in range(1, 5001)))
    result = await tools("read", path="long.txt")
    last = int(result.text.rpartition("start=")[2].rstrip(")")) - 1
    assert f"\tline {last}\n" in result.text
    assert 500 < last < 5000
    assert len(result.text) <= CAP
    assert f"     {last + 1}"[-6:] + f"\tline {last + 1}" in (await tools("read", path="long.txt", start=last + 1)).text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x7fELF\0\0\0", "a binary file"),
        ("text".encode("utf-16"), "UTF-16"),
        (b"", "is empty"),
        (b"x" * 5_000_000, "larger than 4 MB"),
    ],
)
async def test_read_says_what_a_file_is_that_it_cannot_show(tools: Tools, data: bytes, words: str) -> None:
    tools.put("odd", data)
    assert words in (await tools("read", path="odd")).text


async def test_read_shows_what_would_hide(tools: Tools) -> None:
    tools.put("odd.txt", b"a\r\nsafe\rhidden\r\n\x1b[2Jgone\r\nlatin \xe9\r\n")
    text = (await tools("read", path="odd.txt")).text
    assert "safe\\rhidden" in text
    assert "\\x1b[2Jgone" in text
    assert "latin \\udce9" in text
    assert "CRLF" in text
    assert "not all of it is UTF-8" in text
    text.encode()


async def test_read_clips_a_line_without_an_end(tools: Tools) -> None:
    tools.put("min.js", b"x" * 300_000)
    text = (await tools("read", path="min.js")).text
    assert len(text) < 1200
    assert "(300000 characters)" in text


@pytest.mark.parametrize(("start", "end", "words"), [(9, None, "has 2 lines"), (2, 1, "holds no line")])
async def test_read_refuses_a_range_that_is_not_there(tools: Tools, start: int, end: int | None, words: str) -> None:
    tools.put("a.py", b"one\ntwo")
    result = await tools("read", path="a.py", start=start, end=end)
    assert result.failed
    assert words in result.text


@pytest.mark.parametrize("tool", ["read", "edit", "write"])
async def test_no_file_tool_leaves_the_tree_or_touches_what_is_no_file(tools: Tools, tool: str) -> None:
    (tools.tree.parent / "secret").write_text("secret")
    (tools.tree / "link").symlink_to(tools.tree.parent / "secret")
    (tools.tree / "up").symlink_to(tools.tree.parent)
    (tools.tree / "directory").mkdir()
    os.mkfifo(tools.tree / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(tools.tree)  # a socket's path must be short
        try:
            listener.bind("socket")
        finally:
            os.chdir(here)
        more = {"read": {}, "edit": {"old": "secret", "new": "x"}, "write": {"content": "x"}}[tool]
        odd = ["link", "up/secret", "../secret", "/etc/passwd", "fifo", "socket", "directory", ".git/config", "x" * 300]
        for path in [*odd, "nul\0", "half\ud800"]:
            result = await tools(tool, path=path, **more)
            assert result.failed, path
            assert "secret\n" not in result.text
    assert (tools.tree.parent / "secret").read_text() == "secret"


async def test_a_file_that_is_not_there_is_an_answer(tools: Tools) -> None:
    assert await tools("read", path="no.py") == Result("No such file or directory: no.py", failed=True)


# --- edit and write ------------------------------------------------------------------------


async def test_edit_replaces_the_one_place_and_shows_it(tools: Tools) -> None:
    tools.put("a.py", b"a = 1\nb = 2\nc = 3\n")
    result = await tools("edit", path="a.py", old="b = 2", new="b = 20\nb2 = 21")
    assert result == Result("Edited a.py. It reads now:\n     2\tb = 20\n     3\tb2 = 21")
    assert tools.get("a.py") == b"a = 1\nb = 20\nb2 = 21\nc = 3\n"


async def test_edit_that_matches_twice_says_where(tools: Tools) -> None:
    tools.put("a.py", b"x\ny\nx\n")
    result = await tools("edit", path="a.py", old="x", new="z")
    assert result.failed
    assert "stands 2 times in a.py (lines 1, 3)" in result.text
    assert tools.get("a.py") == b"x\ny\nx\n"


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (
            "def f():\n  return 1",
            "The white space differs. The closest lines are:\n     2\tdef f():\n     3\t    return 1",
        ),
        ("def f():\n    return 2", "The closest lines are:\n     2\tdef f():"),
        ("def fn() :", "The closest line is:\n     2\tdef f():"),
        ("zzz", "Nothing resembles it"),
        ("     2\tdef f():", "line numbers"),
        ("    \n", "only white space"),
    ],
)
async def test_edit_that_does_not_match_says_what_it_saw(tools: Tools, old: str, words: str) -> None:
    tools.put("a.py", b"import os\ndef f():\n    return 1\n")
    result = await tools("edit", path="a.py", old=old, new="x")
    assert result.failed
    assert words in result.text


async def test_edit_keeps_windows_line_endings_and_bytes_that_are_not_utf8(tools: Tools) -> None:
    tools.put("a.txt", b"one\r\ntwo\r\nlatin \xe9\r\n")
    assert not (await tools("edit", path="a.txt", old="one\ntwo", new="1\n2")).failed
    assert tools.get("a.txt") == b"1\r\n2\r\nlatin \xe9\r\n"


async def test_edit_that_changes_nothing_is_refused(tools: Tools) -> None:
    tools.put("a.py", b"x\n")
    assert "nothing would change" in (await tools("edit", path="a.py", old="x", new="x")).text


async def test_write_makes_directories_and_keeps_windows_line_endings(tools: Tools) -> None:
    assert (await tools("write", path="a/b/c.py", content="x\ny")).text == "Created a/b/c.py, 2 lines."
    tools.put("dos.txt", b"a\r\nb\r\n")
    assert "were kept" in (await tools("write", path="dos.txt", content="1\n2\n")).text
    assert tools.get("dos.txt") == b"1\r\n2\r\n"


async def test_write_keeps_the_mode_of_a_script(tools: Tools) -> None:
    tools.put("run.sh", b"#!/bin/sh\n")
    (tools.tree / "run.sh").chmod(0o755)
    await tools("write", path="run.sh", content="#!/bin/sh\necho\n")
    assert (tools.tree / "run.sh").stat().st_mode & 0o777 == 0o755


@given(st.text(max_size=200), st.text(min_size=1, max_size=20))
def test_the_closest_lines_are_found_in_any_text(text: str, wanted: str) -> None:
    closest_lines(text, wanted)


def test_the_closest_lines_of_a_large_file_are_found_without_comparing_everything() -> None:
    text = "\n".join(["same"] * 200_000)
    assert "closest" in closest_lines(text, "\n".join(["same"] * 2000 + ["other"]))


# --- shell and search ----------------------------------------------------------------------


async def test_shell_gives_output_and_exit_code(tools: Tools) -> None:
    assert await tools("shell", command="echo hi; exit 3") == Result("exit code 3\nhi")
    assert await tools("shell", command="true") == Result("(no output)")
    assert await tools("shell", command="echo fine") == Result("fine")


@pytest.mark.parametrize("kill", list(Kill))
async def test_shell_says_why_a_command_was_ended(tools: Tools, tmp_path: Path, kill: Kill) -> None:
    tools.box = MemoryBox(BoxSpec("b", tmp_path, tmp_path))
    tools.box.on("make", says("so far\n", exit_code=137, killed=kill))
    text = (await tools("shell", command="make")).text
    assert text.startswith(("Killed: ", "Stopped after "))
    assert text.endswith("so far")


async def test_a_commands_time_is_what_was_asked_for_and_what_is_left(tools: Tools, tmp_path: Path) -> None:
    box = MemoryBox(BoxSpec("b", tmp_path, tmp_path))
    toolbox = Toolbox(box, tools.files)
    call = ToolCall("1", "shell", '{"command": "make", "timeout": 300}')
    await toolbox.run(call)
    await toolbox.run(call, seconds=7.5)
    assert [command.limits.wall_seconds for command in box.commands] == [300, 7.5]


async def test_long_output_keeps_its_head_and_tail(tools: Tools) -> None:
    text = (await tools("shell", command="seq 1 100000")).text
    assert text.startswith("1\n2\n")
    assert text.endswith("\n100000")
    assert "left out ...]" in text
    assert len(text) < CAP + 100


async def test_output_is_made_readable(tools: Tools) -> None:
    result = await tools("shell", command=r"printf '\033[31mred\033[0m 10%%\r50%%\rdone\n\0\n'")
    assert result.text == "done\n\\x00"


async def test_search_gives_paths_and_lines_in_order(tools: Tools) -> None:
    tools.put("b.py", b"def needle(): ...\n")
    tools.put("a/a.py", b"x\nneedle = 1\n")
    tools.put("a/a.txt", b"needle\n")
    tools.put(".git/x", b"needle\n")
    assert (
        await tools("search", pattern=r"need\w+")
    ).text == "a/a.py:2:needle = 1\na/a.txt:1:needle\nb.py:1:def needle(): ..."
    assert (await tools("search", pattern="needle", path="**/*.py")).text.count("\n") == 1
    assert (await tools("search", pattern="needle", path="a")).text.count("\n") == 1
    assert (await tools("search", pattern="--files")).text == "No line matches '--files'."


async def test_search_reports_a_bad_pattern_and_a_path_that_is_not_there(tools: Tools) -> None:
    tools.put("a.py", b"x\n")
    for arguments in ({"pattern": "("}, {"pattern": "x", "path": "no/such"}, {"pattern": "x", "path": "-rf"}):
        result = await tools("search", **arguments)
        assert result.failed
        assert "The search failed" in result.text


@pytest.mark.parametrize("path", ["../../..", "a/../../x", "/etc", "..", "../**/*.py"])
async def test_search_does_not_leave_the_tree(tools: Tools, path: str) -> None:
    tools.put("a/a.py", b"needle\n")
    result = await tools("search", pattern="needle|root", path=path)
    assert result.failed
    assert "not below the tree" in result.text


async def test_search_shows_so_many_matches_and_says_that_there_are_more(tools: Tools) -> None:
    for number in range(9):
        tools.put(f"{number}.txt", b"needle\n" * 40)
    tools.put("min.js", b"needle " * 100_000)
    text = (await tools("search", pattern="needle")).text
    assert text.count("\n") == 100
    assert "(100 of " in text
    assert len(text) < CAP


async def test_search_without_ripgrep_uses_grep(tools: Tools, tmp_path: Path) -> None:
    box = MemoryBox(BoxSpec("b", tmp_path, tmp_path))
    box.on("^grep", says("./a.py:1:x\n"))
    tools.box = box
    assert (await tools("search", pattern="x")).text == "a.py:1:x"


# --- calls ---------------------------------------------------------------------------------


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


# --- text ----------------------------------------------------------------------------------


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
