"""What an issue's text asks for: weighted words, names, paths, modules, traceback frames and quoted strings.

The text is anybody's: it is cut to a bounded length first, and every pattern here is linear or
bounded in what it can match.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from workflows.localize.words import LONGEST, STOP, parts

LONGEST_TEXT = 60_000
"""Characters; two thirds from the head, where people say what is wrong, the rest from the tail."""

_LONGEST_LINE = 2_000
_MOST_WORDS = 600
_MOST_NAMES = 400
_MOST_PLACES = 200


class Zone(Enum):
    """Where in the issue something stands. Words of a title weigh more than those of a pasted log."""

    TITLE = "title"
    PROSE = "prose"
    INLINE = "inline"
    CODE = "code"
    TRACE = "trace"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a stack trace; the deepest frame comes last."""

    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Query:
    """The weights are relative; `title` holds the words of the title."""

    words: dict[str, float]
    title: frozenset[str]
    names: dict[str, float]
    paths: dict[str, float]
    modules: dict[tuple[str, ...], float]
    frames: tuple[Frame, ...]
    quotes: tuple[str, ...]


_WORD_WEIGHT = {
    Zone.TITLE: 2.0, Zone.PROSE: 1.0, Zone.INLINE: 1.5, Zone.CODE: 0.3, Zone.TRACE: 0.3, Zone.MESSAGE: 0.8,
}  # fmt: skip
_NAME_WEIGHT = {
    Zone.TITLE: 1.5, Zone.PROSE: 1.0, Zone.INLINE: 1.2, Zone.CODE: 0.7, Zone.TRACE: 0.6, Zone.MESSAGE: 0.8,
}  # fmt: skip
_PLAIN_NAME_WEIGHT = {
    Zone.TITLE: 0.6, Zone.PROSE: 0.25, Zone.INLINE: 1.0, Zone.CODE: 0.35, Zone.TRACE: 0.0, Zone.MESSAGE: 0.3,
}  # fmt: skip
_MODULE_WEIGHT = {
    Zone.TITLE: 1.2, Zone.PROSE: 1.0, Zone.INLINE: 1.0, Zone.CODE: 0.8, Zone.TRACE: 0.3, Zone.MESSAGE: 0.6,
}  # fmt: skip

_WORD = re.compile(r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*")
_CODE_LIKE = re.compile(r"[a-z0-9][A-Z]|_|^[A-Z]{2,}$")
_COMMENT = re.compile(r"<!--.{0,4000}?-->", re.DOTALL)
_LINK = re.compile(r"https?://[^\s)>\]\"]{1,500}")
_LINKED_FILE = re.compile(r"/(?:blob|tree|src)/[^/]{1,100}/([^#?]{1,300})")
_PATH = re.compile(
    r"(?<![\w/\\.~-])(?:[\w.@+~-]{1,80}[/\\]){1,20}[\w.@+~-]{1,120}"
    r"|\b\w[\w-]{0,80}\.(?:pyx?|[cm]?[jt]sx?|go|rs|java|rb|php|cs?|h|cpp|cc|hpp|exs?|kt|scala|swift|html|vue|sh|toml|cfg)\b"
)
_DOTTED = re.compile(r"(?<![\w.])[A-Za-z_]\w{0,80}(?:(?:\.|::|#)[A-Za-z_]\w{0,80}){1,12}")
_INLINE = re.compile(r"`([^`\n]{1,200})`")
_QUOTE = re.compile(r"[\"“']([^\"”'\n]{8,120})[\"”']|`([^`\n]{8,120})`")
_FRAMES = (
    re.compile(r'File "(?P<path>[^"\n]{1,300})", line (?P<line>\d{1,7})(?:, in (?P<function>\w{1,100}))?'),
    re.compile(r"^(?:-{1,20}> ?)?(?P<path>[\w./\\~@+:-]{3,200}\.py) in (?P<function>\w{1,100})\("),
    re.compile(r"^\s{0,20}at (?:(?P<function>[\w.$<>\[\] ]{1,200}) \()?(?P<path>[^\s():]{3,300}):(?P<line>\d{1,7})"),
    re.compile(r"^(?P<path>[\w./\\~@+-]{3,200}\.\w{1,5}):(?P<line>\d{1,7})(?::|\s|$)"),
    re.compile(r"^\s{0,20}at [\w.$]{1,200}\.(?P<function>\w{1,100})\((?P<path>\w{1,100}\.\w{1,6}):(?P<line>\d{1,7})\)"),
)


def read(text: str) -> Query:
    """The query of an issue's text; its first line that is not empty is the title."""
    gathered = _Gathered()
    for zone, line in _zones(_COMMENT.sub(" ", _cut(text).replace("\r", ""))):
        gathered.take(zone, line)
    return gathered.query()


def _cut(text: str) -> str:
    head = LONGEST_TEXT * 2 // 3
    return text if len(text) <= LONGEST_TEXT else f"{text[:head]}\n{text[head - LONGEST_TEXT :]}"


def _zones(text: str) -> Iterator[tuple[Zone, str]]:
    titled = fenced = traced = False
    for whole in text.split("\n"):
        line = whole[:_LONGEST_LINE]
        bare = line.strip()
        if not bare:
            traced = traced and fenced
        elif not titled:
            titled = True
            yield Zone.TITLE, line
        elif bare.startswith(("```", "~~~")):
            fenced, traced = not fenced, False
        elif "Traceback (most recent" in line:
            traced = True
        elif _frame(line) is not None:
            yield Zone.TRACE, line
        elif traced:
            traced = line.startswith((" ", "\t"))
            yield (Zone.TRACE if traced else Zone.MESSAGE), line
        elif fenced or bare.startswith((">>>", "In [")) or line.startswith(("    ", "\t")):
            yield Zone.CODE, line
        else:
            yield Zone.PROSE, line


def _frame(line: str) -> Frame | None:
    for pattern in _FRAMES:
        if match := pattern.search(line):
            found = match.groupdict()
            return Frame(found["path"].replace("\\", "/"), int(found.get("line") or 0), found.get("function") or "")
    return None


@dataclass(slots=True)
class _Gathered:
    """What has been seen so far, counted by zone."""

    words: Counter[tuple[Zone, str]] = field(default_factory=Counter)
    names: Counter[tuple[Zone, str]] = field(default_factory=Counter)
    modules: Counter[tuple[Zone, tuple[str, ...]]] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    frames: list[Frame] = field(default_factory=list)
    quotes: dict[str, None] = field(default_factory=dict)

    def take(self, zone: Zone, line: str) -> None:
        if zone is Zone.TRACE and (frame := _frame(line)) is not None:
            self.frames.append(frame)
            self.names[zone, frame.function] += 1
        for link in _LINK.findall(line):
            if linked := _LINKED_FILE.search(link):
                self.paths[linked[1].strip("/")] += 2
        line = _LINK.sub(" ", line)
        if zone is not Zone.TRACE:
            for match in _PATH.finditer(line):
                self.paths[match[0].replace("\\", "/").lstrip("./~")] += 1
        for match in _DOTTED.finditer(line):
            segments = tuple(re.split(r"\.|::|#", match[0]))
            self.modules[zone, segments] += 1
            self.names.update((zone, segment) for segment in segments)
        self._quoted(zone, line)
        self._words(zone, line)

    def _quoted(self, zone: Zone, line: str) -> None:
        if zone is Zone.MESSAGE:
            self.quotes[line.partition(": ")[2].strip()[:120] or line.strip()[:120]] = None
        if zone in (Zone.TITLE, Zone.PROSE):
            for match in _QUOTE.finditer(line):
                self.quotes[(match[1] or match[2]).strip()] = None
            for match in _INLINE.finditer(line):
                for word in _WORD.findall(match[1]):
                    self.words[Zone.INLINE, word] += 1
                    self.names[Zone.INLINE, word] += 1

    def _words(self, zone: Zone, line: str) -> None:
        for match in _WORD.finditer(line):
            word = match[0]
            if len(word) > LONGEST:
                continue
            self.words[zone, word] += 1
            called = line[match.end() : match.end() + 1] == "("
            if called or _CODE_LIKE.search(word) or (word[0].isupper() and zone is not Zone.PROSE):
                self.names[zone, word] += 1

    def query(self) -> Query:
        words: Counter[tuple[Zone, str]] = Counter()
        for (zone, word), count in self.words.items():
            if word.lower() not in STOP:
                for part in parts(word):
                    if part not in STOP:
                        words[zone, part] += count
        weights: dict[str, float] = {}
        for (zone, part), count in words.items():
            weights[part] = weights.get(part, 0.0) + _WORD_WEIGHT[zone] * (1 + math.log(count))
        return Query(
            words=_heaviest({part: 3 * weight / (weight + 2) for part, weight in weights.items()}, _MOST_WORDS),
            title=frozenset(part for zone, part in words if zone is Zone.TITLE),
            names=_heaviest(self._name_weights(), _MOST_NAMES),
            paths=_heaviest({path: 1 + 0.2 * math.log(count) for path, count in self.paths.items()}, _MOST_PLACES),
            modules=self._module_weights(),
            frames=tuple(self.frames[-_MOST_PLACES:]),
            quotes=tuple(quote for quote in self.quotes if len(quote) >= 8)[:_MOST_PLACES],
        )

    def _name_weights(self) -> dict[str, float]:
        weights: dict[str, float] = {}
        for (zone, name), count in self.names.items():
            weight = _NAME_WEIGHT[zone] * (1 + 0.3 * math.log(count))
            weights[name] = max(weights.get(name, 0.0), weight)
        for zone, word in self.words:
            if word not in weights and len(word) > 2 and word.lower() not in STOP:
                weights[word] = _PLAIN_NAME_WEIGHT[zone]
        return weights

    def _module_weights(self) -> dict[tuple[str, ...], float]:
        weights: dict[tuple[str, ...], float] = {}
        for zone, segments in self.modules:
            weights[segments] = weights.get(segments, 0.0) + _MODULE_WEIGHT[zone]
        return dict(sorted(weights.items(), key=lambda item: -item[1])[:_MOST_PLACES])


def _heaviest(weights: dict[str, float], most: int) -> dict[str, float]:
    return dict(sorted(weights.items(), key=lambda item: -item[1])[:most])
