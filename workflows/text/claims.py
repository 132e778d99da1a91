"""Claims of a model about results of checks: taken out of its words, since only what was run tells them."""

from __future__ import annotations

import re

_CHECKS = (
    r"tests?|suites?|specs?|checks?"
    r"|lint(?:er|ing|s)?|type[- ]?check\w*|types|builds?|CI|pipelines?|pytest|unittest|jest"
    r"|vitest|mocha|mypy|ruff|flake8|eslint|tsc|cargo|coverage|everything|all"
)
_GOOD = (
    r"pass(?:es|ed|ing)?\b(?!\s+(?:the|an?|it|its|them|this|that"
    r"|through|to|in|into|by|over|as|along|`|[\w`.]+ (?:to|as|into))\b)"
    r"|succeed(?:s|ed)?|successful(?:ly)?"
    r"|(?:is|are|stays?|remains?|all|run|runs|ran|came back|went) (?:now )?(?:green|clean|ok|fine)"
    r"|without (?:any )?(?:failures?|errors?|regressions?)|no (?:new )?(?:failures?|regressions?|errors?)"
    r"|\b0 (?:failed|failures|errors)"
)
_CLAIM = re.compile(
    rf"\b(?:{_CHECKS})\b[^\n]{{0,120}}?(?:{_GOOD})|(?:{_GOOD})[^\n]{{0,40}}?\b(?:{_CHECKS})\b"
    r"|\b\d[\d,]* (?:\w+ )?(?:passed|passing)\b"
    r"|\b(?:is|are|was|were|been|fully|I(?:'ve| have)?|we(?:'ve| have)?)\s+(?:now\s+)?(?:verified|proven|tested)\b"
    r"|^\W*(?:verified|proven|tested)\b|\bverified (?:by|with|against)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])[ \t]+(?=\S)|;[ \t]+")
_LONGEST = 4_000

TAKEN = "What it says about results of checks is left out here: what was run stands under Verification."


def without_claims(text: str) -> tuple[str, bool]:
    """The text without sentences that tell how checks went, and whether there were any."""
    kept, taken = [], False
    for row in text.split("\n"):
        parts = _SENTENCES.split(row)
        good = [part for part in parts if not _CLAIM.search(part[:_LONGEST])]
        if len(good) == len(parts):
            kept.append(row)
            continue
        taken = True
        left = " ".join(good).rstrip()
        if re.search(r"\w", left):
            kept.append(left)
    return "\n".join(kept), taken
