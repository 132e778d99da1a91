"""Who answers for which files, as CODEOWNERS says it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for it, in this order; the first one counts."""


def owners_of(path: str, rules: str) -> tuple[str, ...]:
    """The owners of a path by a file's text: the last rule that means it counts, also where it names nobody."""
    found: tuple[str, ...] = ()
    for pattern, owners in _rules(rules):
        if _compiled(pattern).search(path):
            found = owners
    return found


def _rules(text: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    for line in text.split("\n")[:3_000]:
        words = re.sub(r"(?:^|\s)#.*", "", line).split()
        if words and not words[0].startswith("!"):
            yield words[0], tuple(words[1:])


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of gitignore's kind, as far as CODEOWNERS takes it."""
    anchored = pattern.startswith("/") or "/" in pattern.rstrip("/")
    body = re.escape(pattern.strip("/"))
    body = body.replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    # A pattern that ends with a star means what lies right there, and nothing below it.
    end = "$" if pattern.endswith("*") and not pattern.endswith("**") else "/" if pattern.endswith("/") else "(?:/|$)"
    return re.compile(f"{'^' if anchored else '(?:^|/)'}{body}{end}")
