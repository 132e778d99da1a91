"""Notes in the markup of a CHANGELOG that is no Markdown: reStructuredText, AsciiDoc, Org, or a plain text.

What is read is the Markdown that our notes are made of (headings, items, links, code), in which words of others are
harmless already. In each other markup they are written so that they are harmless there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_INLINE = re.compile(
    r"\[(?P<words>[^\]\n]{0,300})\]\((?P<url>[^()\s]{1,500})\)|(?P<ticks>`{1,8})(?P<code>[^`\n]{1,300})(?P=ticks)(?!`)"
    r"|\\(?P<kept>[!-/:-@\[-`{-~])"
)
_SUMMARY = re.compile(r"<details><summary>(.*)</summary>")
_UNSEEN = re.compile("[\u200b\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Markup:
    """How things are written. `heading` takes the words and how deep below the entry's own heading they are (1...),
    and that heading's mark: "#", "==", "*" or the character of its underline."""

    heading: Callable[[str, int, str], str]
    plain: Callable[[str], str]
    code: Callable[[str], str]
    link: Callable[[str, str], str]
    item: str = "- "
    apart: str = ""
    """What goes between code or a link and a letter beside it."""


def written(notes: str, markup: Markup, mark: str) -> str:
    """The notes in that markup, their headings below one with this mark."""
    text = "\n".join(_lines(notes.strip(), markup, mark)).strip("\n")
    return re.sub(r"\n{3,}+", "\n\n", text) + "\n"


def _lines(notes: str, markup: Markup, mark: str) -> Iterator[str]:
    levels = sorted({len(found[1]) for found in re.finditer(r"^(#{1,6}) ", notes, re.MULTILINE)})
    items = False
    for line in notes.split("\n"):
        if heading := re.match(r"(#{1,6}) (.*)", line):
            yield markup.heading(_inline(heading[2], markup), levels.index(len(heading[1])) + 1, mark)
        elif summary := _SUMMARY.fullmatch(line):
            yield f"{_inline(summary[1], markup)}:"
        elif line == "</details>":
            continue
        elif line.startswith("- "):
            yield f"{markup.item}{_inline(line[2:], markup)}"
        elif items and line.startswith("  "):
            yield f"{' ' * len(markup.item)}{_inline(line.strip(), markup)}"
        else:
            yield _inline(re.sub(r"^_(.*)_$", r"\1", line), markup)
        items = line.startswith(("- ", "  "))


def _inline(text: str, markup: Markup) -> str:
    parts: list[str] = []
    words, at = "", 0
    for found in _INLINE.finditer(text):
        words += _read(text[at : found.start()])
        at = found.end()
        if found["kept"]:
            words += found["kept"]
            continue
        inner = markup.link(_read(found["words"]), found["url"]) if found["url"] else markup.code(found["code"].strip())
        beside = markup.apart if words[-1:].isalnum() else ""
        behind = markup.apart if text[at : at + 1].isalnum() else ""
        parts += [markup.plain(words), f"{beside}{inner}{behind}"]
        words = ""
    return "".join((*parts, markup.plain(words + _read(text[at:]))))


def _read(text: str) -> str:
    """The words as people read them."""
    return _UNSEEN.sub("", html.unescape(text))


def _rst_heading(words: str, depth: int, mark: str) -> str:
    """`mark` are the characters that the entry and its first part are underlined with, as far as that is known."""
    order = [*mark[1:], *(one for one in "-~^\"'" if one not in mark)]
    if mark[0] != "=" and len(mark) == 1:
        order = [one for one in order if one != "-"]
    return f"{words}\n{order[min(depth, len(order)) - 1] * max(3, len(words))}"


def _rst_plain(text: str) -> str:
    return re.sub(r"(?<!\w)([*`|_\\])|([*`|\\])|(_)(?!\w)", r"\\\g<0>", text)


def _rst_link(words: str, url: str) -> str:
    quoted = re.sub(r"([`<\\])", r"\\\1", words)
    return f"`{quoted} <{url}>`__"


_ADOC = re.compile(r"[*_`#+^~\[\]{}|<>\\]|--|::|\.\.\.|\(\(|://|@")


def _adoc_plain(text: str) -> str:
    """What AsciiDoc would read anything into is passed through it."""
    if not _ADOC.search(text):
        return text
    words = text.strip()
    lead, _, tail = text.partition(words)
    return f"{lead}pass:c[{_bracketed(words)}]{tail}"


def _bracketed(words: str) -> str:
    return words.replace("]", "\\]")


RST = Markup(_rst_heading, _rst_plain, lambda code: f"``{code}``", _rst_link, "* ", "\\ ")
ADOC = Markup(
    lambda words, depth, mark: f"{mark}{'=' * depth} {words}",
    _adoc_plain,
    lambda code: f"`+{code}+`",
    lambda words, url: f"link:{url}[{_bracketed(words)}]",
    "* ",
)
ORG = Markup(
    lambda words, depth, mark: f"{mark}{'*' * depth} {words}",
    lambda text: text.replace("[[", "[\u200b["),
    lambda code: f"={code}=" if "=" not in code else f"~{code}~",
    lambda words, url: f"[[{url}][{words.replace('[', '(').replace(']', ')')}]]",
)
TEXT = Markup(
    lambda words, depth, mark: f"{words}:",
    str,
    str,
    lambda words, url: words if re.fullmatch(r"#\d+|[0-9a-f]{10}", words) else f"{words}: {url}",
)
