"""What a runner prints below the name of a failed test, where it names each above what it says about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workflows.reports.values import MAX_MESSAGES, ends, name_of

_RULE = re.compile(r"^[-=_\u23af\u2500\u2014]{20,}")
_LONGEST = 200
"""Lines of one message."""


def said_below(lines: Sequence[str], heading: re.Pattern[str], end: re.Pattern[str]) -> dict[str, str]:
    """The text below each name, up to the next name, a rule or the summary. Names with nothing between them share it.

    `heading` finds a name (its first group), `end` the summary.
    """
    said: dict[str, list[str]] = {}
    names: list[str] = []
    begun = False
    for line in lines:
        if (match := heading.match(line)) and len(said) < MAX_MESSAGES:
            sharing = [] if begun else names
            if len(said) + len(sharing) < MAX_MESSAGES:
                names, begun = [*sharing, name_of(match[1])], False
        elif end.match(line) or (begun and _RULE.match(line)):
            names = []
        elif names and line.strip() and not _RULE.match(line):
            begun = True
            for name in names:
                if len(said.setdefault(name, [])) < _LONGEST:
                    said[name].append(line)
    return {name: ends("\n".join(told)) for name, told in said.items()}
