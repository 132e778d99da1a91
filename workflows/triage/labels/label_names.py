"""What labels, types and options mean by their names: a kind of report, or a priority."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from workflows.triage.state import ReportKind

_KINDS: Mapping[ReportKind, re.Pattern[str]] = {
    ReportKind.BUG: re.compile(r"(?:type|kind|t|c)?[:/ -]*(?:bugs?|defect)$"),
    ReportKind.FEATURE: re.compile(r"(?:type|kind|t|c)?[:/ -]*(?:features?(?:[ -]request)?|enhancement|improvement)$"),
    ReportKind.QUESTION: re.compile(r"(?:type|kind|t|c)?[:/ -]*(?:questions?|support|help)$"),
    ReportKind.DOCUMENTATION: re.compile(r"(?:type|kind|t|c|area)?[:/ -]*(?:docs?|documentation)$"),
}
_PRIORITY = re.compile(r"(?:priority|prio|severity|sev|p|s)[:/ -]*")


def kind_of(name: str) -> ReportKind | None:
    """The kind of report that a label means by its name; None for all others."""
    return next((kind for kind, pattern in _KINDS.items() if pattern.match(name.strip().lower())), None)


def priority_of(name: str, scale: Iterable[str]) -> str | None:
    """The priority that a label means: by its whole name, or by what stands behind a word for it."""
    bare = name.strip().lower()
    ends = {bare, _PRIORITY.sub("", bare, count=1) if _PRIORITY.match(bare) else bare}
    behind_word = bool(_PRIORITY.match(bare))
    for one in scale:
        exact = one.lower() == bare and (behind_word or re.fullmatch(r"p\d|s\d|sev\d", bare) or one not in _PLAIN)
        if exact or (behind_word and one.lower() in ends):
            return one
    return None


_PLAIN = frozenset({"critical", "high", "medium", "low"})
"""Of our own scale: a label that is only called so may mean anything."""
