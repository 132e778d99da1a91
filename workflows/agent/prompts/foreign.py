"""Text of others, made fit for a prompt: what people cannot see is taken out, and it cannot pass for our own words."""

from __future__ import annotations

import hashlib
import re

from workflows.values import Issue

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
"""In code too: whether a backtick really makes code of it only a whole Markdown parser could tell."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Zero-width, direction, filler, variation and tag characters."""


def issue_text(issue: Issue) -> str:
    """Title and body as a person sees them: without HTML comments and invisible characters."""
    return _COMMENT.sub("", _INVISIBLE.sub("", f"{issue.title.strip()}\n\n{issue.body.strip()}")).strip()


def framed(text: object, label: str = "text") -> str:
    """Text between markers that it cannot hold itself, whoever wrote it.

    The marker follows from the text, so that the same prompt is the same on every machine.
    """
    content = str(text).strip()
    salt = 0
    while (marker := f"{label}-{_digest(content, salt)}") in content:
        salt += 1
    return f"<{marker}>\n{content}\n</{marker}>"


def _digest(content: str, salt: int) -> str:
    return hashlib.sha256(f"{salt}\0{content}".encode(errors="surrogatepass")).hexdigest()[:16]
