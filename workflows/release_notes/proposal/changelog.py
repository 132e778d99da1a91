"""An entry put into a CHANGELOG in the file's own style: every other byte stays as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workflows.release_notes.history.versions import TagVersion, version_of
from workflows.release_notes.proposal.markup import ADOC, ORG, RST, TEXT, Markup, written

_NAMED = (
    rb"(?P<open>\[?+)(?P<name>(?:version |release |v\.? ?)?+)(?P<version>\d++(?:\.\d++)++[\w.+-]*+)"
    rb"(?P<close>\]?+)(?P<link>\([^)\r\n]*+\))?+(?P<rest>[^\r\n]*+)"
)
_ANY = re.IGNORECASE | re.MULTILINE
_HEADING = re.compile(rb"^(?P<marks>#{1,4})[ \t]+" + _NAMED, _ANY)
_UNDERLINED = re.compile(rb"^" + _NAMED + rb"\r?\n(?P<rule>={3,}+|-{3,}+)[ \t]*+\r?$", _ANY)
_RULED = re.compile(rb"^[ \t]?+" + _NAMED + rb"\r?\n(?P<rule>(?P<of>[!-/:-@\[-`{-~])(?P=of){2,}+)[ \t]*+\r?$", _ANY)
_EQUALS = re.compile(rb"^(?P<marks>={1,5})[ \t]+" + _NAMED, _ANY)
_STARS = re.compile(rb"^(?P<marks>\*{1,4})[ \t]+" + _NAMED, _ANY)
_ALONE = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))" + _NAMED + rb"(?=\r?\n(?:[ \t]|\r?\n|[*+-]))", re.IGNORECASE)
_BELOW = re.compile(rb"^[^\s][^\r\n]*+\r?\n(?P<rule>(?P<of>[!-/:-@\[-`{-~])(?P=of){2,}+)[ \t]*+\r?$", re.MULTILINE)
_OTHERWISE = re.compile(
    rb"^(?:\*\*\[?|__|<h[1-6][^>\n]{0,40}>|={1,5} |#{1,6} ?)?(?:version |release |v)?\d{1,6}\.\d{1,6}(?!\d)", _ANY
)
_UNRELEASED = re.compile(
    rb"^(?:#{1,4}[ \t]+\[?unreleased\]?[^\r\n]*|unreleased[^\r\n]*\r?\n(?:={3,}|-{3,}))", re.IGNORECASE | re.MULTILINE
)
_TITLE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*+(?:#[ \t]+[^\r\n]*|[^\s#][^\r\n]*+\r?\n={3,}[ \t]*)(?:\r?\n|\Z)")
_FOLLOWING = re.compile(rb"^#{1,2}[ \t]|^[^\s#=-][^\r\n]*+\r?\n(?:={3,}+|-{3,}+)[ \t]*+\r?$", re.MULTILINE)
_DATE = re.compile(rb"\d{4}(?P<sep>[-./])\d{2}(?P=sep)\d{2}")
_FENCED = re.compile(rb"^(```|~~~).*?^\1|<!--.*?-->", re.MULTILINE | re.DOTALL)
_BOUND = re.compile(r"^(#{1,5}) ", re.MULTILINE)


class NoEntry(Exception):
    """Why nothing is put in, as a sentence."""


@dataclass(frozen=True, slots=True)
class ChangelogEntry:
    """What is put in: the version without a "v" before it, the day as YYYY-MM-DD, and the notes as Markdown."""

    version: str
    day: str
    notes: str


@dataclass(frozen=True, slots=True)
class ChangelogStyle:
    """How a kind of file has its entries: their headings, the markup below them (None for Markdown), and what stands
    around a first one."""

    headings: tuple[re.Pattern[bytes], ...]
    markup: Markup | None = None
    first: str = "## {}"


_MARKDOWN = ChangelogStyle((_HEADING, _UNDERLINED))
_TEXT = ChangelogStyle((_RULED, _ALONE), TEXT, "{}")
_STYLES: Mapping[str, ChangelogStyle] = {
    "rst": ChangelogStyle((_RULED,), RST, "{}\n-"),
    "adoc": ChangelogStyle((_EQUALS, _UNDERLINED), ADOC, "== {}"),
    "asciidoc": ChangelogStyle((_EQUALS, _UNDERLINED), ADOC, "== {}"),
    "org": ChangelogStyle((_STARS,), ORG, "* {}"),
}
_OF_TEXT = ("", "txt")
_BOM = b"\xef\xbb\xbf"


def with_entry(changelog: bytes, entry: ChangelogEntry, path: str = "CHANGELOG.md") -> bytes:
    """The file with the entry before the newest one, and behind what is not released yet; NoEntry where it is there,
    or where it is not known how entries are headed.

    Heading, brackets, words, date and line ends are those of the entry that stands there first; the markup is that of
    the file by its name. What stands under "Unreleased" is the people's, and stays.
    """
    if changelog.startswith(_BOM):
        return _BOM + with_entry(changelog[len(_BOM) :], entry, path)
    if b"\r" in changelog and b"\n" not in changelog:
        return with_entry(changelog.replace(b"\r", b"\n"), entry, path).replace(b"\n", b"\r")
    style = _style(path, changelog)
    bare, headings = _headings(changelog, style)
    wanted = version_of(entry.version)
    if has_entry(changelog, entry.version, path):
        raise NoEntry(f"It has an entry for {entry.version} already.")
    end = b"\r\n" if changelog.count(b"\r\n") * 2 > changelog.count(b"\n") else b"\n"
    if headings:
        older = next((one for one in headings if _is_older(one, wanted)), None)
        at = _start(bare, older) if older is not None else len(changelog)
        model = headings[0]
    elif _OTHERWISE.search(bare):
        raise NoEntry("Nothing is put in: its entries have headings that are not known here.")
    else:
        model, at = None, _behind_title(bare) if style is _MARKDOWN else len(changelog)
    text = _section(bare, model, entry, style).replace("\n", end.decode()).encode()
    before, behind = changelog[:at], changelog[at:]
    plain = before[-4:].replace(b"\r\n", b"\n")
    gap = b"" if not before or plain.endswith(b"\n\n") else end if plain.endswith(b"\n") else end * 2
    return before + gap + text + (end if behind.strip() else b"") + behind


def has_entry(changelog: bytes, version: str, path: str = "CHANGELOG.md") -> bool:
    """Whether there is one for that version, however it is spelt."""
    wanted = version_of(version)
    found = _headings(changelog.removeprefix(_BOM), _style(path, changelog))[1]
    said = [one["version"].decode("latin-1") for one in found]
    return version in said or (wanted is not None and wanted in map(version_of, said))


def _style(path: str, changelog: bytes) -> ChangelogStyle:
    """By the file's name; what is called a text, or nothing, is Markdown where it has such headings, or nothing yet."""
    name = path.rpartition("/")[2].lower()
    ends = name.rpartition(".")[2] if "." in name else ""
    if ends in _OF_TEXT:
        return _MARKDOWN if _HEADING.search(changelog) or not changelog.strip() else _TEXT
    return _STYLES.get(ends, _MARKDOWN)


def _headings(changelog: bytes, style: ChangelogStyle = _MARKDOWN) -> tuple[bytes, list[re.Match[bytes]]]:
    """The file without what stands in code and comments, and the headings of its entries, in their order."""
    bare = _FENCED.sub(lambda found: b" " * len(found[0]), changelog)
    found = [one for pattern in style.headings for one in pattern.finditer(bare)]
    places: dict[int, re.Match[bytes]] = {}
    for one in found:
        places.setdefault(one.start("version"), one)
    return bare, [places[at] for at in sorted(places)]


def _start(bare: bytes, heading: re.Match[bytes]) -> int:
    """Where an entry begins: above the line over its heading, where that has one."""
    return heading.start() - len(_line_over(bare, heading))


def _line_over(bare: bytes, heading: re.Match[bytes]) -> bytes:
    """The line over a heading that is like the one below it, with its end; b"" where there is none."""
    rule = heading.groupdict().get("rule")
    above = bare[: heading.start()]
    line = above[above.rstrip(b"\r\n").rfind(b"\n") + 1 :]
    is_one = rule and len(line.rstrip()) >= 3 and set(line.rstrip()) == set(rule[:1]) and line.count(b"\n") == 1
    return line if is_one else b""


def _section(bare: bytes, model: re.Match[bytes] | None, entry: ChangelogEntry, style: ChangelogStyle) -> str:
    if model is None:
        head = style.first.format(f"{entry.version} ({entry.day})")
        if head.endswith("\n-"):
            head += "-" * (len(head) - 3)
        mark = head.partition(" ")[0] if style.markup is not RST else "-"
        return f"{head}\n\n{_written(entry.notes, style, mark)}"
    there = model.groupdict(b"")
    said = {
        name: there.get(name, b"").decode("utf-8", "replace") for name in ("marks", "open", "name", "close", "rule")
    }
    head = f"{said['marks']} {said['open']}{said['name']}{entry.version}{said['close']}".lstrip()
    rest = model["rest"].rstrip()
    if (date := _DATE.search(rest)) is not None:
        sep = date["sep"].decode()
        around = (rest[: date.start()].decode("utf-8", "replace"), rest[date.end() :].decode("utf-8", "replace"))
        head += f"{around[0]}{entry.day.replace('-', sep)}{around[1]}"
    elif rest.endswith(b":"):
        head += ":"
    if said["rule"]:
        line = said["rule"][0] * len(head)
        over = f"{line}\n" if _line_over(bare, model) else ""
        marks = line[:1] + _marks_below(bare, model) if style.markup is RST else "#" * ("=-".find(line[:1]) + 1)
        return f"{over}{head}\n{line}\n\n{_written(entry.notes, style, marks)}"
    return f"{head}\n\n{_written(entry.notes, style, said['marks'])}"


def _marks_below(bare: bytes, model: re.Match[bytes]) -> str:
    """With what the first part of an entry is underlined, where that is otherwise than the entry's heading."""
    below = _BELOW.search(bare, model.end())
    return below["of"].decode() if below and below["of"] != model["of"] else ""


def _written(notes: str, style: ChangelogStyle, mark: str) -> str:
    """The notes in the file's markup, below a heading with that mark."""
    return _below(notes, len(mark)) if style.markup is None else written(notes, style.markup, mark)


def _below(notes: str, level: int) -> str:
    """The notes with their headings one deeper than the entry's own."""
    least = min((len(found[1]) for found in _BOUND.finditer(notes)), default=level + 1)
    by = level + 1 - least
    return _BOUND.sub(lambda found: "#" * max(1, min(6, len(found[1]) + by)) + " ", notes.strip()) + "\n"


def _behind_title(bare: bytes) -> int:
    """Where a first entry goes: behind what is not released yet, else behind the title and what is said below it."""
    if (open_ := _UNRELEASED.search(bare)) is not None:
        following = _FOLLOWING.search(bare, open_.end())
        return following.start() if following else len(bare)
    title = _TITLE.match(bare)
    following = _FOLLOWING.search(bare, title.end() if title else 0)
    return following.start() if following else len(bare)


def _is_older(heading: re.Match[bytes], wanted: TagVersion | None) -> bool:
    """Whether an entry is of an earlier version; of what cannot be compared the first counts."""
    there = version_of(heading["version"].decode("latin-1"))
    return wanted is None or there is None or there < wanted
