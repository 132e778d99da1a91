"""What an error is known by, wherever it happened: its kind, its words without numbers and names, and its frames."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

_ERROR = re.compile(
    r"^(?:E +|[ \t]*+|Uncaught |Unhandled (?:exception[.:] )?|Caused by: |Exception in thread \S+ |\[\w+\] |"
    r".{0,40}?: )?"
    r"(?: ?Uncaught )?"
    r"(?P<name>(?:[A-Za-z_]\w*[.:]{1,2})*[A-Z]\w*(?:Error|Exception|Warning|Failure|Fault|Panic|Exit))"
    r"(?::\s*(?P<words>.*))?$",
    re.MULTILINE,
)
_PANIC = re.compile(r"^(?P<name>panic|fatal error)[: ]+(?P<words>.*)$", re.MULTILINE)
_OTHERS = (
    re.compile(
        r"^thread '[^'\n]{0,80}' (?:\(\d+\) )?(?P<name>panicked) at "
        r"(?:[^\s']{1,300}:\d+:\d+:\n(?P<words>.*)|'(?P<older>.*)', \S+)$",
        re.MULTILINE,
    ),  # Rust, and as it said so until 2023
    re.compile(r"^\*\* \((?P<name>[A-Z][\w.]{0,100})\) (?P<words>.*)$", re.MULTILINE),  # Elixir
    re.compile(
        r"^(?:\S{1,300}:\d+: )?(?P<name>Fatal error): (?!Uncaught)(?P<words>(?:(?!: file ).){0,300})", re.MULTILINE
    ),  # Swift
    re.compile(
        r"^terminate called after throwing an instance of '(?P<name>[\w:]{1,100})'"
        r"(?:\n[ \t]*what\(\): *(?P<words>.*))?$",
        re.MULTILINE,
    ),  # C++
)
_BEHIND = re.compile(r"\((?P<name>(?:[A-Z]\w{0,60}::){0,4}[A-Z]\w{0,60}(?:Error|Exception))\)$", re.MULTILINE)
"""Ruby names the kind last."""
_PLACED = re.compile(r"^\S{1,300}:\d+:in [`'][^'\n]{1,100}': ")
_FRAME = re.compile(
    r"File \"(?P<py>[^\"\n]{1,300})\", line \d+, in (?P<pyin>\S{1,100})"
    r"|at (?:(?P<jsin>[\w.$<>\[\] ]{1,100}) \()?(?:\w{2,10}://)?(?P<js>[^\s():]{1,300}\.\w{1,5}):\d+(?::\d+)?\)?"
    r"|^[ \t]*(?P<go>[^\s:]{1,300}\.go):\d+"
    r"|(?P<rb>[^\s:\"']{1,300}\.(?:rb|rs|py|php|java|kt|c|cc|cpp|h)):\d+(?::in [`'](?P<rbin>[^'\n]{1,100}))?",
    re.MULTILINE,
)
_VARYING = re.compile(
    r"`[^`'\n]{0,200}'|'[^'\n]{0,200}'|%\{[^}\n]{0,200}\}|(?<![\w:]):[a-z_]\w*|\"[^\"\n]{0,200}\"|`[^`\n]{0,200}`|0x[0-9a-fA-F]+|(?:/[\w.-]+){2,}|-?\d[\d.,_]*"
)
_MOST = 40_000


@dataclass(frozen=True, slots=True)
class Signature:
    """`errors` are kinds of errors with what they say, made alike; `frames` are (path, function) of the repository."""

    errors: frozenset[str]
    frames: frozenset[tuple[str, str]]
    names: frozenset[str]
    """The errors' kinds alone, without modules."""

    def shares(self, other: Signature) -> str:
        """What two reports have in common, in words; "" where that is nothing."""
        if both := self.errors & other.errors:
            return f"the same error: {min(both)}"
        if places := self.frames & other.frames:
            path, function = min(places)
            return f"the same place: {path}{f', {function}' if function else ''}"
        return ""


Ends = Mapping[str, Sequence[str]]
"""A repository's paths by the name of the file."""


def ends_of(paths: Iterable[str]) -> Ends:
    """The paths as frames are looked up in them."""
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(path.rpartition("/")[2], []).append(path)
    return found


def signature_of(text: str, ends: Ends = MappingProxyType({})) -> Signature:
    """What the errors in a text are known by. Frames count only where they are in one of the repository's files."""
    text = text[:_MOST]
    said = list(_said(text))
    errors = frozenset(alike(f"{name}: {words}") for name, words in said)
    return Signature(errors, frozenset(_frames(text, ends)), frozenset(name for name, _ in said))


def _said(text: str) -> Iterator[tuple[str, str]]:
    """The kinds of errors in a text, without modules, with what they say, in the form of each language."""
    for pattern in (_ERROR, _PANIC, *_OTHERS):
        for one in pattern.finditer(text):
            groups = one.groupdict()
            yield _bare(one["name"]), groups["words"] or groups.get("older") or ""
    for one in _BEHIND.finditer(text):
        line = text[text.rfind("\n", 0, one.start()) + 1 : one.start()]
        yield _bare(one["name"]), _PLACED.sub("", line).strip()


def alike(words: str) -> str:
    """A message without what differs from one time to the next: numbers, quoted names, addresses, paths."""
    return " ".join(_VARYING.sub("*", words).split()).rstrip(" :.")[:200]


def _bare(name: str) -> str:
    return re.split(r"[.:]+", name)[-1]


def _frames(text: str, ends: Ends) -> Iterator[tuple[str, str]]:
    for one in _FRAME.finditer(text):
        said = next(filter(None, (one["py"], one["js"], one["go"], one["rb"]))).replace("\\", "/")
        here = [path for path in ends.get(said.rpartition("/")[2], ()) if f"/{said}".endswith(f"/{path}")]
        if here:
            yield max(here, key=len), (one["pyin"] or one["jsin"] or one["rbin"] or "").strip()
