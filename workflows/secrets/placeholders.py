"""Values that stand where a secret would, and are none: examples, templates, names of variables, defaults."""

from __future__ import annotations

import math
import re
import string

_TEMPLATE = re.compile(
    r"\$\{|\$\(|\{\{|^\$\w|^[{<%\[(].*[}>%\])]$|<[\w -]+>|^%\w?$|%\(\w+\)|%[sdv](?!\w)|\.\.\.|…|^\*+$|^#\{|\{\w*\}"
    r"|process\.env|os\.environ|getenv",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"example|sample|dummy|fake|change[-_]?(?:me|it|this)|place[-_]?holder|redacted|removed|hidden|masked|your|some|my|the"
    r"|test(?:ing|er)?|demo|default|insert|replace|here|valid|wrong|correct|invalid|secure|secret|strong|super|weak|very"
    r"|pass(?:word|wd|wort|phrase|code)?|pwd|passw|pw|token|key|api|auth|login|credentials?|users?(?:name)?|admin(?:istrator)?"
    r"|root|guest|foo(?:bar)?|bar|baz|quux|qux|none|null|undefined|true|false|empty|string|value|xx+|abc(?:def)?|asdf|qwerty"
    r"|letmein|scott|tiger|welcome|hello|world|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|rabbitmq|amqp|sql|db|database"
    r"|local(?:host)?|dev|prod|stag(?:e|ing)|old|new|base64|encoded|hash(?:ed)?|unused|not|is|an?|of|in|to",
    re.IGNORECASE,
)
_RUN = re.compile(r"(.)\1{5,}|0000|1234567|abcdef", re.IGNORECASE)
_EXAMPLE = re.compile(r"example|sample|dummy|fake|changeme|placeholder|your[_-]|xxxx|redacted", re.IGNORECASE)
_UUID = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", re.IGNORECASE)
_SEQUENCES = (
    2 * (string.ascii_uppercase + string.digits),
    2 * string.ascii_uppercase,
    2 * "0123456789ABCDEF",
    2 * string.digits,
)
_SHORTEST_JUMBLE, _LEAST_PART = 10, 2.6
"""Of letters that stand for nothing one part (`Rz`, `K`, `!`) is hardly longer than two; of names four and more."""
_LEAST_WORD = 4
_LEFT = 3
"""Letters and digits that a placeholder may have beside its words."""


def is_template(value: str) -> bool:
    """Whether something else is filled in for the value, or it is left out."""
    return bool(_TEMPLATE.search(value))


def is_example(value: str) -> bool:
    """Whether a value of a known shape was made up: sequences, one letter over and over, a word that says so."""
    few = len(set(value)) < min(8, len(value) // 2 + 1)
    upper = value.upper()
    return few or bool(_RUN.search(value) or _EXAMPLE.search(value)) or any(upper in one for one in _SEQUENCES)


def is_placeholder(value: str, *others: str) -> bool:
    """Whether a password is one that nobody keeps: made of the words that stand for one, or the user's name.

    `others` are words of the place where it stands, as the user's name.
    """
    plain = value.lower()
    if len(value) < 4 or is_template(value) or len(set(plain)) < 4 or plain in {other.lower() for other in others}:
        return True
    if any(plain.upper() in sequence for sequence in _SEQUENCES) or _UUID.search(value):
        return True
    left = re.sub(r"[\W_]|\d{1,4}$", "", _WORDS.sub("", plain))
    return len(left) <= _LEFT and left != plain


def is_identifier(value: str) -> bool:
    """Whether it reads as a name of a program: words with dots, dashes or underscores."""
    return bool(re.fullmatch(r"_*[A-Za-z]+(?:[_./:-]+(?:[A-Za-z]+|\d+))*_*", value))


def is_random(value: str, least: float, shortest: int) -> bool:
    """Whether it looks as no word does: letters and digits mixed, of `shortest` length and `least` entropy at least."""
    if len(value) < shortest or is_identifier(value) or re.search(r"[\s(){}<>$]", value):
        return False
    mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    return bool(mixed) and entropy(value) >= least and not (is_example(value) or _UUID.search(value))


def is_wordy(value: str) -> bool:
    """Whether it is made of words as names of programs are, with a number at most behind them: `handlePassEvent1`."""
    if not re.fullmatch(r"[A-Za-z][a-z]+(?:[A-Z][a-z]+)*\d{0,4}", value):
        return False
    parts = re.findall(r"[A-Z]?[a-z]+", value)
    return sum(map(len, parts)) >= _LEAST_WORD * len(parts)


def is_jumbled(value: str) -> bool:
    """Whether letters are put together as in no word: capitals or marks within, all over it."""
    if len(value) < _SHORTEST_JUMBLE or re.search(r"[\s(){}<>$/]", value) or is_example(value):
        return False
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^A-Za-z]", value)
    return len(parts) * _LEAST_PART > len(value) and value.lower() != value != value.upper()


def entropy(value: str) -> float:
    """Bits for each character, from how often each occurs."""
    shares = [value.count(character) / len(value) for character in set(value)]
    return -sum(share * math.log2(share) for share in shares)
