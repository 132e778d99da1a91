"""Files as they are: line ends, encodings and the rules of .gitattributes, through the tools that the model calls."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.files.agent_files import TreeFiles
from tests.workflows.agent.workbench import LocalBox
from workflows.agent.tools.text_files import TextFile, decoded, rebroken, replaced
from workflows.agent.tools.toolbox import Toolbox
from workflows.ports import ToolCall
from workflows.text.for_model import Result


class Tree:
    """A tree with the file tools over it."""

    def __init__(self, root: Path) -> None:
        self.tree, staging = root / "tree", root / "staging"
        for directory in (self.tree, staging):
            directory.mkdir()
        self._tools = Toolbox(LocalBox(self.tree), TreeFiles(self.tree, staging))

    async def __call__(self, tool: str, **arguments: Any) -> Result:
        return await self._tools.run(ToolCall("1", tool, json.dumps(arguments)))

    def put(self, name: str, data: bytes) -> None:
        (self.tree / name).parent.mkdir(parents=True, exist_ok=True)
        (self.tree / name).write_bytes(data)

    def get(self, name: str) -> bytes:
        return (self.tree / name).read_bytes()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


# --- line ends -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        # one line becomes two, in a file of Windows
        (b"a\r\nb\r\nc\r\n", "b", "b1\nb2", b"a\r\nb1\r\nb2\r\nc\r\n"),
        (b"a\r\nb\r\nc\r\n", "b\n", "new\nb\n", b"a\r\nnew\r\nb\r\nc\r\n"),
        # two lines become one, and none
        (b"a\r\nb\r\nc\r\n", "a\nb", "ab", b"ab\r\nc\r\n"),
        (b"a\r\nb\r\nc\r\n", "b\n", "", b"a\r\nc\r\n"),
        # the last line, which has no end
        (b"a\r\nb", "b", "b\nc", b"a\r\nb\r\nc"),
        (b"a\r\nb", "b", "b\n", b"a\r\nb\r\n"),
        (b"one line", "one", "zero\none", b"zero\none line"),
        # one bare LF stays the only one
        (b"a\r\nb\nc\r\nd\r\n", "d", "d1\nd2", b"a\r\nb\nc\r\nd1\r\nd2\r\n"),
        (b"a\r\nb\nc\r\nd\r\n", "b\nc", "b\nx\nc", b"a\r\nb\nx\r\nc\r\nd\r\n"),
        (b"a\nb\r\nc\nd\n", "a", "a1\na2", b"a1\na2\nb\r\nc\nd\n"),
        # `old` goes across both kinds
        (b"a\r\nb\nc\r\n", "a\nb\nc", "a\nB\nc", b"a\r\nB\r\nc\r\n"),
        (b"a\r\nb\nc\r\n", "a\r\nb\r\nc", "x", b"x\r\n"),
        # as many of one kind as of the other: as the line beside it
        (b"a\r\nb\n", "a", "a1\na2", b"a1\r\na2\r\nb\n"),
        (b"a\r\nb\n", "b", "b1\nb2", b"a\r\nb1\nb2\n"),
        # the model sends CRLF by itself
        (b"a\nb\n", "a\r\nb", "a\r\nx\r\nb", b"a\nx\nb\n"),
        (b"a\r\nb\r\n", "b", "x\r\ny", b"a\r\nx\r\ny\r\n"),
        # CR alone, as long ago
        (b"a\rb\rc\r", "b", "b1\nb2", b"a\rb1\rb2\rc\r"),
        (b"a\rb\rc\r", "a\nb", "x\ny", b"x\ry\rc\r"),
        # a CR within a line is a character
        (b"a\rb\nc\n", "a\rb", "a\rB", b"a\rB\nc\n"),
    ],
)
async def test_an_edit_keeps_every_line_end_and_gives_new_lines_those_of_the_file(
    tree: Tree, before: bytes, old: str, new: str, after: bytes
) -> None:
    tree.put("f", before)
    result = await tree("edit", path="f", old=old, new=new)
    assert not result.failed, result
    assert tree.get("f") == after


async def test_an_edit_of_line_ends_alone_says_that_they_are_kept(tree: Tree) -> None:
    tree.put("f", b"a\r\nb\r\n")
    result = await tree("edit", path="f", old="a\r\nb", new="a\nb")
    assert result.failed
    assert "line ends alone" in result.text


@pytest.mark.parametrize(
    ("before", "content", "after"),
    [
        (b"a\r\nb\r\n", "1\n2\n", b"1\r\n2\r\n"),
        (b"a\r\nb\r\n", "1\r\n2\n", b"1\r\n2\r\n"),
        (b"a\nb\n", "1\r\n2\r\n", b"1\n2\n"),
        (b"a\r\nb\nc\r\n", "a\nb\nnew\nc\n", b"a\r\nb\nnew\r\nc\r\n"),
        (b"a\rb\r", "1\n2\n", b"1\r2\r"),
        (b"one", "1\r\n2\r\n", b"1\r\n2\r\n"),
        (None, "1\r\n2\r\n", b"1\r\n2\r\n"),
    ],
)
async def test_a_written_file_keeps_its_line_ends(tree: Tree, before: bytes | None, content: str, after: bytes) -> None:
    if before is not None:
        tree.put("f", before)
    assert not (await tree("write", path="f", content=content)).failed
    assert tree.get("f") == after


_LINES = st.lists(st.text("ab \u00e9", max_size=3), min_size=1, max_size=6)


@given(st.lists(st.tuples(st.text("ab", max_size=3), st.sampled_from(["\r\n", "\n"])), max_size=8), _LINES, st.data())
def test_nothing_but_the_edited_place_changes(
    lines: list[tuple[str, str]], new: list[str], data: st.DataObject
) -> None:
    text = "".join(line + end for line, end in lines)
    file = TextFile(text)
    plain = file.plain
    start = data.draw(st.integers(0, len(plain)))
    stop = data.draw(st.integers(start, len(plain)))
    changed = replaced(file, start, plain[start:stop], "\n".join(new))
    assert changed.replace("\r\n", "\n") == plain[:start] + "\n".join(new) + plain[stop:]
    if file.ends == "\r\n" and not file.is_mixed:
        assert changed.count("\r\n") == changed.count("\n")
    if file.ends == "\n" and not file.is_mixed:
        assert "\r" not in changed


def test_line_ends_of_long_texts_are_found_without_comparing_everything() -> None:
    before = "same\r\n" * 100_000
    assert rebroken(before, "same\n" * 100_001, "\r\n") == "same\r\n" * 100_001


# --- encodings -----------------------------------------------------------------------------

_COOKIE = "# -*- coding: gbk -*-\n"


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("caf\u00e9 = 1\n".encode("utf-8-sig"), "= 1", "= \u00fc", "caf\u00e9 = \u00fc\n".encode("utf-8-sig")),
        (
            "caf\u00e9\r\nx\r\n".encode("utf-16"),
            "caf\u00e9\nx",
            "th\u00e9\ny\nz",
            "th\u00e9\r\ny\r\nz\r\n".encode("utf-16"),
        ),
        (
            b"\xfe\xff" + "\u65e5\n".encode("utf-16-be"),
            "\u65e5",
            "\u672c",
            b"\xfe\xff" + "\u672c\n".encode("utf-16-be"),
        ),
        (f"{_COOKIE}a = '\u4e2d'\n".encode("gbk"), "\u4e2d", "\u6587", f"{_COOKIE}a = '\u6587'\n".encode("gbk")),
        (
            '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>\u00e9</a>\n'.encode("latin-1"),
            "\u00e9",
            "\u00e8",
            '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>\u00e8</a>\n'.encode("latin-1"),
        ),
        (
            '<html><head><meta charset="shift_jis"></head>\u65e5</html>\n'.encode("shift_jis"),
            "\u65e5",
            "\u672c",
            '<html><head><meta charset="shift_jis"></head>\u672c</html>\n'.encode("shift_jis"),
        ),
        # nobody knows what it is: bytes stay, and ASCII is the same everywhere
        (b"caf\xe9\nx = 1\n", "x = 1", "x = 2", b"caf\xe9\nx = 2\n"),
        ("\u4e2d\u6587\nx = 1\n".encode("gbk"), "x = 1", "y", "\u4e2d\u6587\ny\n".encode("gbk")),
        # declared as something else, and ASCII so far
        (b"# coding: latin-1\nx = 1\n", "x = 1", "x = '\u00e9'", "# coding: latin-1\nx = '\u00e9'\n".encode("latin-1")),
    ],
)
async def test_an_edit_keeps_the_encoding(tree: Tree, before: bytes, old: str, new: str, after: bytes) -> None:
    tree.put("f", before)
    result = await tree("edit", path="f", old=old, new=new)
    assert not result.failed, result
    assert tree.get("f") == after


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"caf\xe9\n", "does not say in which encoding"),
        ("\u4e2d\u6587\n".encode("gbk"), "does not say in which encoding"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a binary file"),
        (b"\x1f\x8b\x08" + bytes(range(1, 256)) * 4, "a binary file"),
        ("no mark".encode("utf-16-le"), "UTF-16 text without a mark"),
        (b"\xff\xfe\0" + b"\xd8" * 9, "a binary file"),
        (f"{_COOKIE}".encode("gbk"), "has no '\u20ac'"),
    ],
)
@pytest.mark.parametrize("tool", ["edit", "write"])
async def test_what_cannot_be_written_in_a_files_encoding_is_refused_with_the_reason(
    tree: Tree, tool: str, data: bytes, words: str
) -> None:
    data = b"x = 1\n" + data if b"\0" not in data and not data.startswith((b"#", b"\x1f")) else data
    data += b"x = 1\n" if data.startswith(b"#") else b""
    tree.put("f", data)
    declared = _COOKIE if data.startswith(b"#") else ""
    more = {"old": "x = 1", "new": "x = '\u20ac'"} if tool == "edit" else {"content": f"{declared}x = '\u20ac'\n"}
    result = await tree(tool, path="f", **more)
    assert result.failed, result
    assert words in result.text
    assert tree.get("f") == data


async def test_half_a_character_is_not_taken_for_a_letter(tree: Tree) -> None:
    data = "x = '\u8868'\n".encode("shift_jis")  # whose second byte is a backslash
    tree.put("f", data)
    result = await tree("edit", path="f", old="\\", new="/")
    assert result.failed
    assert "half of a character" in result.text
    assert tree.get("f") == data


@pytest.mark.parametrize(
    ("before", "content", "after"),
    [
        ("a\n".encode("utf-8-sig"), "b\n", "b\n".encode("utf-8-sig")),
        ("a\n".encode("utf-8-sig"), "\ufeffb\n", "b\n".encode("utf-8-sig")),
        ("a\r\n".encode("utf-16"), "\u00e9\n", "\u00e9\r\n".encode("utf-16")),
        (f"{_COOKIE}\u4e2d".encode("gbk"), f"{_COOKIE}\u6587", f"{_COOKIE}\u6587".encode("gbk")),
        (b"caf\xe9\n", "plain\n", b"plain\n"),
    ],
)
async def test_a_written_file_keeps_its_encoding(tree: Tree, before: bytes, content: str, after: bytes) -> None:
    tree.put("f", before)
    assert not (await tree("write", path="f", content=content)).failed
    assert tree.get("f") == after


XML = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>\u00e9</a>\n'


@pytest.mark.parametrize(
    ("before", "content", "encoding"),
    [
        (None, "# coding: latin-1\nx = '\u00e9'\n", "latin-1"),
        (None, XML, "latin-1"),
        (b"# coding: latin-1\nx = '\xe9'\n", "# coding: utf-8\nx = '\u00e9'\n", "utf-8"),
        (b"# coding: latin-1\nx = '\xe9'\n", "x = '\u4e2d'\n", "utf-8"),
        ("x = '\u00e9'\n".encode(), "# coding: latin-1\nx = '\u00e9'\n", "latin-1"),
        (b"a\n", "\ufeffb\n", "utf-8"),  # a mark where there was none
    ],
)
@pytest.mark.parametrize("tool", ["write", "edit"])
async def test_a_file_is_in_the_encoding_that_it_declares_now(
    tree: Tree, tool: str, before: bytes | None, content: str, encoding: str
) -> None:
    """Else no Python and no parser reads it again."""
    if tool == "edit" and (before is None or "\ufeff" in content):
        return
    if before is not None:
        tree.put("f", before)
    old = before.decode("utf-8" if encoding == "latin-1" else "latin-1") if before else ""
    more = {"old": old, "new": content} if tool == "edit" else {"content": content}
    result = await tree(tool, path="f", **more)
    assert not result.failed, result
    assert tree.get("f") == content.removeprefix("\ufeff").encode(encoding)


async def test_read_shows_what_other_encodings_say(tree: Tree) -> None:
    tree.put("f", "caf\u00e9\r\n".encode("utf-16"))
    text = (await tree("read", path="f")).text
    assert "caf\u00e9\n" in text
    assert "it is UTF-16, which edit and write keep" in text
    tree.put("mixed", b"a\r\nb\n")
    assert "some lines end in CRLF" in (await tree("read", path="mixed")).text


@given(st.binary(max_size=300))
def test_any_bytes_are_a_text_that_comes_back_as_it_was_or_are_refused(data: bytes) -> None:
    from workflows.agent.tools.calls import BadCall

    try:
        file = decoded("f", data)
    except BadCall:
        return
    assert file.bytes_with(file.text, "f") == data


# --- .gitattributes ------------------------------------------------------------------------

RULES = b"""\
* text=auto
*.txt text
*.bat text eol=crlf
*.sh text eol=lf
*.u16 text working-tree-encoding=UTF-16LE eol=lf
*.l1 working-tree-encoding=ISO-8859-1
*.bin filter=lfs diff=lfs merge=lfs -text
*.key filter=git-crypt
*.raw -text
*.old crlf
*.inp crlf=input
*.not -crlf
[attr]windows text eol=crlf
*.win windows
"""


def git(at: Path, *words: str) -> str:
    settings = (
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "-c",
        "core.autocrlf=false",
        "-c",
        "init.defaultBranch=main",
    )
    return subprocess.run(["git", *settings, *words], cwd=at, check=True, capture_output=True, text=True).stdout


def fresh_clone_status(tree: Path, place: Path) -> str:
    """What git says of a clone of a commit that holds the tree's bytes, as runs commit them: without any conversion."""
    bare = place / "bare"
    git(place, "init", "-q", "--bare", str(bare))
    (bare / "info" / "attributes").write_text("* -text !eol -ident !filter !working-tree-encoding\n")
    work = ("--git-dir", str(bare), "--work-tree", str(tree))
    git(tree, *work, "add", "--all", "--force")
    git(tree, *work, "commit", "-q", "-m", "all")
    (bare / "info" / "attributes").unlink()
    git(place, "clone", "-q", str(bare), "clone")
    return git(place / "clone", "status", "--porcelain")


@pytest.mark.parametrize("content", ["one\ntwo\n", "one\r\ntwo\r\n", pytest.param("one", marks=pytest.mark.at_length)])
@pytest.mark.parametrize(
    "name",
    ["a.txt", "a.bat", "a.sh", "a.u16", "a.l1", "a.raw", "a.py", "a.old", "a.inp", "a.not", "a.win", "deep/down/a.txt"],
)
async def test_a_fresh_clone_of_what_was_written_is_clean(tree: Tree, tmp_path: Path, name: str, content: str) -> None:
    tree.put(".gitattributes", RULES)
    tree.put("deep/.gitattributes", b"*.txt text eol=crlf\n")
    assert not (await tree("write", path=name, content=content)).failed
    tree.put("old.txt", b"a\nb\n")
    assert not (await tree("edit", path="old.txt", old="a", new="a\r\nb")).failed
    assert fresh_clone_status(tree.tree, tmp_path) == ""


async def test_a_file_that_was_committed_against_its_rules_is_put_right_where_it_is_edited(
    tree: Tree, tmp_path: Path
) -> None:
    tree.put(".gitattributes", RULES)
    tree.put("a.txt", b"a\r\nb\r\n")
    assert "as .gitattributes wants" in (await tree("edit", path="a.txt", old="b", new="b\nc")).text
    assert tree.get("a.txt") == b"a\nb\nc\n"
    tree.put("a.u16", "\u00e9\n".encode("utf-16"))
    assert "as .gitattributes wants" in (await tree("edit", path="a.u16", old="\u00e9", new="\u00e8")).text
    assert tree.get("a.u16") == "\u00e8\n".encode()
    assert fresh_clone_status(tree.tree, tmp_path) == ""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("model.bin", "new", "Git LFS"),
        ("secret.key", "new", "the filter 'git-crypt'"),
        ("a.l1", "\u65e5", "checked out as ISO-8859-1"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
async def test_what_rules_send_elsewhere_is_refused(
    tree: Tree, name: str, content: str, words: str, there: bool
) -> None:
    tree.put(".gitattributes", RULES)
    if there:
        tree.put(name, b"version https://git-lfs.github.com/spec/v1\n")
    result = await tree("write", path=name, content=content)
    assert result.failed
    assert words in result.text


async def test_rules_that_are_a_link_or_a_directory_count_as_little_as_for_git(tree: Tree) -> None:
    (tree.tree.parent / "rules").write_text("* filter=lfs\n")
    (tree.tree / ".gitattributes").symlink_to(tree.tree.parent / "rules")
    (tree.tree / "d" / ".gitattributes").mkdir(parents=True)
    assert not (await tree("write", path="d/a.txt", content="x\n")).failed


async def test_a_piece_that_stands_twice_with_an_overlap_is_not_the_only_one(tree: Tree) -> None:
    tree.put("f", b"-aaa-\n")
    result = await tree("edit", path="f", old="aa", new="b")
    assert result.failed
    assert "stands 2 times" in result.text
    assert tree.get("f") == b"-aaa-\n"


async def test_an_expanded_id_is_refused_where_git_fills_it_in(tree: Tree) -> None:
    tree.put(".gitattributes", b"*.c ident\n")
    result = await tree("write", path="a.c", content="/* $Id: 1234 $ */\n")
    assert result.failed
    assert "write $Id$" in result.text
