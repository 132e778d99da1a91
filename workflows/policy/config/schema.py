"""A JSON schema for `.github/pullwright.yml`, for editors: made from the same model that reads the file."""

from __future__ import annotations

from typing import Any

from workflows.policy.config.repo_config import PATH, RepoConfig

FILE = ".github/pullwright.schema.json"
FIRST_LINE = "# yaml-language-server: $schema=pullwright.schema.json"
"""What a file begins with so that editors find the schema beside it."""


def schema() -> dict[str, Any]:
    """What the file may hold. An editor is told of keys and values; what is more is checked by `config check`."""
    made = RepoConfig.model_json_schema(ref_template="#/definitions/{model}")
    made["definitions"] = made.pop("$defs")
    made |= {
        "$schema": "http://json-schema.org/draft-07/schema#",  # what editors know best
        "title": f"Pullwright's {PATH}",
        "description": "What a repository says about itself to Pullwright. Every key may be left out.",
    }
    _loosen(made)
    return made


def _loosen(part: Any) -> None:
    """Let in what the reader takes besides: one text for a list of them, sizes like 4g, a bare `off`."""
    if isinstance(part, list):
        for one in part:
            _loosen(one)
    if not isinstance(part, dict):
        return
    for one in list(part.values()):
        _loosen(one)
    for name, value in (part.get("properties") or {}).items():
        if name == "memory":
            part["properties"][name] = {**value, "anyOf": [{"type": "string"}, *value.get("anyOf", [])]}
        elif value.get("type") == "array" and (value.get("items") or {}).get("type") == "string":
            part["properties"][name] = _either(value)
    for choices in (part.get("anyOf"),):
        if choices and any(one.get("type") == "array" for one in choices):
            texts = next(one for one in choices if one.get("type") == "array").get("items") or {}
            part["anyOf"] = [*choices, texts] if texts not in choices else choices
    if "off" in (part.get("enum") or ()):
        part["enum"] = [*part["enum"], False]
        part.pop("type", None)


def _either(value: dict[str, Any]) -> dict[str, Any]:
    """A list of texts, or one of them alone."""
    about: dict[str, Any] = {key: value[key] for key in ("default", "title", "description") if key in value}
    listed = {key: one for key, one in value.items() if key not in about}
    return {**about, "anyOf": [listed, value["items"]]}
