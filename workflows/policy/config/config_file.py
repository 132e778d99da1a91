"""Reading `.github/pullwright.yml`: what is wrong in it is refused with its file, line and remedy."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from workflows.errors import ConfigError
from workflows.policy.config.plain_words import PLAIN
from workflows.policy.config.repo_config import (
    PATH,
    SPECIAL,
    Approval,
    BoxLimits,
    RepoConfig,
    Triggers,
    WorkflowRules,
    Workflows,
)
from workflows.registry import WORKFLOWS

if TYPE_CHECKING:
    from workflows.policy.config.yaml_lines import Lines, Path


class WrongConfig(ConfigError):
    """A file with something wrong in it. `label` is the one that it names all the same: who sets it must be told."""

    label: str | None = None


def parse(text: str, path: str = PATH) -> RepoConfig:
    """The configuration in a file's text; an empty file is one that says nothing.

    Raises ConfigError for the first thing that is wrong in it, WrongConfig where it is YAML at least.
    """
    from workflows.policy.config.yaml_lines import load  # a parser of its own, which few who know these rules need

    document, lines = load(text, path)
    if document is None:
        return RepoConfig()
    if not isinstance(document, dict):
        raise ConfigError("The file must be a mapping of keys.", "Write it like `test: pytest`.", place=f"{path}:1")
    try:
        config = RepoConfig.model_validate(document)
    except ValidationError as error:
        wrong = _first(error, lines, path)
        wrong.label = _label(document)
        raise wrong from None
    _must_be_checks(config, lines, path)
    return config.read_from(lines)


def _must_be_checks(config: RepoConfig, lines: Lines, path: str) -> None:
    """What is required, or not, is a check that there is."""
    known = ("test", "lint", "types", *config.checks)
    for name in config.required:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            remedy = f"Did you mean {close[0]!r}?" if close else f"Known checks: {', '.join(known)}."
            place = f"{path}:{lines.get(('required', name), 1)}"
            wrong = WrongConfig(f"required: there is no check {name!r}.", remedy, place=place)
            wrong.label = config.label
            raise wrong


def _first(error: ValidationError, lines: Lines, path: str) -> WrongConfig:
    """The problem that stands highest in the file, and how many there are beside it."""
    by_key = {_key(detail, lines): detail for detail in error.errors(include_url=False, include_context=False)}
    # of a union (false or commands) each branch complains: the innermost place is the one to mend
    keys = [key for key in by_key if not any(other[: len(key)] == key and other != key for other in by_key)]
    first = min(keys, key=lambda key: lines.get(key, 0))
    found = _explain(by_key[first], first, lines, path)
    others = len(keys) - 1
    if others:
        more = f"There {'is 1 more problem' if others == 1 else f'are {others} more problems'} in the file."
        found = WrongConfig(
            found.sentence.removeprefix(f"{found.place}: "), f"{found.remedy} {more}", place=found.place
        )
    return found


def _label(document: dict[str, Any]) -> str | None:
    try:
        return RepoConfig.model_validate({"label": document.get("label")}).label
    except ValidationError:
        return None


def _explain(detail: ErrorDetails, key: Path, lines: Lines, path: str) -> WrongConfig:
    place = f"{path}:{lines.get(key, 1)}"
    name = ".".join(map(str, key))
    if detail["type"] == "extra_forbidden":
        return _unknown(key, lines, path)
    if key[0] in ("setup", "test", "lint", "types"):
        remedy = "Write a command, a list of commands, or false."
        return WrongConfig(f"{name} is neither a command nor false.", remedy, place=place)
    if detail["type"] in PLAIN:
        what, how = PLAIN[detail["type"]]
        return WrongConfig(f"{name} must be {what}.", f"{how} Or leave it out.", place=place)
    message = detail["msg"].removeprefix("Value error, ")
    given = detail["input"]
    told = repr(given) in message if isinstance(given, str) else not isinstance(given, int | float)
    shown = "" if told else f" It is {str(given)[:80]!r}." if isinstance(given, str) else f" It is {json.dumps(given)}."
    return WrongConfig(f"{name}: {message[:1].lower()}{message[1:]}.{shown}", "Mend it, or leave it out.", place=place)


def _unknown(key: Path, lines: Lines, path: str) -> WrongConfig:
    *parents, name = key
    known = list(_SECTIONS.get(tuple(parents), RepoConfig).model_fields)
    close = difflib.get_close_matches(str(name).lower(), known, n=1)
    remedy = f"Did you mean {close[0]!r}?" if close else f"Known keys: {', '.join(known)}."
    where = f" in {'.'.join(map(str, parents))}" if parents else ""
    return WrongConfig(f"There is no key {str(name)[:60]!r}{where}.", remedy, place=f"{path}:{lines.get(key, 1)}")


_SECTIONS: dict[Path, type[BaseModel]] = {
    ("triggers",): Triggers,
    ("limits",): BoxLimits,
    ("workflows",): Workflows,
    **{("workflows", name): SPECIAL.get(name, WorkflowRules) for name in WORKFLOWS},
    ("approval",): Approval,
}


def _key(detail: ErrorDetails, lines: Lines) -> Path:
    """The place of a problem in the file: pydantic also names the member of a union, which no file has."""
    key: Path = ()
    for part in detail["loc"]:
        if (*key, part) in lines:
            key = (*key, part)
    return key or tuple(detail["loc"][:1])
