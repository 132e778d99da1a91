"""The tools read, edit and write, on trees that are not always tidy."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.workflows.agent.workbench import Tools
from workflows.text.for_model import CAP, Result


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


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


async def test_read_goes_on_where_it_stopped_until_all_was_shown(tools: Tools) -> None:
    tools.put("long.txt", b"".join(b"line %d\n" % number for number in range(1, 3001)))
    start, shown = 1, list[str]()
    while start:
        text = (await tools("read", path="long.txt", start=start)).text
        shown += [line.partition("\t")[2] for line in text.split("\n") if "\t" in line]
        start = int(text.rpartition("start=")[2].rstrip(")")) if "start=" in text else 0
    assert shown == [f"line {number}" for number in range(1, 3001)]


async def test_what_is_edited_where_it_stands_twice_in_itself_is_refused(tools: Tools) -> None:
    tools.put("a.txt", b"aaa\n")
    result = await tools("edit", path="a.txt", old="aa", new="b")
    assert result.failed
    assert "stands 2 times" in result.text
    assert tools.get("a.txt") == b"aaa\n"


async def test_what_another_program_keeps_is_neither_edited_nor_written(tools: Tools) -> None:
    tools.put(".gitattributes", b"*.bin filter=lfs\n*.enc filter=crypt\n")
    tools.put("a.bin", b"version https://git-lfs\n")
    for tool, path, more in (("edit", "a.bin", {"old": "version", "new": "x"}), ("write", "b.enc", {"content": "x"})):
        result = await tools(tool, path=path, **more)
        assert result.failed
        assert "which is not at hand here" in result.text
    assert tools.get("a.bin") == b"version https://git-lfs\n"
    assert not (tools.tree / "b.enc").exists()


async def test_rules_that_are_no_file_or_too_long_hinder_nothing(tools: Tools) -> None:
    (tools.tree / ".gitattributes").symlink_to("/etc/passwd")
    tools.put("sub/.gitattributes/x", b"")
    assert not (await tools("write", path="sub/a.txt", content="x\n")).failed
    assert tools.get("sub/a.txt") == b"x\n"


@pytest.mark.parametrize(
    ("rules", "before", "content", "after"),
    [
        (b"* text eol=lf\n", b"a\r\n", "b\r\n", b"b\n"),
        (b"* text=auto\n", None, "b\r\n", b"b\n"),
        (b"", b"a\r\n", "b\nc\n", b"b\r\nc\r\n"),
        (b"", b"a\n", "b\r\n", b"b\n"),
        (b"", None, "b\r\n", b"b\r\n"),
    ],
)
async def test_a_file_that_is_written_anew_has_the_line_ends_that_it_had_or_that_the_rules_want(
    tools: Tools, rules: bytes, before: bytes | None, content: str, after: bytes
) -> None:
    tools.put(".gitattributes", rules)
    if before is not None:
        tools.put("a.txt", before)
    assert not (await tools("write", path="a.txt", content=content)).failed
    assert tools.get("a.txt") == after
