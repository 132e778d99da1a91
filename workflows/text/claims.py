"""Claims of a model about results of checks: taken out of its words, since only what was run tells them."""

from __future__ import annotations

import re
import unicodedata

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
    r"|\b\d+\s?/\s?\d+ (?:tests?|checks?|specs?)\b|\b\d+ ?% (?:\w+ )?coverage\b"
    rf"|\b(?:{_CHECKS})\b[*_`]*\s?[:=]\W{{0,4}}(?:green|ok)\b|\b(?:all|\d+) (?:\w+ )?(?:tests?|checks?) (?:green|ok)\b"
    r"|^\W*(?:verdict|result|status|state|outcome|conclusion|verification)\b\W{0,4}[:=]\W{0,4}"
    r"(?:proven|verified|tested|passed|pass|success(?:ful)?|green|ok|nothing broke)\b"
    r"|\bPullwright\b[^\n]{0,40}\b(?:verified|proved|proven|tested|confirmed|checked|approved)\b"
    r"|\bnothing (?:failed|broke|is broken)\b|\b(?:zero|no) (?:new )?(?:failures|regressions)\b"
    r"|\bnone of (?:the|these|our) (?:\w+ )?(?:tests?|checks?) (?:fail|failed)\b"
    r"|\b(?:tests?|checks?) (?:do|did|does) ?n[o']t fail\b"
    r"|^\W*(?:verified|proven|tested)\b|\bverified (?:by|with|against)\b"
    rf"|\b(?:{_CHECKS}) (?:is |are )?clean\b(?=\W*$)|\ball (?:is |are )?(?:green|clean)\b(?=\W*$)"
    r"|^\W*(?:0|no|zero) (?:failures|failed)\b|[\u25cf\u25c9\u25a0\U0001f389\U0001f3c6] ?(?:pass|ok|green|done)"
    # the same in the languages that issues are most often written in
    r"|\btests?\b[^\n]{0,40}?\b(?:bestanden|erfolgreich|gr\u00fcn|laufen durch|passent|r\u00e9ussi\w*|pasan|pasaron"
    r"|exitos\w*|passam|passaram|superati|geslaagd)\b|\b(?:pruebas|testes)\b[^\n]{0,40}?\b(?:pasan|pasaron|exitos\w*|passam|passaram)\b"
    r"|\u6d4b\u8bd5[^\n]{0,12}?\u901a\u8fc7|\u6e2c\u8a66[^\n]{0,12}?\u901a\u904e"
    r"|\b\u0442\u0435\u0441\u0442\w*[^\n]{0,30}?(?:\u043f\u0440\u043e\u0448|\u043f\u0440\u043e\u0445\u043e\u0434|\u0443\u0441\u043f\u0435\u0448)"
    r"|\u30c6\u30b9\u30c8[^\n]{0,12}?(?:\u5408\u683c|\u6210\u529f|\u901a)|\ud14c\uc2a4\ud2b8[^\n]{0,12}?(?:\ud1b5\uacfc|\uc131\uacf5)",
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
        good = [part for part in parts if not _CLAIM.search(unicodedata.normalize("NFKC", part[:_LONGEST]))]
        if len(good) == len(parts):
            kept.append(row)
            continue
        taken = True
        left = " ".join(good).rstrip()
        if re.search(r"\w", left):
            kept.append(left)
    return "\n".join(kept), taken
