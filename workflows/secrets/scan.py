"""Secrets in the lines that a change adds: what would stop its push, and what a person should look at.

Tokens and keys of an unmistakable shape count wherever they stand, and so do passwords in addresses.
Values that only look random count where their name says that they are secret, and not in documents and lock
files. In tests, and where a password opens nothing but the same machine, it is a doubt and no stop: a
fixture must not stop a run, but whoever reviews it is told. A comment that allows a secret is not obeyed:
whoever adds the secret would add the comment too.

A line is looked at in pieces, and no pattern can be made slow by what a line holds. What is beyond the
bound of one change is not passed over in silence: it is told as unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workflows.secrets.accounts import hashes, holds_accounts, in_accounts, of_statements
from workflows.secrets.addresses import Password, passwords_in
from workflows.secrets.disguised import readings
from workflows.secrets.named import (
    PASSWORD_ENTROPY,
    PASSWORD_LENGTH,
    SECRET_ENTROPY,
    SECRET_LENGTH,
    Place,
    Weight,
    named,
)
from workflows.secrets.placeholders import is_placeholder, is_random
from workflows.secrets.shapes import shaped
from workflows.text.added_lines import AddedLine

MOST_CHARACTERS = 16_000_000
"""Of one change that are looked at."""
_PIECE, _OVERLAP = 16_384, 1_024
"""Characters of one look, and how many of them the next one sees again: no secret is longer that has to be whole."""
_MOST_UNSEEN = 50

_TESTS = re.compile(
    r"(^|/)(tests?|testing|specs?|__tests__|fixtures?|testdata|mocks?|e2e)/"
    r"|(^|/)(test_[^/]*|conftest\.py|[^/]*(_test|_spec|\.test|\.spec)\.\w+)$|(?-i:[a-z0-9](Tests?|Spec)\.\w+$)",
    re.IGNORECASE,
)
_DOCUMENTS = re.compile(r"(^|/)(docs?|examples?|samples?)/|\.(md|mdx|rst|adoc|markdown)$", re.IGNORECASE)
_GENERATED = re.compile(
    r"(^|/)__snapshots__/|\.(snap|lock|sum|svg|map)$|(^|/)(package-lock\.json|pnpm-lock\.yaml|npm-shrinkwrap\.json)$",
    re.IGNORECASE,
)
_CONFIGURATION = re.compile(
    r"(^|/)(\.env|\.?netrc|\.npmrc|\.pypirc|Dockerfile|Containerfile|Makefile|credentials|kubeconfig|config|\.s3cfg|\.boto)(\.|$)"
    r"|\.(ya?ml|ini|cfg|cnf|conf|properties|toml|env|sh|bash|zsh|tfvars)$",
    re.IGNORECASE,
)
_PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN (?:[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?|OpenVPN Static key V\d) ?-{4,5}([^\n]{0,400})"
    r"|PuTTY-User-Key-File-\d:",
    re.IGNORECASE,
)
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{40,}")
_KEY_LINE = re.compile(
    r"[^A-Za-z0-9+/=]{0,40}(?:\\n)?(?:[A-Za-z0-9+/=]{40,}|[0-9a-f]{32})[^A-Za-z0-9+/=]{0,10}(?:\\n)?[^A-Za-z0-9+/=]{0,10}"
)
_HEX = re.compile(r"[0-9a-f]{32,128}")
_KEY_LINES = 12
"""After the first line of a key: those of a PGP or PuTTY key begin with words about it."""
_BEGINS = re.compile(r"\s*+(?:[+.,&|]|<>|\.\.)?\s*[rRbBuUfF]{0,2}[\"'`]")
_ENDS = re.compile(r"[\"'`]\s{0,20}(?:[+.,&\\|(]|<>|\.\.)?\s{0,20}$")
_LONGEST_PART, _MOST_ABOVE = 400, 4_000
_SHORT_WORD = 8
"""Letters under which a password in an address is a word that may be made up."""


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """Where a secret stands and of which kind it is. Its value is not kept."""

    path: str
    line: int
    kind: str
    weight: Weight = Weight.CERTAIN

    def __str__(self) -> str:
        path = self.path.encode(errors="surrogateescape").decode(errors="replace")
        return f"{path}:{self.line} ({self.kind})"


def secrets_in(lines: Iterable[AddedLine], most: int = MOST_CHARACTERS) -> list[FoundSecret]:
    """The secrets among added lines, at most one for each line; `most` characters are looked at.

    Blocking, and slow for a large change: call it on a thread.
    """
    found: list[FoundSecret] = []
    unseen: dict[str, FoundSecret] = {}
    places: dict[str, Place] = {}
    opened = ("", 0)
    above = _Above()
    for line in lines:
        if most <= 0 or not line.whole:
            unseen.setdefault(line.path, FoundSecret(line.path, line.number, "not looked at", Weight.UNSEEN))
        if most <= 0:
            continue
        text, most = line.text[:most], most - len(line.text) - 1
        if len(text) < len(line.text):
            unseen.setdefault(line.path, FoundSecret(line.path, line.number, "not looked at", Weight.UNSEEN))
        place = places.setdefault(line.path, _place(line.path))
        kind, weight = _judged(text, place)
        if weight is not Weight.CERTAIN and (sum_of := above.with_next(line.path, line.number, text)):
            kind, weight = _hidden(sum_of, place) or (kind, weight)
        begun = _PRIVATE_KEY.search(text) if "-" in text else None
        inside = line.path == opened[0] and 0 <= opened[1] - line.number < _KEY_LINES
        # What a key looks like is in its body: the first line is in many a program that reads keys.
        if (begun and _KEY_BODY.search(begun[1] or "")) or (
            not begun and inside and _KEY_LINE.fullmatch(text[:_PIECE])
        ):
            kind, weight = ("Private Key", Weight.CERTAIN) if weight is not Weight.CERTAIN else (kind, weight)
            opened = ("", 0)
        if begun:
            opened = (line.path, line.number + _KEY_LINES)
        elif inside and "-----END" in text:
            opened = ("", 0)
        if kind:
            found.append(FoundSecret(line.path, line.number, kind, weight))
    return [*found, *list(unseen.values())[:_MOST_UNSEEN]]


class _Above:
    """The lines above, as far as a text in quotes goes on over them: `"ghp_" +`, and the rest below."""

    def __init__(self) -> None:
        self._path, self._number, self._text = "", 0, ""

    def with_next(self, path: str, number: int, text: str) -> str:
        """The text with those above it, "" where it goes on with none."""
        goes_on = path == self._path and number == self._number + 1 and _BEGINS.match(text) is not None
        kept = self._text if goes_on else ""
        whole = f"{kept}\n{text}" if kept else text
        ends = len(text) <= _LONGEST_PART and _ENDS.search(text) is not None
        self._path, self._number, self._text = path, number, whole[-_MOST_ABOVE:] if ends else ""
        return whole if kept else ""


def _place(path: str) -> Place:
    return Place(path, *(bool(test.search(path)) for test in (_TESTS, _DOCUMENTS, _GENERATED, _CONFIGURATION)))


def _judged(text: str, place: Place) -> tuple[str, Weight]:
    """The kind of the gravest secret on the line, "" where there is none."""
    doubtful = ""
    for piece in _pieces(text):
        for kind, weight in _in_piece(piece, place):
            if weight is Weight.CERTAIN:
                return kind, weight
            doubtful = doubtful or kind
    return doubtful, Weight.DOUBTFUL


def _pieces(text: str) -> Iterator[str]:
    if len(text) <= _PIECE:
        yield text
        return
    for start in range(0, len(text), _PIECE - _OVERLAP):
        yield text[start : start + _PIECE]


def _in_piece(text: str, place: Place) -> Iterator[tuple[str, Weight]]:
    for secret in shaped(text):
        yield secret.kind, Weight.CERTAIN
    if hidden := _hidden(text, place):
        yield hidden
    if place.generated:
        return
    for password in passwords_in(text):
        if weight := _weight_of(password, place):
            yield password.kind, weight
    if not place.documents:
        yield from named(text, place)
        yield from _accounts(text, place)


def _accounts(text: str, place: Place) -> Iterator[tuple[str, Weight]]:
    """Logins by the form of their file, hashes of passwords, and what statements of SQL give somebody."""
    most = Weight.DOUBTFUL if place.tests else Weight.CERTAIN
    for kind, _ in in_accounts(text, place.path):
        yield kind, most
    for _ in () if place.tests else hashes(text):
        yield "Hash of a password", most if holds_accounts(place.path) else Weight.DOUBTFUL
    for value in of_statements(text):
        yield "Database password", most if is_random(value, SECRET_ENTROPY, SECRET_LENGTH) else Weight.DOUBTFUL


def _hidden(text: str, place: Place) -> tuple[str, Weight] | None:
    """A shape behind an encoding or a sum. In a test it may have been taken apart so that scanners leave it alone."""
    weight = Weight.DOUBTFUL if place.tests or place.generated else Weight.CERTAIN
    for reading in readings(text):
        for secret in shaped(reading):
            return secret.kind, weight
        if _PRIVATE_KEY.search(reading) and _KEY_BODY.search(reading):
            return "Private Key", weight
    return None


def _weight_of(password: Password, place: Place) -> Weight | None:
    value = password.value
    if is_placeholder(value, password.user, password.host):
        return None
    random = is_random(value, PASSWORD_ENTROPY, PASSWORD_LENGTH)
    surely = is_random(value, SECRET_ENTROPY, SECRET_LENGTH)
    if (place.documents and (password.is_example or not random)) or (password.is_example and not surely):
        return None
    if not password.certain and not surely and not _HEX.fullmatch(value):
        return None
    word = value.isalpha() and value.islower() and len(value) < _SHORT_WORD
    return Weight.DOUBTFUL if place.tests or place.documents or password.is_local or word else Weight.CERTAIN
