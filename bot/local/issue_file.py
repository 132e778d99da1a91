"""An issue from a Markdown file: its first heading is the title, the rest is the body.

A file may say title, number and labels before that: see `issue_front`.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.local.issue_front import front_matter
from sandbox.errors import UserError
from workflows.text.sanitise import sanitised
from workflows.values import Issue

MOST_BYTES = 1024 * 1024
MOST_ISSUES = 2_000
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""What PowerShell writes, for one."""

_NUMBER_AT_END = re.compile(r"\(#(\d{1,9})\)\s*$")
_NUMBER_BEFORE = re.compile(
    r"(?:[\[(]#(\d{1,9})[\])]:?|(?:issue )?#(\d{1,9})(?::| [-\u2013\u2014](?= ))|issue #?(\d{1,9}):)\s*(?=\S)",
    re.IGNORECASE,
)
_NUMBER_IN_NAME = re.compile(
    r"^(?:(?:issue|gh)s?[-_ ]?#?(\d{1,9})(?=[-_. ]|$)(?![-_.]\d)"  # issue-12, gh-12-slugs-break; not issue-2026-11-29
    # 12, bug-12: a name that begins with a number may say "2 factors", and 2026 is a year.
    r"|(?!(?:19|20)\d\d$)(?:bug|fix|task|ticket)?[-_ ]?#?(\d{1,7})$"
    r"|(0\d{3,8})(?=[-_. ]|$)(?![-_.]\d))",  # 0042-slugs-break: no word begins so
    re.IGNORECASE,
)
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?=\S)")
_CLOSING = re.compile(r"(^|[ \t])#+$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_NO_WORD = re.compile(r"^ {0,3}(?:=+|-+|#{1,6})[ \t]*$")
_REMEDY = "Write what should be different: a heading, then the description."


class IssueError(UserError):
    """The issue file cannot be read as an issue."""


def read_issue(path: str, *, number: int | None = None, labels: Sequence[str] = ()) -> Issue:
    """The issue in a file, or on standard input for `-`; IssueError with a sentence where there is none.

    The number is the one asked for, else the front matter's (`number: 12`), else the title's (`Slugs
    break (#12)`, `[#12] Slugs break`), else the file name's (`issue-12.md`, `12.md`), else 0: a wrong one would close
    somebody else's issue.
    """
    front, text = front_matter(_text(path).replace("\r\n", "\n").replace("\r", "\n"))
    title, body = split(text)
    if named := front.title:
        title, body = named, body if title == named else text.strip("\n").rstrip()
    if not title:
        raise IssueError(f"The issue in {path} is empty.", _REMEDY)
    found = _NUMBER_AT_END.search(title)
    leading = _NUMBER_BEFORE.match(title)
    if found:
        title = title[: found.start()].strip() or title
    elif leading:
        title = title[leading.end() :].strip()
    if number is None:
        told = next((int(digits) for match in (found, leading) if match for digits in match.groups() if digits), 0)
        number = front.number or told or _number_in(Path(path).stem)
    url = Path(path).absolute().as_uri() if path != "-" else ""
    every = tuple(dict.fromkeys((*labels, *front.labels)))
    return sanitised(Issue(number=number, title=title, body=body, url=url, labels=every))


def read_issues(folder: Path) -> list[Issue]:
    """The issues in a folder's Markdown files, in the order of their names; IssueError for the first that is none.

    Each needs a number, as `read_issue` finds it: by that it is named.
    """
    if not folder.is_dir():
        raise IssueError(f"{folder} is no folder.", "Give a folder of Markdown files.")
    found = [(path, read_issue(str(path))) for path in sorted(folder.glob("*.md"))[:MOST_ISSUES]]
    unnamed = next((path for path, issue in found if not issue.number), None)
    if unnamed is not None:
        raise IssueError(
            f"The issue in {unnamed} has no number.", "Call the file issue-12.md, or say `number: 12` in it."
        )
    return [issue for _, issue in found]


def split(text: str) -> tuple[str, str]:
    """Title and body. Without a heading the first line that is not empty is the title; ("", "") where all is empty."""
    lines = text.replace("\r\n", "\n").split("\n")
    fence, hidden = "", False
    for at, line in enumerate(lines):
        opening = _FENCE.match(line)
        shown = line
        if not fence:
            shown, hidden = _shown(line, hidden)
        if opening and not (hidden or "<!--" in line):
            if not fence:
                fence = opening[1]
            elif opening[1].startswith(fence) and line.strip() == opening[1]:
                fence = ""
        elif not fence and _HEADING.match(shown):
            title = _CLOSING.sub("", _HEADING.sub("", shown).strip())
            return _parts(title, lines[:at] + lines[at + 1 :])
        elif not fence and at and lines[at - 1].strip() and _UNDERLINE.match(shown):
            return _parts(lines[at - 1].strip(), lines[: at - 1] + lines[at + 1 :])
    hidden = False
    for at, line in enumerate(lines):
        shown, hidden = _shown(line, hidden)
        if said := _NO_WORD.sub("", shown).strip():
            return _parts(_bare(said), lines[at + 1 :])
    return "", ""


def _bare(line: str) -> str:
    """A first line as a title: `#Title` is no heading, and `**Title**` is not meant to be bold there."""
    found = re.fullmatch(r"#{1,6}(?=\w)(.+)|(\*\*|__)(.+?)\2:?", line)
    return (found[1] or found[3]).strip() if found else line


def _shown(line: str, hidden: bool) -> tuple[str, bool]:
    """A line without what stands in comments, which nobody sees, and whether one goes on behind it."""
    shown = ""
    while line:
        before, mark, line = line.partition("-->" if hidden else "<!--")
        shown += "" if hidden else before
        hidden = hidden != bool(mark)
    return shown.rstrip(), hidden


def _number_in(name: str) -> int:
    found = _NUMBER_IN_NAME.match(name)
    return next((int(digits) for digits in found.groups() if digits), 0) if found else 0


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
    mark = next((codec for mark, codec in _MARKS if data.startswith(mark)), "utf-8-sig")
    try:
        text = data.decode(mark)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise IssueError(
            f"The issue {path} is not text in UTF-8.",
            "Give a Markdown file; an editor saves it as UTF-8, iconv makes it so.",
        )
    return text
