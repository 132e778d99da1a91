"""What a change tells linters, type checkers and coverage to overlook: by the line, or a whole file."""

from __future__ import annotations

import re
from collections import Counter

_LINE = re.compile(
    r"#\s*(?:noqa\b|type:\s*ignore\b|pylint:\s*disable\b|pyright:\s*ignore\b|nosec\b|fmt:\s*(?:off|skip)\b"
    r"|pragma:\s*no\s+cover\b|rubocop:disable\b)"
    r"|/[/*]\s*(?:eslint-disable(?:-next)?-line\b|@ts-(?:ignore|expect-error)\b|nolint\b|biome-ignore\b|prettier-ignore\b"
    r"|(?:istanbul|c8|v8) ignore\b|NOSONAR\b|phpcs:(?:ignore|disable)\b|@phpstan-ignore|@codeCoverageIgnore)"
    r"|#\[(?:allow|expect)\(|@Suppress(?:Warnings)?\b"
)
_WHOLE = re.compile(
    r"^[ \t]*#\s*(?:(?:ruff|flake8):\s*noqa\b|type:\s*ignore\b|mypy:\s*\S+|pylint:\s*(?:skip-file|disable=all)\b"
    r"|pyright:\s*(?:basic\b|ignore\b|report\w+\s*=\s*(?:false|none)))"
    r"|/\*\s*eslint-disable\b(?!-)|//\s*@ts-nocheck\b|^[ \t]*#!\[allow\(|//go:build ignore\b",
    re.MULTILINE,
)
_OF_COMMENTS = re.compile(r"\.(?:py|pyi|[cm]?[jt]sx?|vue|svelte|go|rs|rb|php|java|kt|kts|scala|groovy)$")


def silenced(path: str, before: bytes, after: bytes) -> tuple[str, ...]:
    """The marks that the new text has and the old one had not so often, as they are written; () in texts for people."""
    return _new(_LINE, before, after) if _OF_COMMENTS.search(path) else ()


def silenced_whole(path: str, before: bytes, after: bytes) -> tuple[str, ...]:
    """The same, of marks that take a whole file from its checks."""
    return _new(_WHOLE, before, after) if _OF_COMMENTS.search(path) else ()


def _new(mark: re.Pattern[str], before: bytes, after: bytes) -> tuple[str, ...]:
    now, was = (
        Counter(" ".join(found[0].split()) for found in mark.finditer(side.decode("utf-8", "replace")))
        for side in (after, before)
    )
    return tuple(sorted((now - was).elements()))
