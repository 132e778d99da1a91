"""Text for Telegram: HTML of ours, with the words of others in it as nothing but words, and no longer than it takes.

Telegram makes links, mentions and commands of what merely looks like them. In the words of others that is broken
with a space of no width, so that they read as before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape, unescape

from workflows.text.escape import visible

MOST = 4096
"""What Telegram takes for a message, counted as UTF-16 behind its parsing."""
_BREAK = "\u200b"
_ACTS = re.compile(r"@(?=\w)|#(?=\w*[^\W\d])|(?<!\w)/(?=\w)|:(?=//)|\$(?=[A-Z])|(?<=\w)\.(?=\w)")
_TAG = re.compile(r"<[^>]*>")
_FULL = "\n…"


def words(text: str, most: int = 300) -> str:
    """Somebody's words on one line."""
    return _inert(cut(" ".join(visible(text).split()), most))


def paragraphs(text: str, most: int = 2000) -> str:
    """Somebody's words with their lines."""
    return _inert(cut(re.sub(r"\n{3,}", "\n\n", visible(text)).strip(), most))


def code(text: str, most: int = 300) -> str:
    """One line as it is: nothing acts in it, and a touch copies it."""
    return f"<code>{escape(cut(' '.join(visible(text).split()), most))}</code>"


def link(label: str, url: str) -> str:
    """`label` is HTML; without an address that can be opened it stands alone."""
    return f'<a href="{escape(url, quote=True)}">{label}</a>' if url.startswith(("https://", "http://")) else label


def bare(markdown: str) -> str:
    """A line of our own Markdown without its marks, as one of ours."""
    return words(re.sub(r"[`*\\]", "", markdown).replace(_BREAK, ""))


def lines(found: Iterable[str], most: int = MOST) -> str:
    """Lines of HTML, each with its tags closed, as many as fit; that there were more is said."""
    kept: list[str] = []
    room = most - units(_FULL)
    for line in found:
        room -= units(unescape(_TAG.sub("", line))) + 1
        if room < 0:
            return "\n".join(kept).rstrip() + _FULL
        kept.append(line)
    return "\n".join(kept).strip("\n")


def units(text: str) -> int:
    """Its length as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """The text, ended with an ellipsis where it is longer."""
    text = text.encode("utf-8", "replace").decode()  # half a character is none
    if units(text) <= most:
        return text
    kept = text.encode("utf-16-le")[: (most - 1) * 2].decode("utf-16-le", "ignore")
    return kept.rstrip() + "…"


def _inert(text: str) -> str:
    return escape(_ACTS.sub(lambda found: found[0] + _BREAK, text))
