"""What a reading says about a change: findings as values, read from a model's answer, and joined by what they quote."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from workflows.agent.questions import Unreadable
from workflows.text.escape import visible

_MOST = 30
"""Findings of one reading."""
_MOST_TEXT = 1_000
_MOST_QUOTE = 8_000
_MOST_REPLACED = 40
"""Lines of a suggestion: a longer one is work, not a suggestion."""


class Severity(StrEnum):
    """What a finding costs whoever lets it pass."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class SeenRunning:
    """A command that says so on the head and not on the base, with what it printed there about it.

    Of a script that was written to refute the finding, `on_base` says what it did there.
    """

    command: str
    output: str
    on_base: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with some lines of a file.

    `quote` is what the model says stands there, `line` the number that it named (0: none). `reason` says what is
    wrong, `consequence` what comes of it. `replacement` is what should stand there instead, None where it says none.
    `eyes` are the readings that found it, `tried` what the refutation looked at.
    """

    path: str
    quote: str
    title: str
    reason: str
    severity: Severity = Severity.MEDIUM
    consequence: str = ""
    line: int = 0
    replacement: str | None = None
    eyes: tuple[str, ...] = ()
    tried: str = ""
    seen: SeenRunning | None = None
    """What shows it, where it was not read but run."""

    @property
    def key(self) -> str:
        """What it is known by from one review to the next: its file and what it quotes, however that is indented."""
        said = "\n".join(line for line in (" ".join(row.split()) for row in self.quote.split("\n")) if line)
        return hashlib.sha256(f"{self.path}\0{said}".encode(errors="surrogatepass")).hexdigest()[:20]


def reader(paths: Iterable[str], eye: str) -> Callable[[Any], list[Finding]]:
    """Reads a model's answer: findings about these files; what names another file is left out."""
    known = set(paths)

    def read(data: Any) -> list[Finding]:
        listed = data.get("findings") if isinstance(data, dict) else None
        if not isinstance(listed, list):
            raise Unreadable('it has no list of "findings".')
        found = (_finding(one, known, eye) for one in listed[:_MOST])
        return [one for one in found if one is not None]

    return read


def joined(readings: Iterable[Sequence[Finding]]) -> list[Finding]:
    """The findings of all readings, those about the same lines as one: the worst of them, seen by all of their eyes."""
    kept: list[Finding] = []
    for finding in (one for reading in readings for one in reading):
        same = next((at for at, other in enumerate(kept) if _same(finding, other)), None)
        if same is None:
            kept.append(finding)
            continue
        other = kept[same]
        worse, milder = sorted((other, finding), key=lambda one: one.severity.rank)
        replacement = worse.replacement if worse.replacement is not None else None
        if replacement is None and milder.quote == worse.quote:
            replacement = milder.replacement
        eyes = tuple(dict.fromkeys((*other.eyes, *finding.eyes)))
        kept[same] = replace(worse, replacement=replacement, eyes=eyes)
    return sorted(kept, key=lambda one: (one.severity.rank, -len(one.eyes), one.path, one.line))


def _same(one: Finding, other: Finding) -> bool:
    """Whether two findings quote the same lines: equal, or one quote within the other."""
    return one.path == other.path and (one.key == other.key or same_lines(one.quote, other.quote))


def same_lines(one: str, other: str) -> bool:
    """Whether two quotes are of the same lines, however indented: one holds the other, which is at least half of it."""
    short, long = sorted((_rows(one), _rows(other)), key=len)
    if not short or len(short) * 2 < len(long):
        return False
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def _rows(quote: str) -> list[str]:
    return [row for row in (" ".join(line.split()) for line in quote.split("\n")) if row]


def _finding(data: Any, known: set[str], eye: str) -> Finding | None:
    """One finding, None where it is about no file of these or says nothing."""
    if not isinstance(data, dict):
        return None
    path = _path(str(data.get("path") or ""), known)
    quote, title, reason = (_text(data.get(name), most) for name, most in _TEXTS)
    if not path or not quote.strip() or not (title or reason):
        return None
    given = str(data.get("severity") or "").strip().lower()
    line = data.get("line")
    return Finding(
        path=path,
        quote=quote,
        title=title or reason[:120],
        reason=reason,
        severity=Severity(given) if given in set(Severity) else Severity.MEDIUM,
        consequence=_text(data.get("consequence"), _MOST_TEXT),
        line=line if isinstance(line, int) and not isinstance(line, bool) and 0 < line < 10**7 else 0,
        replacement=_replacement(data.get("replacement")),
        eyes=(eye,),
    )


_TEXTS = (("quote", _MOST_QUOTE), ("title", 120), ("reason", _MOST_TEXT))


def _path(said: str, known: set[str]) -> str:
    """The file that is meant: as it is called, or as a diff calls it."""
    said = said.strip().strip("'\"`")
    return next((name for name in (said, re.sub(r"^(?:[ab]|\.)/", "", said)) if name in known), "")


def _text(value: Any, most: int) -> str:
    return visible(value).strip("\n").rstrip()[:most] if isinstance(value, str) else ""


def _replacement(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    text = value.replace("\r\n", "\n").strip("\n").rstrip()
    return text if text.count("\n") < _MOST_REPLACED and len(text) <= _MOST_QUOTE else None
