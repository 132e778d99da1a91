"""What a draft would say, in words: for pull requests where the repository's plan knows no drafts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.text.escape import MOST_CHARACTERS, cut


@dataclass(frozen=True, slots=True)
class Words:
    """What stands before the title, in brackets, and above the text."""

    title: str
    text: str


_DRAFT = "This would be a draft, but this repository's plan has none. "
NOT_READY = Words(
    "Not ready",
    "**Not ready: please read its verdict before you merge it.** "
    f"{_DRAFT}What was checked, and what was not, stands under Verification.",
)
HANDED_OVER = Words(
    "Handed over",
    f"**Handed over to you: nobody works on it any more but people.** {_DRAFT.rstrip()}",
)

_MARK = "<!-- pullwright:words -->"
_BODY = re.compile(rf"{re.escape(_MARK)}\r?\n> [^\n]*\n+")
_TITLE = re.compile(rf"\[(?:{NOT_READY.title}|Not verified|{HANDED_OVER.title})\] ")


def spoken(title: str, body: str, words: Words) -> tuple[str, str]:
    """Title and text with these words, in place of others of ours."""
    title, body = unspoken(title, body)
    head = f"{_MARK}\n> {words.text}\n\n"
    return f"[{words.title}] {title}", head + cut(body, MOST_CHARACTERS - len(head))


def unspoken(title: str, body: str) -> tuple[str, str]:
    """Title and text without words of ours."""
    found = _BODY.match(body)
    return (_TITLE.sub("", title, count=1) if _TITLE.match(title) else title), body[found.end() :] if found else body


def speaks(body: str) -> bool:
    """Whether a text has words of ours."""
    return _BODY.match(body) is not None
