"""An entry put into a CHANGELOG in the file's own style: every other byte stays as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workflows.release_notes.history.versions import TagVersion, version_of

_NAMED = (
    rb"(?P<open>\[?+)(?P<name>(?:version |release |v\.? ?)?+)(?P<version>\d++(?:\.\d++)++[\w.+-]*+)"
    rb"(?P<close>\]?+)(?P<link>\([^)\r\n]*+\))?+(?P<rest>[^\r\n]*+)"
)
_HEADING = re.compile(rb"^(?P<marks>#{1,4})[ \t]+" + _NAMED, re.IGNORECASE | re.MULTILINE)
_UNDERLINED = re.compile(rb"^" + _NAMED + rb"\r?\n(?P<rule>={3,}+|-{3,}+)[ \t]*+\r?$", re.IGNORECASE | re.MULTILINE)
_UNRELEASED = re.compile(
    rb"^(?:#{1,4}[ \t]+\[?unreleased\]?[^\r\n]*|unreleased[^\r\n]*\r?\n(?:={3,}|-{3,}))", re.IGNORECASE | re.MULTILINE
)
_TITLE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*+(?:#[ \t]+[^\r\n]*|[^\s#][^\r\n]*+\r?\n={3,}[ \t]*)(?:\r?\n|\Z)")
_FOLLOWING = re.compile(rb"^#{1,2}[ \t]|^[^\s#=-][^\r\n]*+\r?\n(?:={3,}+|-{3,}+)[ \t]*+\r?$", re.MULTILINE)
_DATE = re.compile(rb"\d{4}(?P<sep>[-./])\d{2}(?P=sep)\d{2}")
_FENCED = re.compile(rb"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_BOUND = re.compile(r"^(#{1,5}) ", re.MULTILINE)


class NoEntry(Exception):
    """Why nothing is put in, as a sentence."""


@dataclass(frozen=True, slots=True)
class ChangelogEntry:
    """What is put in: the version without a "v" before it, the day as YYYY-MM-DD, and the notes as Markdown."""

    version: str
    day: str
    notes: str


def with_entry(changelog: bytes, entry: ChangelogEntry) -> bytes:
    """The file with the entry before the newest one, and behind what is not released yet; NoEntry where it is there.

    Heading, brackets, words, date and line ends are those of the entry that stands there first. What stands under
    "Unreleased" is the people's, and stays.
    """
    bare, headings = _headings(changelog)
    wanted = version_of(entry.version)
    if has_entry(changelog, entry.version):
        raise NoEntry(f"It has an entry for {entry.version} already.")
    end = b"\r\n" if b"\r\n" in changelog else b"\n"
    if headings:
        older = next((one for one in headings if _is_older(one, wanted)), None)
        at = older.start() if older is not None else len(changelog)
        model = headings[0]
    else:
        model, at = None, _behind_title(bare)
    text = _section(model, entry).replace("\n", end.decode()).encode()
    before, behind = changelog[:at], changelog[at:]
    gap = b"" if not before or before.endswith(end * 2) else end if before.endswith(end) else end * 2
    return before + gap + text + (end if behind.strip() else b"") + behind


def has_entry(changelog: bytes, version: str) -> bool:
    """Whether there is one for that version, however it is spelt."""
    wanted = version_of(version)
    said = [one["version"].decode("latin-1") for one in _headings(changelog)[1]]
    return version in said or (wanted is not None and wanted in map(version_of, said))


def _headings(changelog: bytes) -> tuple[bytes, list[re.Match[bytes]]]:
    """The file without what stands in code, and the headings of its entries, in their order."""
    bare = _FENCED.sub(lambda found: b" " * len(found[0]), changelog)
    found = [*_HEADING.finditer(bare), *_UNDERLINED.finditer(bare)]
    return bare, sorted(found, key=lambda one: one.start())


def _section(model: re.Match[bytes] | None, entry: ChangelogEntry) -> str:
    if model is None:
        return f"## {entry.version} ({entry.day})\n\n{_below(entry.notes, 2)}"
    there = model.groupdict(b"")
    said = {
        name: there.get(name, b"").decode("utf-8", "replace") for name in ("marks", "open", "name", "close", "rule")
    }
    head = f"{said['marks']} {said['open']}{said['name']}{entry.version}{said['close']}".lstrip()
    if (date := _DATE.search(model["rest"])) is not None:
        sep = date["sep"].decode()
        rest = model["rest"]
        around = (rest[: date.start()].decode("utf-8", "replace"), rest[date.end() :].decode("utf-8", "replace"))
        head += f"{around[0]}{entry.day.replace('-', sep)}{around[1].rstrip()}"
    if said["rule"]:
        line = said["rule"][0]
        return f"{head}\n{line * len(head)}\n\n{_below(entry.notes, '=-'.index(line) + 1)}"
    return f"{head}\n\n{_below(entry.notes, len(said['marks']))}"


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
