"""The page of the API: each operation as its OpenAPI description has it, with a form that sends it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from bot.access.gate import AccessGate
from bot.access.people.visitors import Need, WebVisit
from bot.admin.drawing import page

Json = Any


@dataclass(frozen=True, slots=True)
class ParameterCard:
    """A value that a request takes beside its body. `at` is path, query or header; `choices` are all that there are."""

    name: str
    at: str
    what: str
    must: bool
    choices: Sequence[str]
    usual: str


@dataclass(frozen=True, slots=True)
class OperationCard:
    """An operation as the page shows it. `body` is an example, "" where none is taken; `fields` say what is in it."""

    name: str
    method: str
    path: str
    what: str
    about: str
    places: Sequence[ParameterCard]
    body: str
    fields: Sequence[tuple[str, str, str]]
    """Of the body: (name, kind, what it is)."""
    is_stream: bool


@dataclass(frozen=True, slots=True)
class ApiPages:
    """`description` is the API's own."""

    gate: AccessGate
    description: Callable[[], Mapping[str, Json]]

    def routes(self) -> Sequence[BaseRoute]:
        return (self.gate.route("/admin/api", self.shown, Need.OPEN),)

    async def shown(self, request: Request, visit: WebVisit) -> Response:
        """For anybody: it says nothing of this installation."""
        return page("api.html", visit.visitor, title="API", cards=cards_of(self.description()))


def cards_of(description: Mapping[str, Json]) -> list[OperationCard]:
    """All operations of an OpenAPI description, in its order."""
    schemas = description["components"]["schemas"]
    return [
        _card(path, method, one, schemas)
        for path, methods in description["paths"].items()
        for method, one in methods.items()
    ]


def _card(path: str, method: str, one: Json, schemas: Json) -> OperationCard:
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    schema = _whole(body, schemas) if body else {}
    example = {name: example_of(field, schemas) for name, field in schema.get("properties", {}).items()}
    must = set(schema.get("required", ()))
    return OperationCard(
        name=one["operationId"],
        method=method.upper(),
        path=path,
        what=one["summary"],
        about=one.get("description", ""),
        places=[_place(field) for field in one["parameters"]],
        body=json.dumps({name: value for name, value in example.items() if name in must}, indent=2) if body else "",
        fields=list(_fields(schema, schemas)),
        is_stream="text/event-stream" in one["responses"]["200"]["content"],
    )


def _place(field: Json) -> ParameterCard:
    schema = field["schema"]
    return ParameterCard(
        name=field["name"],
        at=field["in"],
        what=field.get("description", ""),
        must=bool(field.get("required")),
        choices=[str(one) for one in schema.get("enum", ())],
        usual=str(schema.get("default", "")),
    )


def _fields(schema: Json, schemas: Json) -> Iterator[tuple[str, str, str]]:
    must = set(schema.get("required", ()))
    for name, given in schema.get("properties", {}).items():
        field = _whole(given, schemas)
        kinds = [one.get("type", "") for one in field.get("anyOf", [field])]
        kind = " or ".join("nothing" if one == "null" else str(one) for one in kinds if one)
        usual = f"; by default {json.dumps(field['default'])}" if field.get("default") not in (None, "") else ""
        choices = f"; {', '.join(map(str, field['enum']))}" if "enum" in field else ""
        words = f"{kind}{choices}{usual}{', required' if name in must else ''}"
        yield name, words, str(field.get("description", ""))


def example_of(given: Json, schemas: Json) -> Json:
    """A value that a schema allows."""
    schema = _whole(given, schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    match schema.get("type"):
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "array":
            return []
        case "object":
            return {name: example_of(one, schemas) for name, one in schema.get("properties", {}).items()}
    return "…"


def _whole(schema: Json, schemas: Json) -> Json:
    """A schema itself, where one is only named."""
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
