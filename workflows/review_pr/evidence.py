"""What stands around a finding: its lines in the file, and where else the names in them are spoken of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from sandbox.git.history import History
from workflows.text.for_model import numbered

_BEFORE, _BEHIND = 40, 40
_MOST_NAMES = 4
_MOST_HITS = 8
_WIDEST = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{3,60}")
_CALLED = re.compile(r"([A-Za-z_][A-Za-z0-9_]{2,60})\s*\(")
_KEYWORDS = """
False None True abstract alias array assert async await bool boolean break case catch char class const continue
debugger default defer delete double elif else enum except export extends extern final finally float foreach from
func function global implements import instanceof interface lambda list long match mixin module mutable namespace
native nonlocal null object operator package pass print private protected public raise range record require return
self short signed sizeof static string struct super switch template this throw throws trait true type typedef typeof
undefined union unsigned using value virtual void volatile when where while with yield
"""
_COMMON = frozenset(_KEYWORDS.split())
"""Words of languages, which say nothing about where code is used."""


def around(text: str, start: int, end: int) -> str:
    """The lines of a file around some of them, numbered."""
    lines = text.split("\n")
    first = max(1, start - _BEFORE)
    return numbered(lines[first - 1 : end + _BEHIND], first, widest=400)


def names_in(quote: str) -> list[str]:
    """Names in some code that may tell where it is used: what is called first, then the rest, longest first."""
    called = [name for name in _CALLED.findall(quote) if name not in _COMMON]
    others = sorted((name for name in _NAME.findall(quote) if name not in _COMMON), key=lambda name: -len(name))
    return list(dict.fromkeys((*called, *others)))[:_MOST_NAMES]


def spoken_of(history: History, commit: str, names: Iterable[str], besides: str = "") -> dict[str, list[str]]:
    """Where each name stands in the files of a commit, as `path:line: text`; other files than `besides` first."""
    return {name: hits for name in names if (hits := _hits(history, commit, name, besides))}


def _hits(history: History, commit: str, name: str, besides: str) -> list[str]:
    words = ("grep", "-n", "-w", "-F", "-z", "-I", "--full-name", "--max-count=20", "-e", name, commit, "--")
    raw = history.git.run(*words, fine=(0, 1))
    found = []
    for row in raw.split(b"\n"):
        place, _, rest = row.partition(b"\0")
        number, _, text = rest.partition(b"\0")
        path = os.fsdecode(place).removeprefix(f"{commit}:")
        if number.isdigit() and path.isprintable() and place.startswith(commit.encode()):
            line = text.decode("utf-8", "replace").strip()[:_WIDEST]
            found.append((path == besides, f"{path}:{int(number)}: {line}"))
    return [hit for _, hit in sorted(found, key=lambda one: one[0])[:_MOST_HITS]]
