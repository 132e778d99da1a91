"""Values whose name says that they are secret: in code, settings, XML, headers, keys in JSON, files of one value."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from workflows.secrets.placeholders import (
    entropy,
    is_example,
    is_jumbled,
    is_placeholder,
    is_random,
    is_template,
    is_wordy,
)

PASSWORD_ENTROPY, PASSWORD_LENGTH = 2.5, 8
SECRET_ENTROPY, SECRET_LENGTH = 3.5, 16
_TOKEN_ENTROPY, _TOKEN_LENGTH = 4.0, 20

_NAME = (
    r"(?:(?P<{0}>passw(?:or)?d|passwort|passphrase|pwd|secret|contrase[nñ]a"
    r"|(?:db|database|key|root|user|admin|become|sudo|ssh|ansible|smtp|ftp|mail|redis|mysql|postgres|vault)_?pass"
    r"|(?<![A-Za-z])pass(?![A-Za-z])"
    r"|(?:api|auth|access|account|service|db|database|priv|private|client|encryption|signing|master|admin|role|app|application"
    r"|consumer|subscription|licen[sc]e|ingest(?:ion)?|write|deploy|trunk|webhook|storage"
    r"|validation|decryption|pre_?shared|openai|anthropic|claude|gemini|mistral|cohere|groq|azure|aws|gcp|google|stripe"
    r"|sendgrid|mailgun|twilio|algolia|datadog|github|gitlab|etherscan|openweather(?:map)?|cloudflare)[_-]?key)"
    r"|token|credential|bearer|(?<![A-Za-z])auth|_pat(?![a-z]))[\w-]{{0,40}}"
)
_HINTS = ("pass", "pwd", "secret", "contrase", "key", "token", "credential", "bearer", "auth", "_pat")
"""In small letters: without one of them no pattern need be tried."""
_QUOTED = re.compile(
    _NAME.format("strong") + r"[\"'`\]]{0,3}\s{0,20}(?:\[\d{0,4}\])?(?::\s{0,3}[\w\[\]|., ]{1,40}?)?"
    r"\s{0,20}(?::=|=>|[!=]?={1,2}|:)\s{0,20}@?[a-zA-Z]{0,2}([\"'`])(?P<value>[^\"'`\n]{8,1200})\2",
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"(?:set|with)_?(?P<strong>(?:\w{0,20}_)?(?:passw(?:or)?d|pwd|secret|api_?key))\w{0,20}\(\s{0,5}([\"'`])(?P<value>[^\"'`\n]{8,300})\2",
    re.IGNORECASE,
)
_PAIRED = re.compile(
    _NAME.format("strong") + r"([\"'`])\s{0,5},\s{0,5}([\"'`])(?P<value>[^\"'`\n]{8,1200})\3", re.IGNORECASE
)
"""`define('DB_PASSWORD', '...')`, `setdefault("API_KEY", "...")`."""
_SPACED = re.compile(
    r"(?P<strong>(?:store|key|signing)_?password)\s{1,5}([\"'])(?P<value>[^\"'\n]{8,300})\2", re.IGNORECASE
)
_COMPARED = re.compile(
    r"([\"'`])(?P<value>[^\"'`\n\s]{8,200})\1\s{0,10}[!=]{2,3}\s{0,10}[\w.]{0,40}?" + _NAME.format("strong"),
    re.IGNORECASE,
)
_IN_CODE = (_QUOTED, _PAIRED, _SPACED, _CALLED, _COMPARED)
_BARE = re.compile(
    _NAME.format("strong") + r"\s{0,20}[:=]\s{0,20}(?P<value>[^\s\"'`,;#()<]{8,1200})(?=[\s,;#]|$)", re.IGNORECASE
)
_ELEMENT = re.compile(
    r"<(?:[\w-]{1,30}:)?[\w.-]{0,40}?"
    + _NAME.format("strong")
    + r"(?:\s[^<>]{0,60})?>\s{0,10}(?P<value>[^<>\s]{8,1200})\s{0,10}</",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"\b(?:key|name|id)=[\"'][\w.:-]{0,60}?"
    + _NAME.format("strong")
    + r"[\"']\s{1,10}value=([\"'])(?P<value>[^\"'<>\n]{8,1200})\2",
    re.IGNORECASE,
)
_OF_PLIST = re.compile(
    r"<key>[\w.-]{0,40}?" + _NAME.format("strong") + r"</key>\s{0,10}<string>(?P<value>[^<>\s]{8,1200})</string>",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?<![\w-])(?P<strong>x-[a-z-]{0,30}(?:key|token|secret)|[a-z-]{0,30}subscription-key|private-token|job-token|api-?key)"
    r"[\"']?\s{0,3}[:,]\s{0,3}[\"']?(?P<value>[^\s\"'`<>,]{16,300})(?=[\"'\s,]|$)",
    re.IGNORECASE,
)
_HEX = re.compile(
    r"(?:[0-9a-f]{32}|[0-9a-f]{34}|[0-9a-f]{36}|[0-9a-f]{40}|[0-9a-f]{48}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})(?![0-9a-f])"
)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_IS_TOKEN = re.compile(
    r"(?:token|secret|_pat|(?:api|access|secret|private|auth|license|ingestion|subscription|admin|openai|anthropic|gemini"
    r"|mistral|azure|etherscan|openweather(?:map)?|algolia|cloudflare|datadog)[_-]?key)$",
    re.IGNORECASE,
)
"""Names that end so are of a secret itself, and not of its digest, its kind or its place."""
_LAST_NAME = re.compile(r"[\w-]++(?=[^\w]*$)")
_LONGEST_NAME = 200
_TOKEN_SHORT = 18
_CASES = re.compile(r"(?=[^a-z]*[a-z])[^A-Z]*[A-Z]")
_PAIR_OF = re.compile(
    r"\bauth\s{0,3}=\s{0,3}\(\s{0,3}[\"'][^\"'\n]{1,60}[\"']\s{0,3},\s{0,3}[\"']([^\"'\n]{8,200})[\"']"
)
_OF_DOCKER = re.compile(r"\"auth\"\s{0,3}:\s{0,3}\"([A-Za-z0-9+/]{12,400}={0,2})\"")
_SALT = re.compile(
    r"(?:SECURE_)?(?:AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)[\"']?\s{0,5}[,=]\s{0,5}(['\"])((?!put your)[^\n]{60,80}?)\1"
)
_ELSE = re.compile(r"://|^\d{4}-\d\d-\d\dT|^[\w.-]+/[\w./-]+\.\w{1,5}$")
"""Addresses (those that hold passwords are looked at as such), times and paths."""
_WEB_KEY = re.compile(r"[\"'](?:d|k)[\"']\s{0,3}:\s{0,3}[\"']([\w-]{43,700})[\"']")
_OF_WEB_KEY = re.compile(r"[\"'](?:kty|crv|alg|n|x|e)[\"']\s{0,3}:\s{0,3}[\"']")
_WEB_TOKEN = re.compile(r"(?<![\w.-])eyJ[\w-]{10,500}\.eyJ[\w-]{10,2000}\.([\w-]{40,700})(?![\w-])")
_KNOWN_TOKENS = ("SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c", "TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ")
"""Of the one that everybody shows."""
_WORDS = re.compile(
    r"(?:mnemonic|seed_?(?:phrase|words)|recovery_?phrase)\w{0,20}[\"']?\s{0,5}[:=]{1,2}\s{0,5}[\"']?"
    r"((?:[a-z]{3,8} ){11,23}[a-z]{3,8})\b",
    re.IGNORECASE,
)
_DIFFERENT_WORDS = 8
_KEY_FILE = re.compile(r"(^|/)(master|credentials/[\w-]+)\.key$")


class Weight(StrEnum):
    """What a find means for the change."""

    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    """It is told to whoever reviews the change, and stops nothing."""
    UNSEEN = "unseen"
    """The line, or what follows it in its file, was not looked at."""


@dataclass(frozen=True, slots=True)
class Place:
    """What kind of file a line stands in, by its path."""

    path: str
    tests: bool
    documents: bool
    generated: bool
    configuration: bool


def named(text: str, place: Place) -> Iterator[tuple[str, Weight]]:
    """The kinds of what stands under such a name; in tests each is a doubt."""
    most = Weight.DOUBTFUL if place.tests else Weight.CERTAIN
    lower = text.lower()
    patterns = (
        _QUOTED,
        _PAIRED,
        _SPACED,
        _CALLED,
        _COMPARED,
        *((_BARE,) if place.configuration else ()),
        *_of_markup(text),
    )
    for pattern in patterns if any(hint in lower for hint in _HINTS) else ():
        for match in pattern.finditer(text):
            if not (is_template(match["value"]) or _ELSE.search(match["value"])):
                yield from _judged(match, most)
    yield from _of_forms(text, place, most)
    yield from _of_pairs(text, most)


def _judged(match: re.Match[str], most: Weight) -> Iterator[tuple[str, Weight]]:
    value, strong = match["value"], match["strong"] is not None
    if weight := _of_digits(_name_of(match), value, most):
        yield "Secret Keyword", weight
    elif is_placeholder(value):
        return
    elif strong and is_random(value, SECRET_ENTROPY, SECRET_LENGTH) and not is_wordy(value):
        yield "Secret Keyword", most
    elif is_random(value, _TOKEN_ENTROPY, _TOKEN_LENGTH):
        yield "High Entropy String", most
    elif (
        strong and _is_password(match[0]) and (is_random(value, PASSWORD_ENTROPY, PASSWORD_LENGTH) or is_jumbled(value))
    ):
        yield "Password", Weight.DOUBTFUL
    elif _IS_TOKEN.search(_name_of(match)) and is_random(value, SECRET_ENTROPY, _TOKEN_SHORT) and _CASES.match(value):
        yield "token", Weight.DOUBTFUL


def _of_forms(text: str, place: Place, most: Weight) -> Iterator[tuple[str, Weight]]:
    """What the form of its line or file makes a secret."""
    for match in _WEB_KEY.finditer(text) if ('"d"' in text or '"k"' in text) and _OF_WEB_KEY.search(text) else ():
        if is_random(match[1], SECRET_ENTROPY, SECRET_LENGTH):
            yield "JSON Web Key", most
    for match in _WEB_TOKEN.finditer(text) if "eyJ" in text else ():
        if not place.tests and is_random(match[1], SECRET_ENTROPY, SECRET_LENGTH) and match[1] not in _KNOWN_TOKENS:
            yield "JSON Web Token", Weight.DOUBTFUL
    for match in _WORDS.finditer(text) if text.count(" ") > _DIFFERENT_WORDS else ():
        if len(set(match[1].split())) > _DIFFERENT_WORDS:
            yield "words of a wallet", Weight.DOUBTFUL
    if _KEY_FILE.search(place.path) and _HEX.fullmatch(text.strip()):
        yield "key file", most


def _password_in(encoded: str) -> str:
    """What stands behind the colon of a user and a password in base64, "" where it is no such thing."""
    try:
        return base64.b64decode(encoded, validate=True).decode("ascii").partition(":")[2]
    except ValueError:
        return ""


def _of_markup(text: str) -> tuple[re.Pattern[str], ...]:
    if "</" in text:
        return (_ELEMENT, _ATTRIBUTE, _OF_PLIST)
    return ((_ATTRIBUTE,) if "value=" in text else ()) + (
        (_HEADER,) if "-" in text and ("ey" in text or "oken" in text) else ()
    )


def _of_pairs(text: str, most: Weight) -> Iterator[tuple[str, Weight]]:
    """A user with a password, and keys of which each stands for itself, by the form of their line."""
    for match in _PAIR_OF.finditer(text) if "auth" in text else ():
        if not is_placeholder(match[1]) and is_random(match[1], PASSWORD_ENTROPY, PASSWORD_LENGTH):
            yield "Password", most if is_random(match[1], SECRET_ENTROPY, SECRET_LENGTH) else Weight.DOUBTFUL
    for match in _OF_DOCKER.finditer(text) if '"auth"' in text else ():
        if not is_placeholder(_password_in(match[1])):
            yield "Basic Auth Credentials", most
    for match in _SALT.finditer(text) if "_KEY" in text or "_SALT" in text else ():
        if entropy(match[2]) >= _TOKEN_ENTROPY:
            yield "WordPress key", most


def _name_of(match: re.Match[str]) -> str:
    """The whole name before the value, as far as the pattern saw it."""
    name = _LAST_NAME.search(match[0][: match.start("value") - match.start()][-_LONGEST_NAME:])
    return name[0] if name else ""


def _of_digits(name: str, value: str, most: Weight) -> Weight | None:
    """Of a token in hexadecimal, and of a UUID, only the whole name tells that it is none of the many other things."""
    if not _IS_TOKEN.search(name) or is_example(value):
        return None
    if _HEX.fullmatch(value):
        return most
    return Weight.DOUBTFUL if _UUID.fullmatch(value) else None


def _is_password(text: str) -> bool:
    return bool(re.search(r"pass|pwd|secret|contrase", text, re.IGNORECASE))
