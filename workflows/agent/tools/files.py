"""The tools read, edit and write, over a tree that may hold anything."""

from __future__ import annotations

import asyncio
import re
from typing import Protocol

from workflows.agent.tools.calls import BadCall, Edit, Read, Write
from workflows.agent.tools.closest import closest_lines
from workflows.text.for_model import CAP, Result, numbered, visible

MOST_BYTES = 4 * 1024 * 1024
"""Files beyond this are for shell commands."""

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
    text = _text(call.path, data)
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
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
        shown.append(visible(line.removesuffix("\r")))
    last = call.start + len(shown) - 1
    remarks = _remarks(text)
    if last < len(lines):
        remarks.append(f"lines {call.start} to {last} of {len(lines)}; go on with start={last + 1}")
    return Result(numbered(shown, call.start) + (f"\n({'; '.join(remarks)})" if remarks else ""))


async def edit(files: Files, call: Edit) -> Result:
    """Replace the one place where `old` stands, keeping the file's line endings."""
    data = await asyncio.to_thread(files.read, call.path, MOST_BYTES + 1)
    text = _text(call.path, data)
    old, new = call.old, call.new
    if text.count(old) == 0 and "\r\n" in text:
        old, new = _crlf(old), _crlf(new)
    if old == new:
        raise BadCall("`old` and `new` are the same: nothing would change.")
    count = text.count(old)
    if count != 1:
        raise BadCall(_no_match(call, text, old, count))
    at = text.index(old)
    changed = text[:at] + new + text[at + len(old) :]
    await asyncio.to_thread(files.write, call.path, _bytes(changed))
    first = text.count("\n", 0, at) + 1
    lines = changed.split("\n")[first - 1 : first + min(new.count("\n"), 20)]
    shown = numbered([visible(line.removesuffix("\r")) for line in lines], first)
    return Result(f"Edited {call.path}. It reads now:\n{shown}")


async def write(files: Files, call: Write) -> Result:
    """Write the whole file; one with Windows line endings keeps them."""
    if len(call.content) > MOST_BYTES:
        raise BadCall(f"The content is too long: at most {MOST_BYTES} characters.")
    there = await asyncio.to_thread(files.exists, call.path)
    content, note = call.content, ""
    if there:
        before = await asyncio.to_thread(files.read, call.path, MOST_BYTES)
        if b"\r\n" in before and before.count(b"\n") == before.count(b"\r\n") and "\r" not in content:
            content, note = _crlf(content), " Its Windows line endings (CRLF) were kept."
    await asyncio.to_thread(files.write, call.path, _bytes(content))
    count = content.count("\n") + (not content.endswith("\n") and bool(content))
    return Result(f"{'Replaced' if there else 'Created'} {call.path}, {count} lines.{note}")


def _text(path: str, data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise BadCall(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB: use shell commands (head, grep, sed).")
    if b"\0" in data[:8192]:
        kind = "UTF-16 text" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "a binary file"
        raise BadCall(f"{path} is {kind} ({len(data)} bytes): these tools only take UTF-8 text; use shell commands.")
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    """The bytes of a text; those that were not UTF-8 come back as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise BadCall("The text holds half of a surrogate pair, which no file can hold.") from None


def _remarks(text: str) -> list[str]:
    remarks = []
    if "\r\n" in text:
        remarks.append("lines end in CRLF, which edit keeps")
    if not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text):
        remarks.append("not all of it is UTF-8; other bytes stand as \\udcXX")
    return remarks


def _crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _no_match(call: Edit, text: str, old: str, count: int) -> str:
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
    return f"`old` is not in {call.path}. {closest_lines(text, call.old)}"
