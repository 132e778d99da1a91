"""Telegram's HTML: what it takes, what it refuses in which words, and what it makes of a text by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "tg-spoiler", "a", "code", "pre", "blockquote"}
_TOKEN = re.compile(r"<(/?)([A-Za-z][\w-]*)((?:\s+[\w-]+(?:=(?:\"[^\"]*\"|'[^']*'|[^\s>]+))?)*)\s*>|<")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_ACTS = re.compile(
    r"(?<![\w@])@\w{4,32}\b|(?<![\w/])/\w{1,64}|https?://\S+|(?<![\w#])#\w+|\b[a-z0-9-]+\.(?:com|org|net|io|ru|sh|py|js)\b",
    re.IGNORECASE,
)


class CannotParse(Exception):
    """In Telegram's words."""


@dataclass(frozen=True)
class Parsed:
    """`acts` are links, mentions and commands that Telegram makes of mere words; `links` those that were meant."""

    text: str
    acts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def parse(html: str) -> Parsed:
    """CannotParse as Telegram refuses it."""
    text, loose, opened, links, at = "", "", list[str](), list[str](), 0
    for found in _TOKEN.finditer(html):
        piece = _plain(html[at : found.start()])
        text, at = text + piece, found.end()
        loose += piece if not {"code", "pre", "a"} & {*opened} else " " * len(piece)
        offset = len(html[: found.start()].encode())
        name = (found[2] or "").lower()
        if name not in _TAGS:
            raise CannotParse(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
        if not found[1]:
            opened.append(name)
            if href := re.search(r"href=[\"']([^\"']*)", found[3] or ""):
                links.append(unescape(href[1]))
        elif not opened or opened.pop() != name:
            raise CannotParse(f"can't parse entities: Unmatched end tag at byte offset {offset}")
    if opened:
        raise CannotParse(f"can't parse entities: Can't find end tag corresponding to start tag {opened[-1]}")
    rest = _plain(html[at:])
    text, loose = text + rest, loose + rest
    return Parsed(text.strip(), tuple(_ACTS.findall(loose)), tuple(links))


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _plain(text: str) -> str:
    return _ENTITY.sub(lambda found: unescape(found[0]), text)
