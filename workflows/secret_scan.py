"""Secrets in the lines that a change adds: what would stop its push.

Tokens and keys of an unmistakable shape count wherever they stand. Values that only look
random count where their name says that they are secret, and not in tests, documents and
lock files: a hash or a fixture must not stop a run. The rules are those of detect-secrets,
of which nothing is called that asks a service whether a secret works. A comment that
allows a secret is not obeyed: whoever adds the secret would add the comment too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from workflows.added_lines import AddedLine

_LONGEST_LINE = 20_000
_LEAST_ENTROPY = 3.5
_SHORTEST = 16

_QUIET_PLACES = re.compile(
    r"(^|/)(tests?|testing|spec|specs|__tests__|fixtures?|testdata|mocks?|__snapshots__|docs?|examples?)/"
    r"|(^|/)(test_[^/]*|conftest\.py|[^/]*(_test|\.test|\.spec|\.snap|\.lock|\.sum|\.md|\.rst|\.svg|\.map)(\.\w+)?)$"
    r"|(^|/)(package-lock\.json|pnpm-lock\.yaml|npm-shrinkwrap\.json)$",
    re.IGNORECASE,
)
_CONFIGURATION = re.compile(r"(^|/)\.env(\.|$)|\.(ya?ml|ini|cfg|conf|properties|toml|env)$", re.IGNORECASE)
_NAMED = re.compile(r"(token|credential|bearer|auth|api|secret|key)\w*[\"']?\s*(?::=|=>|[:=])", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"example|sample|dummy|fake|changeme|placeholder|your[_-]|test|xxxx|0000|1234567|\.\.\.|abcdef|\$\{|\{\{|<\w+>",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"_*[A-Za-z]+(?:[_.-]+(?:[A-Za-z]+|\d+))*_*")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----(.*)")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{40,}")
_MORE_SHAPES = {
    "GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|ghs_\w+_ey[\w.\-]{30,}|github_pat_\w{60,})"),
    "Anthropic key": re.compile(r"\bsk-ant-[\w\-]{40,}"),
    "OpenAI key": re.compile(r"\bsk-(?:proj|svcacct|admin)-[\w\-]{40,}"),
    "Google API key": re.compile(r"\bAIza[\w\-]{35}\b"),
}


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """Where a secret stands and of which kind it is. Its value is not kept."""

    path: str
    line: int
    kind: str

    def __str__(self) -> str:
        path = self.path.encode(errors="surrogateescape").decode(errors="replace")
        return f"{path}:{self.line} ({self.kind})"


def secrets_in(lines: Iterable[AddedLine]) -> list[FoundSecret]:
    """The secrets among added lines, at most one for each line."""
    found = []
    opened = ("", 0)
    for line in lines:
        kind = _kind(line)
        key = _PRIVATE_KEY.search(line.text)
        body = key[1] if key else line.text if (line.path, line.number) == opened else ""
        if _KEY_BODY.search(body):
            kind = kind or "Private Key"
        # What a key looks like is in its second line: the first is in many a program that reads keys.
        opened = (line.path, line.number + 1) if key else ("", 0)
        if kind:
            found.append(FoundSecret(line.path, line.number, kind))
    return found


def _kind(line: AddedLine) -> str:
    text = line.text[:_LONGEST_LINE]
    for kind, shape in _MORE_SHAPES.items():
        if any(not _placeholder(match[0]) for match in shape.finditer(text)):
            return kind
    for plugin in _plugins().shaped:
        if any(not _placeholder(value) for value in plugin.analyze_string(text)):
            return str(plugin.secret_type)
    if _QUIET_PLACES.search(line.path):
        return ""
    return next((kind for kind, value in _suspects(line.path, text) if _looks_random(value)), "")


def _suspects(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Values on the line whose name, or whose place in an address, says that they are secret."""
    from detect_secrets.filters.heuristic import is_indirect_reference
    from detect_secrets.plugins.keyword import CONFIG_DENYLIST_REGEX_TO_GROUP

    plugins = _plugins()
    if not is_indirect_reference(text):
        rules = CONFIG_DENYLIST_REGEX_TO_GROUP if _CONFIGURATION.search(path) else None
        for value in plugins.keyword.analyze_string(text, rules):
            yield "Secret Keyword", value
        if _NAMED.search(text):
            for value in plugins.entropy.analyze_string(text):
                yield "High Entropy String", value
    for value in plugins.basic_auth.analyze_string(text):
        yield "Basic Auth Credentials", value


def _looks_random(value: str) -> bool:
    if _IDENTIFIER.fullmatch(value):
        return False
    mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value) and not re.search(r"[\s(){}<>$]", value)
    return bool(mixed) and len(value) >= _SHORTEST and _entropy(value) >= _LEAST_ENTROPY and not _placeholder(value)


def _placeholder(value: str) -> bool:
    from detect_secrets.filters.heuristic import is_potential_uuid, is_sequential_string

    few = len(set(value)) < min(8, len(value))
    return few or bool(_PLACEHOLDER.search(value)) or is_sequential_string(value) or is_potential_uuid(value)


def _entropy(value: str) -> float:
    """Bits for each character, from how often each occurs."""
    shares = [value.count(character) / len(value) for character in set(value)]
    return -sum(share * math.log2(share) for share in shares)


@dataclass(frozen=True, slots=True)
class _Plugins:
    shaped: tuple[Any, ...]
    keyword: Any
    entropy: Any
    basic_auth: Any


@cache
def _plugins() -> _Plugins:
    """Loaded when a change is scanned: most processes of ours never do."""
    from detect_secrets.plugins.aws import AWSKeyDetector
    from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
    from detect_secrets.plugins.basic_auth import BasicAuthDetector
    from detect_secrets.plugins.discord import DiscordBotTokenDetector
    from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString
    from detect_secrets.plugins.keyword import KeywordDetector
    from detect_secrets.plugins.npm import NpmDetector
    from detect_secrets.plugins.openai import OpenAIDetector
    from detect_secrets.plugins.pypi_token import PypiTokenDetector
    from detect_secrets.plugins.sendgrid import SendGridDetector
    from detect_secrets.plugins.slack import SlackDetector
    from detect_secrets.plugins.square_oauth import SquareOAuthDetector
    from detect_secrets.plugins.stripe import StripeDetector
    from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector

    shaped = (
        AWSKeyDetector(),
        AzureStorageKeyDetector(),
        DiscordBotTokenDetector(),
        GitLabTokenDetector(),
        NpmDetector(),
        OpenAIDetector(),
        PypiTokenDetector(),
        SendGridDetector(),
        SlackDetector(),
        SquareOAuthDetector(),
        StripeDetector(),
        TelegramBotTokenDetector(),
    )
    return _Plugins(shaped, KeywordDetector(), Base64HighEntropyString(limit=4.5), BasicAuthDetector())
