"""What the branch of a run is called, and which name is free: git keeps names like files below directories."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from workflows.text.slug import slug
from workflows.values import Issue

_MOST_SUFFIX = 20
_FEATURE = re.compile(r"^\W*(add|allow|feature|implement|introduce|new|support)\b(?!\W*\()", re.IGNORECASE)


def branch_name(issue: Issue, prefix: str = "") -> str:
    """`fix/issue-12`, `feature/issue-12`, behind the prefix; with a piece of the title where there is no number."""
    labels = " ".join(issue.labels).lower()
    if issue.is_bug:
        kind = "fix"
    elif "feature" in labels or "enhancement" in labels:
        kind = "feature"
    else:
        kind = "feature" if _FEATURE.search(issue.title) else "fix"
    return f"{prefix}{kind}/issue-{issue.number or slug(issue.title) or 'untitled'}"


def candidates(wanted: str, taken: Collection[str], *, numbered: bool) -> Iterator[str]:
    """Names to try, the wanted one first: around a branch that is in the way, and where `numbered` with a number."""
    names = [wanted, *(f"{wanted}-{number}" for number in range(2, _MOST_SUFFIX + 1))] if numbered else [wanted]
    above = _above(wanted, taken)
    # beside a branch `fix`, `fix/issue-7` cannot be, and `fix-issue-7` can
    yield from (f"{above}-{name[len(above) + 1 :]}" if above else name for name in names)


def in_the_way(name: str, taken: Collection[str]) -> str:
    """A branch that keeps one of this name from being made, though it is called otherwise; "" for none."""
    return _above(name, taken) or next((one for one in sorted(taken) if one.startswith(f"{name}/")), "")


def _above(name: str, taken: Collection[str]) -> str:
    """The branch that is where a directory of the name would have to be."""
    parts = name.split("/")
    return next((path for n in range(1, len(parts)) if (path := "/".join(parts[:n])) in taken), "")
