"""The smallest JSON that a schema allows: what is required and nothing else, with the first of what may stand there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = Any

_OF_KIND: Mapping[str, Json] = {
    "string": "x",
    "integer": 1,
    "number": 1,
    "boolean": False,
    "null": None,
    "array": [],
    "object": {},
}


def least(schema: Json, components: Mapping[str, Json]) -> Json:
    """A value that fits a schema; `components` are those of the OpenAPI description that its references lead into."""
    if "$ref" in schema:
        return least(components["schemas"][schema["$ref"].rsplit("/", 1)[1]], components)
    for way in ("oneOf", "anyOf"):
        if way in schema:
            return least(schema[way][0], components)
    if "allOf" in schema:
        parts = [least(one, components) for one in schema["allOf"]]
        return {key: value for part in parts for key, value in part.items()}
    if "enum" in schema or "const" in schema:
        return schema.get("const", [*schema.get("enum", ()), None][0])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = "null" if isinstance(kind, list) and "null" in kind else kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        wanted = schema.get("properties", {})
        return {name: least(wanted.get(name, {}), components) for name in schema.get("required", ())}
    return _OF_KIND[kind]
