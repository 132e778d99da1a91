"""The tools read, edit and write, over a tree that may hold anything."""

from __future__ import annotations

import asyncio
import posixpath
import re
from typing import Protocol

from sandbox.errors import UserError
from sandbox.files.attributes import MOST_RULES, Attributes, attributes_of, rules_above, unclean
from workflows.agent.tools.calls import BadCall, Edit, Read, Write
from workflows.agent.tools.closest import closest_lines
from workflows.agent.tools.text_files import MOST_BYTES, TextFile, decoded, rebroken, replaced, unbroken
from workflows.text.for_model import CAP, Result, numbered, visible

_MARK = "\ufeff"
_LF_BY_RULES = "Its line endings are LF in the repository, as .gitattributes wants."
_SAME = "`old` and `new` are the same: nothing would change."
_SAME_BUT_FOR_ENDS = (
    "`old` and `new` differ in their line ends alone, and those of a file are kept: change them with a shell command."
)
_NUMBERED = re.compile(r"^\s*\d+\t")


class Files(Protocol):
    """Access to the tree that never leaves it; refuses (UserError) what is not a plain file. Blocking."""

    def read(self, path: str, most: int, /) -> bytes:
        """At most the first `most` bytes of a file."""
        ...

    def write(self, path: str, data: bytes, /) -> None:
        """Replace or create a file, with its directories."""
        ...

    def exists(self, path: str, /) -> bool: ...


async def read(files: Files, call: Read) -> Result:
    """Numbered lines, as many as fit, and where to go on."""
    data = await asyncio.to_thread(files.read, call.path, MOST_BYTES + 1)
    file = decoded(call.path, data)
    lines = file.lines
    if not lines:
        return Result(f"{call.path} is empty.")
    end = min(call.end or len(lines), len(lines))
    if call.start > len(lines):
        raise BadCall(f"{call.path} has {len(lines)} lines; line {call.start} is behind its end.")
    if end < call.start:
        raise BadCall(f"The range {call.start} to {call.end} holds no line.")
    shown: list[str] = []
    size = 0
    for line in lines[call.start - 1 : end]:
        size += min(len(line), 1000) + 8
        if shown and size > CAP - 512:
            break
        shown.append(visible(line))
    last = call.start + len(shown) - 1
    remarks = _remarks(file)
    if last < len(lines):
        remarks.append(f"lines {call.start} to {last} of {len(lines)}; go on with start={last + 1}")
    return Result(numbered(shown, call.start) + (f"\n({'; '.join(remarks)})" if remarks else ""))


async def edit(files: Files, call: Edit) -> Result:
    """Replace the one place where `old` stands, keeping the file's encoding and line ends."""
    data = await asyncio.to_thread(files.read, call.path, MOST_BYTES + 1)
    file = decoded(call.path, data)
    said = await asyncio.to_thread(_said, files, call.path)
    _refuse_filtered(call.path, said)
    old, new = (unbroken(file, text.removeprefix(_MARK) if file.mark else text) for text in (call.old, call.new))
    if old == new:
        raise BadCall(_SAME_BUT_FOR_ENDS if call.old != call.new else _SAME)
    plain = file.plain
    count = plain.count(old)
    if count == 1 and plain.find(old, plain.index(old) + 1) >= 0:
        count = 2  # `aa` stands twice in `aaa`
    if count != 1:
        raise BadCall(_no_match(call, plain, old, count, is_read=bool(file.encoding)))
    at = plain.index(old)
    _refuse_half(file, plain, at, call.path)
    file.refuse_unknown(new, old, call.path)
    changed = replaced(file, at, old, new)
    note = ""
    if said.only_lf and "\r\n" in changed:
        changed, note = changed.replace("\r\n", "\n"), f" {_LF_BY_RULES}"
    as_it_says = TextFile(changed) if said.encoding else file.after(changed)
    if as_it_says.called != file.called:
        note += f" It is {as_it_says.called} now, as {'.gitattributes wants' if said.encoding else 'it says'}."
    _refuse_unfit(call.path, said, changed)
    await asyncio.to_thread(files.write, call.path, as_it_says.bytes_with(changed, call.path))
    first = plain.count("\n", 0, at) + 1
    lines = (plain[:at] + new + plain[at + len(old) :]).split("\n")[first - 1 : first + min(new.count("\n"), 20)]
    return Result(f"Edited {call.path}.{note} It reads now:\n{numbered([visible(line) for line in lines], first)}")


async def write(files: Files, call: Write) -> Result:
    """Write the whole file; one that is there keeps its encoding and its line ends."""
    if len(call.content) > MOST_BYTES:
        raise BadCall(f"The content is too long: at most {MOST_BYTES} characters.")
    there = await asyncio.to_thread(files.exists, call.path)
    said = await asyncio.to_thread(_said, files, call.path)
    _refuse_filtered(call.path, said)
    file, notes = TextFile(""), list[str]()
    if there:
        file = decoded(call.path, await asyncio.to_thread(files.read, call.path, MOST_BYTES + 1))
    content = call.content.removeprefix(_MARK) if file.mark or file.text else call.content
    file.refuse_unknown(content, "", call.path)
    text = _with_ends(file, said, content)
    as_it_says = TextFile(text) if said.encoding else file.after(text, new=not there)
    if as_it_says.mark or as_it_says.called != "UTF-8" or file.called != "UTF-8":
        same = as_it_says.called == file.called
        notes = [
            f"It is {as_it_says.called}{', as before.' if same else ' now, as it says.' if there else ', as it says.'}"
        ]
    if "\r\n" in text and "\r\n" not in content:
        notes.append("Its Windows line endings (CRLF) were kept.")
    elif "\r\n" in content and "\r\n" not in text:
        notes.append(_LF_BY_RULES if said.only_lf or said.text == "auto" else "Its line endings (LF) were kept.")
    _refuse_unfit(call.path, said, text)
    await asyncio.to_thread(files.write, call.path, as_it_says.bytes_with(text, call.path))
    count = content.count("\n") + (not content.endswith("\n") and bool(content))
    return Result(" ".join([f"{'Replaced' if there else 'Created'} {call.path}, {count} lines.", *notes]))


def _with_ends(file: TextFile, said: Attributes, content: str) -> str:
    """The content with the line ends that the file has, or that the repository's rules want for a new one."""
    if said.only_lf or (not file.text and said.text == "auto"):
        return content.replace("\r\n", "\n")
    if not file.ends and not file.is_mixed:
        return content
    return rebroken(file.text, unbroken(file, content), file.ends or "\n")


def _said(files: Files, path: str) -> Attributes:
    """What the tree's .gitattributes say of a path."""
    path = posixpath.normpath(path)
    rules: dict[str, bytes] = {}
    for place in rules_above(path):
        try:
            if files.exists(place):
                rules[place] = files.read(place, MOST_RULES)
        except (OSError, UserError):  # a link, a directory, no way there: git reads no rules from it either
            continue
    return attributes_of(rules, [path])[path]


def _refuse_filtered(path: str, said: Attributes) -> None:
    if said.kept_elsewhere:
        what = "Git LFS" if said.filter == "lfs" else f"the filter {said.filter!r}"
        raise BadCall(
            f"{path} goes through {what} (.gitattributes), which is not at hand here: its content cannot be changed or"
            " made. Do without, or say in your summary what a person has to do."
        )


def _refuse_unfit(path: str, said: Attributes, text: str) -> None:
    """Refuse what nobody could check out."""
    if (said.encoding or said.ident) and (why := unclean(said, None, text.encode("utf-8", "surrogateescape"))):
        raise BadCall(f"{path} {why}.")


def _refuse_half(file: TextFile, plain: str, at: int, path: str) -> None:
    """In many encodings the second half of a character looks like an ASCII letter."""
    if not file.encoding and at and "\udc80" <= plain[at - 1] <= "\udcff" and "\x30" <= plain[at] <= "\x7e":
        raise BadCall(
            f"{path} is not UTF-8, and `old` begins right behind a byte that may be half of a character:"
            " begin it earlier or later, at a space or the beginning of a line."
        )


def _remarks(file: TextFile) -> list[str]:
    remarks = []
    if file.is_mixed:
        remarks.append("some lines end in CRLF, some in LF; edit keeps each as it is")
    elif file.ends == "\r\n":
        remarks.append("lines end in CRLF, which edit keeps")
    elif file.ends == "\r":
        remarks.append("lines end in CR, which edit keeps")
    if not file.encoding:
        remarks.append(
            "not all of it is UTF-8; other bytes stand as \\udcXX and are kept, what you write must be ASCII"
        )
    elif file.mark or file.encoding != "utf-8":
        remarks.append(f"it is {file.called}, which edit and write keep")
    return remarks


def _no_match(call: Edit, text: str, old: str, count: int, *, is_read: bool) -> str:
    if count > 1:
        places: list[str] = []
        at = -1
        while len(places) < 10 and (at := text.find(old, at + 1)) >= 0:
            places.append(str(text.count("\n", 0, at) + 1))
        return (
            f"`old` stands {count} times in {call.path} (lines {', '.join(places)}"
            f"{', ...' if count > 10 else ''}): add lines around it until it is the only one."
        )
    if call.old.strip() and all(_NUMBERED.match(line) for line in call.old.split("\n") if line.strip()):
        return "`old` holds line numbers: leave out the number and the tab that read shows before each line."
    unread = "" if is_read or call.old.isascii() else " It is not UTF-8: begin and end `old` where all is ASCII."
    return f"`old` is not in {call.path}.{unread} {closest_lines(text, call.old)}"
