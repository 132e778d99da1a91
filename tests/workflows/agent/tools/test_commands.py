"""The tools shell and search."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.backend import BoxSpec, Kill
from tests.fakes.memory_box import MemoryBox, says
from tests.workflows.agent.workbench import Tools
from workflows.agent.tools.toolbox import Toolbox
from workflows.ports import ToolCall
from workflows.text.for_model import CAP, Result


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


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


async def test_a_line_with_separators_of_its_own_is_one_match(tools: Tools) -> None:
    tools.put("a.txt", "needle \u2028 one \x0c two \x85 three\nother\n".encode())
    text = (await tools("search", pattern="needle")).text
    assert text.count("\n") == 0
    assert text.startswith("a.txt:1:needle")
    assert text.endswith("three")


async def test_a_file_that_cannot_be_read_does_not_lose_the_matches_of_the_others(tools: Tools, tmp_path: Path) -> None:
    tools.box = MemoryBox(BoxSpec("b", tmp_path, tmp_path))
    tools.box.on("^rg", says("rg: ./b: Permission denied\n./a.py:1:x\n", exit_code=2))
    assert (await tools("search", pattern="x")).text == "a.py:1:x"


async def test_a_search_that_was_ended_says_why(tools: Tools, tmp_path: Path) -> None:
    tools.box = MemoryBox(BoxSpec("b", tmp_path, tmp_path))
    tools.box.on("^rg", says("./a.py:1:x\n", exit_code=137, killed=Kill.TIMEOUT))
    result = await tools("search", pattern="x")
    assert result.failed
    assert result.text.startswith("Stopped after ")


@pytest.mark.parametrize(
    ("path", "include", "place"),
    [("**/*.py", "*.py", "./"), ("a/b/*.py", "*.py", "./a/b"), ("a/*/c.py", "c.py", "./a"), ("*", "*", "./")],
)
async def test_grep_looks_where_the_glob_begins(
    tools: Tools, tmp_path: Path, path: str, include: str, place: str
) -> None:
    box = MemoryBox(BoxSpec("b", tmp_path, tmp_path))
    tools.box = box
    await tools("search", pattern="x", path=path)
    argv = box.commands[-1].argv
    assert argv[0] == "grep"
    assert f"--include={include}" in argv
    assert argv[-1] == place


async def test_a_command_that_is_not_there_is_said_to_be_missing(tools: Tools) -> None:
    assert (await tools("shell", command="no-such-program-at-all")).text.startswith("exit code 127 (command not found)")
