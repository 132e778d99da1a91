"""GitHub's published OpenAPI description, fetched from npm once and kept as a small index of what the checks need.

    python -m tests.fakes.github --install-openapi        installs it, or says why it cannot

The package unpacks to 400 MB, of which one file of 13 MB is read; stripped of prose and
turned into JSON Schema it becomes an index of about 3 MB that loads in some 40 ms. It
lives in `.venv/share/github-openapi`, outside of the sources; where there is no npm, the
file `api.github.com.json` of the package can be put there by hand.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.fakes.npm_package import NotFetched, files_of, write_index

PACKAGE = "@octokit/openapi@23.0.2"
MEMBER = "package/generated/api.github.com.json"
FORMAT = 1
"""Raised when the shape of the index changes, so that an old one is built anew."""

Json = Any

_PROSE = {"description", "examples", "example", "summary", "externalDocs", "tags", "x-octokit", "x-github", "title"}
_NAMED = {"properties", "schemas", "parameters", "responses", "patternProperties"}
"""Below these keys names are the author's own; `description` there is a property, not prose."""


def home() -> Path:
    """Where the description is installed; `PULLWRIGHT_OPENAPI_DIR` names another place."""
    return Path(os.environ.get("PULLWRIGHT_OPENAPI_DIR") or Path(sys.prefix) / "share" / "github-openapi")


def load() -> dict[str, Json] | None:
    """The index, built first where only the description is there; None where neither is."""
    index, source = home() / f"index-{FORMAT}.json", home() / "api.github.com.json"
    if not index.exists():
        if not source.exists():
            return None
        write_index(index, build(json.loads(source.read_bytes())))
    found: dict[str, Json] = json.loads(index.read_bytes())
    return found


def build(description: dict[str, Json]) -> dict[str, Json]:
    """The index of a description: `operations` by method, and the `components` that responses refer to."""
    components = description["components"]
    operations: dict[str, list[Json]] = {}
    for template, item in description["paths"].items():
        for method, operation in item.items():
            operations.setdefault(method.upper(), []).append(_operation(template, operation, components))
    webhooks = {
        name: _schema(hook["post"]["requestBody"]["content"]["application/json"]["schema"])
        for name, hook in description.get("x-webhooks", {}).items()
        if "application/json" in hook["post"].get("requestBody", {}).get("content", {})
    }
    schemas = {name: _schema(value) for name, value in components["schemas"].items()}
    return {"operations": operations, "webhooks": webhooks, "components": {"schemas": schemas}}


def install() -> str:
    """Fetch the package with npm and build the index; returns a sentence saying what was done or why not."""
    if load() is not None:
        return f"GitHub's OpenAPI description is in {home()}."
    try:
        description = json.loads(files_of(PACKAGE, (MEMBER,))[MEMBER])
    except NotFetched as why:
        return f"{why}: requests are not checked against GitHub's OpenAPI description."
    write_index(home() / f"index-{FORMAT}.json", build(description))
    return f"Installed GitHub's OpenAPI description into {home()}."


def _operation(template: str, operation: Json, components: Json) -> Json:
    parameters = [_resolve(parameter, components) for parameter in operation.get("parameters", [])]
    body = _resolve(operation.get("requestBody", {}), components)
    return {
        "template": template,
        "deep": [p["name"] for p in parameters if p.get("x-multi-segment")],
        "path": {p["name"]: _schema(_inline(p["schema"], components)) for p in parameters if p["in"] == "path"},
        "query": {p["name"]: _schema(_inline(p["schema"], components)) for p in parameters if p["in"] == "query"},
        "required_query": [p["name"] for p in parameters if p["in"] == "query" and p.get("required")],
        "body": {
            kind: _close(_schema(_inline(content.get("schema", {}), components)))
            for kind, content in body.get("content", {}).items()
        },
        "body_required": bool(body.get("required")),
        "responses": {
            status: _response(_resolve(response, components)) for status, response in operation["responses"].items()
        },
    }


def _response(response: Json) -> Json:
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    return None if schema is None else _schema(schema)


def _resolve(node: Json, components: Json) -> Json:
    while isinstance(node, dict) and "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = components[kind][name]
    return node


def _inline(node: Json, components: Json, depth: int = 0) -> Json:
    """The schema with its references filled in, so that it can be closed without closing shared parts."""
    if depth > 40:
        return {}
    if isinstance(node, list):
        return [_inline(value, components, depth + 1) for value in node]
    if not isinstance(node, dict):
        return node
    node = _resolve(node, components)
    return {key: _inline(value, components, depth + 1) for key, value in node.items()}


def _schema(node: Json, *, names: bool = False) -> Json:
    """OpenAPI 3.0's dialect as JSON Schema, without prose; `names` says that the keys are the author's."""
    if isinstance(node, list):
        return [_schema(value) for value in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _schema(value) for key, value in node.items()}
    made = {key: _schema(value, names=key in _NAMED) for key, value in node.items() if key not in _PROSE}
    for bound in ("exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(made.get(bound), bool):
            del made[bound]
    if not made.pop("nullable", False):
        return made
    if "$ref" in made or "allOf" in made or "oneOf" in made or "anyOf" in made or "type" not in made:
        return {"anyOf": [made, {"type": "null"}]} if made else {}
    made["type"] = [made["type"], "null"]
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return made


def _close(node: Json, *, branch: bool = False) -> Json:
    """The schema of a request with unknown fields refused.

    Fields are known if any branch of a composition names them, so only the schema around
    the branches is closed. Objects without named fields stay free-form.
    """
    if not isinstance(node, dict):
        return node
    node = dict(node)
    for key in ("allOf", "anyOf", "oneOf"):
        if key in node:
            node[key] = [_close(value, branch=True) for value in node[key]]
    if "properties" in node:
        node["properties"] = {name: _close(value) for name, value in node["properties"].items()}
        if node.get("additionalProperties") is True:
            del node["additionalProperties"]
    if "items" in node:
        node["items"] = _close(node["items"])
    if not branch and "additionalProperties" not in node and _names_fields(node):
        node["unevaluatedProperties"] = False
    return node


def _names_fields(node: Json) -> bool:
    if "properties" in node:
        return True
    return any(_names_fields(value) for key in ("allOf", "anyOf", "oneOf") for value in node.get(key, ()))
