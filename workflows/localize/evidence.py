"""The texts of the likeliest files: what the issue quotes word by word, and the lines that say why a file is likely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflows.localize.index import Index
from workflows.localize.query import Query

_LINES = 6
_LONGEST_LINE = 160
_NAMES = 40
_QUOTES = 20


def quoted(texts: Mapping[int, bytes], query: Query) -> dict[int, float]:
    """How much of what the issue quotes stands in each text, from 0 to 1; what stands in many counts little."""
    scores = dict.fromkeys(texts, 0.0)
    for quote in query.quotes[:_QUOTES]:
        needle = quote.encode("utf-8", "surrogateescape")
        found = [number for number, text in texts.items() if needle in text]
        for number in found:
            scores[number] += 1 / len(found) ** 1.5
    return {number: min(1.0, value) for number, value in scores.items()}


def telling_lines(index: Index, texts: Mapping[int, bytes], query: Query) -> dict[int, tuple[str, ...]]:
    """A handful of `LINE: text` per file: definitions of what the issue names, else where it is used or quoted."""
    wanted: dict[int, dict[int, float]] = {number: {} for number in texts}
    names = sorted(query.names.items(), key=lambda item: -item[1])
    for name, weight in names:
        places = index.definitions(name)
        for file, line, _ in places:
            if file in wanted:
                wanted[file][line] = max(wanted[file].get(line, 0.0), weight / len(places) ** 0.5)
    needles = [q.encode("utf-8", "surrogateescape") for q in query.quotes[:_QUOTES]]
    needles += [name.encode("utf-8", "surrogateescape") for name, weight in names[:_NAMES] if len(name) > 3]
    return {number: _lines(text, _chosen(wanted[number], text, needles)) for number, text in texts.items()}


def _chosen(defined: dict[int, float], text: bytes, needles: Sequence[bytes]) -> list[int]:
    """Line numbers in the order of the text."""
    chosen = sorted(defined, key=lambda line: -defined[line])[:_LINES]
    for needle in needles:
        if len(chosen) >= _LINES:
            break
        at = text.find(needle)
        line = text.count(b"\n", 0, at) + 1
        if at >= 0 and line not in chosen:
            chosen.append(line)
    return sorted(chosen)


def _lines(text: bytes, numbers: Sequence[int]) -> tuple[str, ...]:
    found: list[str] = []
    at, passed = 0, 1
    for number in numbers:
        while passed < number:
            at = text.find(b"\n", at) + 1
            passed += 1
            if at == 0:
                return tuple(found)
        end = text.find(b"\n", at)
        raw = text[at : end if 0 <= end < at + 1000 else at + 1000].decode("utf-8", "replace")
        shown = "".join(c for c in raw.strip() if c.isprintable())[:_LONGEST_LINE]
        if shown:
            found.append(f"{number}: {shown}")
    return tuple(found)
