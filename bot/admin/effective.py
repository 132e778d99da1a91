"""What holds in a repository: each key of its configuration, its value, and where that comes from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.settings import PREFIX, Settings
from sandbox.errors import UserError
from workflows.policy.repo_config import PATH, RepoConfig, parse

_FROM_SERVER = {"model": "model", "max_cost": "max_cost", "max_minutes": "max_minutes", "label": "label"}
"""Keys of a repository for which the server's setting stands in, by its name."""

_FOUND = frozenset({"setup", "test", "lint", "types", "base"})
"""What is looked for where nobody says it."""


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """`place` says where the value comes from: a line of the file, a setting, or what is so by default."""

    key: str
    value: str
    place: str


@dataclass(frozen=True, slots=True)
class EffectiveConfig:
    """`problem` and `remedy` say what is wrong with the file; then the values are those without it."""

    values: tuple[ConfigValue, ...]
    there: bool
    problem: str = ""
    remedy: str = ""


def effective(text: str | None, settings: Settings) -> EffectiveConfig:
    """What holds with a file of that text; None: there is none."""
    config, problem, remedy = RepoConfig(), "", ""
    if text is not None:
        try:
            config = parse(text)
        except UserError as error:
            problem, remedy = error.sentence, error.remedy
    return EffectiveConfig(tuple(_values(config, settings)), text is not None, problem, remedy)


def _values(config: RepoConfig, settings: Settings) -> Iterator[ConfigValue]:
    shown: dict[str, Any] = config.model_dump(mode="json", exclude_none=True)
    for key in RepoConfig.model_fields:
        value, place = shown.get(key), "by default"
        if key in config.model_fields_set:
            place = f"{PATH}:{config.line_of(key)}"
        elif value is None and key in _FROM_SERVER:
            name = _FROM_SERVER[key]
            value, place = getattr(settings, name), f"{PREFIX}{name.upper()} of this server"
        elif key in _FOUND:
            place = "found in the repository"
        yield ConfigValue(key, _words(value), place)


def _words(value: object) -> str:
    """A value as one writes it; "" for what is not decided here."""
    if isinstance(value, dict):
        value = {name: inner for name, inner in value.items() if inner not in (None, {}, [])}
    if value is None or value in ([], {}):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
