"""An issue from a Markdown file: its first heading is the title, the rest is the body."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import UserError
from workflows.text.sanitise import sanitised
from workflows.values import Issue

MOST_BYTES = 1024 * 1024

_NUMBER_AT_END = re.compile(r"\s*\(#(\d{1,9})\)\s*$")
_NUMBER_IN_NAME = re.compile(r"^(?:issue|gh|bug)?[-_ #]?(\d{1,9})(?=[-_. ]|$)", re.IGNORECASE)
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?=\S)")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_REMEDY = "Write what should be different: a heading, then the description."


class IssueError(UserError):
    """The issue file cannot be read as an issue."""


def read_issue(path: str, *, number: int | None = None, labels: Sequence[str] = ()) -> Issue:
    """The issue in a file, or on standard input for `-`; IssueError with a sentence where there is none.

    The number is the one asked for, else the title's (`Slugs break (#12)`), else the file
    name's (`issue-12.md`), else 0.
    """
    text = _text(path)
    title, body = split(text)
    if not title:
        raise IssueError(f"The issue in {path} is empty.", _REMEDY)
    found = _NUMBER_AT_END.search(title)
    if found:
        title = title[: found.start()].strip() or title
    if number is None:
        named = found or _NUMBER_IN_NAME.match(Path(path).stem)
        number = int(named[1]) if named else 0
    url = Path(path).absolute().as_uri() if path != "-" else ""
    return sanitised(Issue(number=number, title=title, body=body, url=url, labels=tuple(labels)))


def split(text: str) -> tuple[str, str]:
    """Title and body. Without a heading the first line that is not empty is the title; ("", "") where all is empty."""
    lines = text.replace("\r\n", "\n").split("\n")
    fence = ""
    for at, line in enumerate(lines):
        opening = _FENCE.match(line)
        if opening:
            if not fence:
                fence = opening[1]
            elif opening[1].startswith(fence) and line.strip() == opening[1]:
                fence = ""
        elif not fence and _HEADING.match(line):
            title = _HEADING.sub("", line).strip().rstrip("#").rstrip()
            return _parts(title, lines[:at] + lines[at + 1 :])
        elif not fence and at and lines[at - 1].strip() and _UNDERLINE.match(line):
            return _parts(lines[at - 1].strip(), lines[: at - 1] + lines[at + 1 :])
    first = next((at for at, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return "", ""
    return _parts(lines[first].strip(), lines[first + 1 :])


def _parts(title: str, rest: list[str]) -> tuple[str, str]:
    return title[:500], "\n".join(rest).strip("\n").rstrip()


def _text(path: str) -> str:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            if Path(path).exists() and not Path(path).is_file():
                raise IssueError(f"The issue {path} is not a file.", "Give a Markdown file.")
            with Path(path).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise IssueError(f"The issue {path} cannot be read: {error.strerror}.", "Give a Markdown file.") from error
    if len(data) > MOST_BYTES:
        raise IssueError(f"The issue {path} is larger than 1 MB.", "Give the description alone; attach nothing.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise IssueError(f"The issue {path} is not text in UTF-8.", "Give a Markdown file.")
    return text
