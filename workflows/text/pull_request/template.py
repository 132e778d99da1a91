"""The repository's own template for pull requests, filled with our sections where its headings ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workflows.text.escape import line, plain

MOST_BYTES = 50_000

_PLACES = (".github/", "", "docs/")
_NAMES = ("pull_request_template.md", "pull_request_template.txt", "pull_request_template")
_HEADING = re.compile(r"^(#{1,6})[ \t]++(.+)$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_ISSUE_HERE = re.compile(
    r"^[\s*_-]*(?:(?:clos|fix|resolv)\w*+|issue|related issues?)[\s:*_]*+"
    r"#[\s(<\[{_]*+(?:issue number|\w*+)[\s)>\]}_.]*$",
    re.IGNORECASE,
)
"""A line in which the issue's number is to be put: we have one of our own."""
_UNDERLINE = re.compile(r"^ {0,3}(=+|-{2,})[ \t]*$")
_WORDS = re.compile(r"^ {0,3}(?![-*+>|]|\d+[.)])\S")
_EMPTY_ITEM = re.compile(r"^\s*[-*+]\s*$")
_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_MEANS = {
    "Summary": r"summary|description|what|overview|purpose|motivation|proposed|about",
    "Changes": r"^(?!.*\b(?:types?|breaking|related)\b).*changes?\b|changelog|implementation|how (?:does|do|is)",
    "Verification": r"test|verif|qa\b|validation|how has",
    "Warnings": r"risk|breaking|notes? (?:for|to) review|caveat",
    "Requirements": r"requirement|acceptance",
}


@dataclass(slots=True)
class _Part:
    """A heading of the template ("" before the first) with what stands below it."""

    heading: str = ""
    title: str = ""
    lines: list[str] = field(default_factory=list)


def template_path(paths: Iterable[str]) -> str:
    """Which of a repository's files is its template, in the order in which GitHub looks; "" where there is none."""
    by_name = {path.lower(): path for path in paths if path.count("/") <= 1}
    wanted = (place + name for place in _PLACES for name in _NAMES)
    return next((by_name[name] for name in wanted if name in by_name), "")


def fill(template: str, sections: Sequence[tuple[str, str]]) -> str:
    """The template with each of our (title, Markdown) below the heading that means the same, the others behind it.

    What the template says to its reader in comments, HTML and empty items are left out; its
    check boxes stay as they are, for a person to tick. It is made as harmless as any text of others.
    """
    parts = _parts(template)
    left = dict(sections)
    filled: list[str] = []
    for part in parts:
        title = next((title for title in left if part.title and re.search(_MEANS.get(title, "$^"), part.title)), "")
        own = plain("\n".join(part.lines)).strip()
        below = "\n\n".join(text for text in (left.pop(title, ""), own) if text)
        filled.append("\n\n".join(text for text in (part.heading, below) if text))
    filled += [f"## {title}\n\n{content}" for title, content in sections if title in left]
    return "\n\n".join(text for text in filled if text)


def _parts(template: str) -> list[_Part]:
    parts = [_Part()]
    fence = ""
    for text in _COMMENT.sub("", template.replace("\r\n", "\n")).split("\n"):
        mark = _FENCE.match(text)
        if mark and (not fence or mark[1] == fence):
            fence = "" if fence else mark[1]
        if fence or mark:
            parts[-1].lines.append(text)
            continue
        below = parts[-1].lines
        if (underline := _UNDERLINE.match(text)) and below and _WORDS.match(below[-1]):
            parts.append(_headed("#" if underline[1][0] == "=" else "##", below.pop()))
        elif heading := _HEADING.match(text):
            parts.append(_headed(heading[1], heading[2].rstrip(" \t#")))
        elif not _ISSUE_HERE.match(text) and not _EMPTY_ITEM.match(text):
            below.append(_TAG.sub("", text))
    return parts


def _headed(level: str, text: str) -> _Part:
    title = line(_TAG.sub("", text), 200)
    return _Part(f"{level} {title}", title.lower())
