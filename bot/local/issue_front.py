"""What stands before an issue's text and says its title, number and labels.

Front matter is YAML between lines of dashes, as issue templates and exports of trackers have it, TOML between
pluses, or JSON between semicolons. `gh issue view 12 > issue.md` writes lines with tabs before two dashes,
`gh issue view 12 --json title,body,number` one JSON object, as GitHub's API does.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.detect.read import yamltree

_FRONT = re.compile(
    r"\A(?:\s*<!--(?:(?!-->).)*+-->)*\s*(---|\+\+\+|;;;)[ \t]*\n(|.*?\n)(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_VIEWED = re.compile(r"\A((?:[a-z][a-z-]{1,30}:\t[^\n]*\n)+)--\n")
_PAIR = re.compile(r"(?<![\w-])([A-Za-z_][\w-]*):[ \t]+(\S.*)$", re.MULTILINE)
_MOST_LABELS = 20
_TITLES = ("title", "summary", "subject")
_NUMBERS = ("number", "issue", "issue_number")
"""GitLab's `iid`, Jira's `key` and an `id` are another tracker's, and would close another issue here."""


@dataclass(frozen=True, slots=True)
class Front:
    """What was said before the text; "", 0 and () where nothing was."""

    title: str = ""
    number: int = 0
    labels: tuple[str, ...] = ()


def front_matter(text: str) -> tuple[Front, str]:
    """What stands before an issue's text, and the text; all of it is the text where nothing does."""
    if (whole := _object(text)) is not None:
        return _front(whole), whole["body"].replace("\r\n", "\n") if isinstance(whole.get("body"), str) else ""
    if viewed := _VIEWED.match(text):
        pairs = (line.partition(":\t") for line in viewed[1].splitlines())
        return _front({name: value for name, _, value in pairs}), text[viewed.end() :]
    found = _FRONT.match(text)
    data = _data(found[1], found[2]) if found else {}
    if found is None or (found[2].strip() and not data):
        return Front(), text
    return _front(data), text[found.end() :]


def _front(data: Mapping[str, Any]) -> Front:
    said = {str(name).lower().replace("-", "_"): value for name, value in data.items()}
    title = next((line for name in _TITLES if (line := _line(said.get(name)))), "")
    number = next((number for name in _NUMBERS if (number := _number(said.get(name)))), 0)
    return Front(title, number, tuple(_labels(said.get("labels"))))


def _object(text: str) -> dict[str, Any] | None:
    """The whole text as one JSON object with a title."""
    if not text.lstrip().startswith("{") or not text.rstrip().endswith("}"):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and _line(data.get("title")) else None


def _data(mark: str, text: str) -> Mapping[str, Any]:
    """Front matter in YAML, between pluses in TOML, between semicolons in JSON; {} where it is none."""
    if mark == "---":
        # `title: Login: it fails` is no YAML, and what people write.
        return yamltree.load(text) or {key: value.strip().strip("\"'") for key, value in _PAIR.findall(text)}
    try:
        data = tomllib.loads(text) if mark == "+++" else json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _line(value: Any) -> str:
    line = " ".join(value.split())[:500] if isinstance(value, str) else ""
    return "" if line in ("null", "~") else line  # which is how templates leave a field empty


def _labels(value: Any) -> Iterable[str]:
    """Labels as templates and exports write them: a list, objects with a name, or names with commas between them."""
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    for item in names[:_MOST_LABELS]:
        if name := _line(item.get("name") if isinstance(item, Mapping) else item):
            yield name


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 0 < value < 10**9 else 0
    found = re.fullmatch(r"#?(\d{1,9})", _line(value))
    return int(found[1]) if found else 0
