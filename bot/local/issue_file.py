"""An issue from a Markdown file: its first heading is the title, the rest is the body.

A file that begins with front matter (YAML between lines of dashes, as issue templates have it, TOML
between pluses or JSON between semicolons) may say title, number and labels there.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.detect.read import yamltree
from sandbox.errors import UserError
from workflows.text.sanitise import sanitised
from workflows.values import Issue

MOST_BYTES = 1024 * 1024
MOST_ISSUES = 2_000

_NUMBER_AT_END = re.compile(r"\(#(\d{1,9})\)\s*$")
_NUMBER_IN_NAME = re.compile(
    r"^(?:(?:issue|gh)s?[-_ ]?#?(\d{1,9})(?=[-_. ]|$)(?![-_.]\d)"  # issue-12, gh-12-slugs-break; not issue-2026-11-29
    # 12, bug-12: a name that begins with a number may say "2 factors", and 2026 is a year.
    r"|(?!(?:19|20)\d\d$)(?:bug|fix|task|ticket)?[-_ ]?#?(\d{1,7})$"
    r"|(0\d{3,8})(?=[-_. ]|$)(?![-_.]\d))",  # 0042-slugs-break: no word begins so
    re.IGNORECASE,
)
_FRONT = re.compile(r"\A\s*(---|\+\+\+|;;;)[ \t]*\n(.*?\n|)(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PAIR = re.compile(r"(?<![\w-])([A-Za-z_][\w-]*):[ \t]+(\S.*)$", re.MULTILINE)
_MOST_LABELS = 20
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?=\S)")
_CLOSING = re.compile(r"(^|[ \t])#+$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_REMEDY = "Write what should be different: a heading, then the description."


class IssueError(UserError):
    """The issue file cannot be read as an issue."""


def read_issue(path: str, *, number: int | None = None, labels: Sequence[str] = ()) -> Issue:
    """The issue in a file, or on standard input for `-`; IssueError with a sentence where there is none.

    The number is the one asked for, else the front matter's (`number: 12`), else the title's (`Slugs
    break (#12)`), else the file name's (`issue-12.md`, `12.md`), else 0: a wrong one would close
    somebody else's issue.
    """
    front, text = _front_matter(_text(path).replace("\r\n", "\n"))
    title, body = split(text)
    if named := _line(front.get("title")):
        title, body = named, body if title == named else text.strip("\n").rstrip()
    if not title:
        raise IssueError(f"The issue in {path} is empty.", _REMEDY)
    found = _NUMBER_AT_END.search(title)
    if found:
        title = title[: found.start()].strip() or title
    if number is None:
        number = _number(front) or (int(found[1]) if found else _number_in(Path(path).stem))
    url = Path(path).absolute().as_uri() if path != "-" else ""
    every = tuple(dict.fromkeys((*labels, *_labels(front.get("labels")))))
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
    said = (at for at, line in enumerate(lines) if line.strip())
    first = next((at for at in said if not _UNDERLINE.match(lines[at])), None)
    if first is None:
        return "", ""
    return _parts(lines[first].strip(), lines[first + 1 :])


def _shown(line: str, hidden: bool) -> tuple[str, bool]:
    """A line without what stands in comments, which nobody sees, and whether one goes on behind it."""
    shown = ""
    while line:
        before, mark, line = line.partition("-->" if hidden else "<!--")
        shown += "" if hidden else before
        hidden = hidden != bool(mark)
    return shown.rstrip(), hidden


def _front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    """What stands between dashes at the beginning, and the rest; all of it is the rest where that is none."""
    found = _FRONT.match(text)
    data = _data(found[1], found[2]) if found else {}
    if found is None or (found[2].strip() and not data):
        return {}, text
    return data, text[found.end() :]


def _data(mark: str, text: str) -> Mapping[str, Any]:
    """Front matter in YAML, between pluses in TOML, between semicolons in JSON; {} where it is none."""
    if mark == "---":
        # `title: Login: it fails` is no YAML, and what people write.
        return yamltree.load(text) or {key: value.strip().strip("\"'") for key, value in _PAIR.findall(text)}
    try:
        data = tomllib.loads(text) if mark == "+++" else json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _line(value: Any) -> str:
    return " ".join(value.split())[:500] if isinstance(value, str) else ""


def _labels(value: Any) -> list[str]:
    """Labels as templates write them: a list, or names with commas between them."""
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return [name for item in names[:_MOST_LABELS] if (name := _line(item))]


def _number(front: Mapping[str, Any]) -> int:
    found = re.fullmatch(r"#?(\d{1,9})", _line(front.get("number") or front.get("issue")))
    return int(found[1]) if found else 0


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
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise IssueError(f"The issue {path} is not text in UTF-8.", "Give a Markdown file.")
    return text
