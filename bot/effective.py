"""What holds in a repository: each key of its configuration, its value, and where that comes from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from bot.settings import PREFIX, Settings
from sandbox.errors import UserError
from workflows.engine.failure_policy import all_configured
from workflows.errors import ConfigError
from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.registry import DefinitionsWhenAsked
from workflows.values import ApprovalRules, Options

_FROM_SERVER = {"model": "model", "max_cost": "max_cost", "max_minutes": "max_minutes", "label": "label"}
"""Keys of a repository for which the server's setting stands in, by its name."""

_FOUND = frozenset({"setup", "test", "lint", "types"})
"""What is looked for where nobody says it."""
_BUILT_IN = {"approve": False, "signoff": False, "verify_rounds": Options().verify_rounds}
"""What is so of keys that nobody decides, where the key itself does not say it."""
DEFAULT = "by default"


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


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What holds where the file says nothing, beside the keys' own defaults.

    `triggers` are those of the table by their names; `found` are commands that were looked for, with the evidence.
    """

    settings: Settings
    triggers: Mapping[str, bool] = field(default_factory=dict)
    found: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def effective(text: str | None, beside: Elsewhere) -> EffectiveConfig:
    """What holds with a file of that text; None: there is none."""
    if text is None:
        return _holding(RepoConfig(), beside, there=False)
    try:
        config = parse(text)
        all_configured(config, DefinitionsWhenAsked())
        return _holding(config, beside)
    except UserError as error:
        return _holding(RepoConfig(), beside, error)


async def effective_of(reading: Awaitable[str | None], beside: Elsewhere) -> EffectiveConfig:
    """The same with a file whose text has to be read first; what keeps it from being read is its problem then."""
    try:
        return await asyncio.to_thread(effective, await reading, beside)
    except ConfigError as error:
        return _holding(RepoConfig(), beside, error)


def _holding(
    config: RepoConfig, beside: Elsewhere, wrong: UserError | None = None, *, there: bool = True
) -> EffectiveConfig:
    problem, remedy = ("", "") if wrong is None else (wrong.sentence, wrong.remedy)
    return EffectiveConfig(tuple(_values(config, config, beside)), there, problem, remedy)


def _values(
    config: RepoConfig, section: BaseModel, beside: Elsewhere, above: tuple[str, ...] = ()
) -> Iterator[ConfigValue]:
    """Every key of the file itself, and of what stands below sections those that are decided."""
    shown = section.model_dump(mode="json", exclude_none=True)
    for name in type(section).model_fields:
        key, inner = (*above, name), getattr(section, name)
        if isinstance(inner, BaseModel):
            yield from _values(config, inner, beside, key)
            continue
        value, place = shown.get(name), DEFAULT
        if name in section.model_fields_set:
            place = f"{PATH}:{config.line_of(*key)}"
        elif above == ("triggers",):
            value = beside.triggers.get(name)
        elif above == ("approval",):
            value = getattr(ApprovalRules(), name)
        elif not above and value is None:
            value, place = _instead(name, beside)
        if not above or name in section.model_fields_set or value not in (None, {}, []):
            yield ConfigValue(".".join(key), _words(value), place)


def _instead(name: str, beside: Elsewhere) -> tuple[object, str]:
    """What stands in for a key that the file does not have, and where it comes from."""
    if name in _FROM_SERVER:
        setting = _FROM_SERVER[name]
        place = f"{PREFIX}{setting.upper()} of this server"
        said = setting in beside.settings.model_fields_set
        return getattr(beside.settings, setting), place if said else f"{DEFAULT}, or {place}"
    if name in beside.found:
        return beside.found[name]
    if name in _FOUND:
        return None, "found in the repository, when a run begins"
    return _BUILT_IN.get(name), "the default branch" if name == "base" else DEFAULT


def _words(value: object) -> str:
    """A value as one writes it; "" for what is not decided here."""
    if value is None or value in ([], {}):
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
