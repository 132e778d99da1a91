"""The API as an OpenAPI 3.1 description, made from its table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.api.once import HEADER
from bot.api.operations import ApiOperation
from bot.api.shapes import OrderShape, Problem
from workflows.store.run_events import CURSOR_PATTERN

_ORDERS = ("retry_run", "roll_back", "start_run")
"""Those that may answer with what a worker was asked for."""
_REFUSALS: Mapping[str, str] = {
    "400": "It cannot be read.",
    "401": "No key, or one that is not good.",
    "403": "The key's scope, or its login's role, is not enough.",
    "404": "It is not there, or may not be seen.",
    "409": "The run is not in a state for it.",
    "413": "The body is too large.",
    "415": "The body is of another kind.",
    "422": "Something in it is not as it must be.",
    "429": "That was too often: see Retry-After.",
    "503": "It cannot be known now: see Retry-After.",
}


def description(table: Iterable[ApiOperation]) -> dict[str, Any]:
    """The whole document."""
    table = list(table)
    models: set[type[BaseModel]] = {Problem, OrderShape}
    for one in table:
        models |= {model for model in (one.takes, one.gives) if model is not None}
    named = [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)]
    _, schemas = models_json_schema(named, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    paths: dict[str, dict[str, Any]] = {}
    for one in table:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pullwright", "version": version("pullwright"), "description": _WORDS},
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }


_WORDS = (
    "Keys are made with `pullwright keys create` and sent as `Authorization: Bearer KEY`. Errors are "
    "application/problem+json. A POST with an Idempotency-Key is carried out once."
)


def _operation(one: ApiOperation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.what,
        "description": f"Takes the scope `{one.scope}`.",
        "parameters": [*_in_path(one), *_in_query(one), *(_HEADERS if one.writes else _resuming(one))],
        "responses": {**_done(one), **{status: _refused(words) for status, words in _REFUSALS.items()}},
    }
    if one.takes is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(one.takes)}}}
    return found


def _done(one: ApiOperation) -> dict[str, Any]:
    schema = {"type": "string"} if one.gives is None else _ref(one.gives)
    answers: dict[str, Any] = {"200": {"description": "Done.", "content": {one.kind: {"schema": schema}}}}
    if one.name in _ORDERS:
        content = {"application/json": {"schema": _ref(OrderShape)}}
        answers["202"] = {"description": "A worker was asked for it.", "content": content}
    return answers


def _refused(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/problem+json": {"schema": _ref(Problem)}}}


def _in_path(one: ApiOperation) -> list[dict[str, Any]]:
    named = re.findall(r"{(\w+)}", one.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in named]


def _in_query(one: ApiOperation) -> list[dict[str, Any]]:
    return [
        {"name": field.name, "in": "query", "required": False, "description": field.what, "schema": field.schema}
        for field in one.fields
    ]


def _resuming(one: ApiOperation) -> list[dict[str, Any]]:
    if one.kind != "text/event-stream":
        return []
    what = "The `id` of the last event that was seen."
    schema = {"type": "string", "pattern": f"^(?:{CURSOR_PATTERN})?$"}
    return [{"name": "Last-Event-ID", "in": "header", "required": False, "description": what, "schema": schema}]


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


_HEADERS = [
    {
        "name": HEADER,
        "in": "header",
        "required": False,
        "description": "Sent twice with one, a request is carried out once.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,100}$"},
    }
]
