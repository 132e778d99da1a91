"""Requests are held to an OpenAPI description: paths, parameters, bodies, and fields that it does not name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.github.openapi import Description
from tests.fakes.github.openapi_index import build

Json = Any


def _operation(**more: Json) -> Json:
    return {"responses": {"200": {"description": "Fine."}}, **more}


def _body(schema: Json, *, required: bool = True) -> Json:
    return {"required": required, "content": {"application/json": {"schema": schema}}}


THING = {
    "type": "object",
    "description": "prose",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "description": {"type": "string", "nullable": True},
        "output": {"type": "object", "properties": {"title": {"type": "string"}}},
        "free": {"type": "object", "additionalProperties": True},
    },
    "oneOf": [
        {"properties": {"state": {"enum": ["open"]}}, "additionalProperties": True},
        {"properties": {"state": {"enum": ["closed"]}, "reason": {"type": "string"}}, "required": ["reason"]},
    ],
}

PUBLISHED: Json = {
    "paths": {
        "/things/{id}": {
            "get": _operation(
                parameters=[
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}},
                    {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}},
                ]
            )
        },
        "/things/latest": {"get": _operation()},
        "/files/{path}": {
            "get": _operation(
                parameters=[
                    {"name": "path", "in": "path", "schema": {"type": "string"}, "x-multi-segment": True},
                ]
            )
        },
        "/files/{path}/history": {
            "get": _operation(
                parameters=[
                    {"name": "path", "in": "path", "schema": {"type": "string"}, "x-multi-segment": True},
                    {"name": "deep", "in": "query", "schema": {"type": "boolean"}},
                ]
            )
        },
        "/things": {"post": _operation(requestBody=_body({"$ref": "#/components/schemas/thing"}))},
    },
    "components": {"schemas": {"thing": THING}},
}


@pytest.fixture(scope="module")
def description() -> Description:
    return Description(build(PUBLISHED))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/things/7", "q=x"),
        ("/things/7", "q=x&state=open"),
        ("/things/latest", ""),
        ("/files/a/b%20c.txt", ""),
        ("/files/", ""),
        ("/files/a/b/history", "deep=true"),
    ],
)
def test_what_is_described_passes(description: Description, path: str, query: str) -> None:
    assert description.check_request("GET", path, query, b"") == []


@pytest.mark.parametrize(
    ("path", "query", "problem"),
    [
        ("/nowhere", "", "no such operation"),
        ("/things/seven", "q=x", "id='seven'"),
        ("/things/7", "", "'q' is required"),
        ("/things/7", "q=x&state=ajar", "state='ajar'"),
        ("/things/7", "q=x&colour=red", "unknown query parameter 'colour'"),
        ("/files/a", "deep=true", "unknown query parameter 'deep'"),
    ],
)
def test_what_is_not_described_is_named(description: Description, path: str, query: str, problem: str) -> None:
    (found,) = description.check_request("GET", path, query, b"")
    assert problem in found


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a", "state": "open", "description": null}',
        b'{"name": "a", "state": "closed", "reason": "done", "output": {"title": "t"}}',
        b'{"name": "a", "state": "open", "free": {"what": "ever"}}',
    ],
)
def test_a_body_that_fits_passes(description: Description, body: bytes) -> None:
    assert description.check_request("POST", "/things", "", body) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "a body is required"),
        (b"{", "not JSON"),
        (b'{"state": "open"}', "'name' is a required property"),
        (b'{"name": 1, "state": "open"}', "name: 1 is not of type 'string'"),
        (b'{"name": "a", "state": "open", "colour": "red"}', "'colour' was unexpected"),
        (b'{"name": "a", "state": "open", "output": {"titel": "t"}}', "output: Unevaluated"),
    ],
)
def test_a_body_with_wrong_missing_or_unknown_fields_is_named(
    description: Description, body: bytes, problem: str
) -> None:
    assert any(problem in found for found in description.check_request("POST", "/things", "", body))


def test_prose_is_left_out_but_not_properties_of_that_name() -> None:
    thing = build(PUBLISHED)["components"]["schemas"]["thing"]
    assert "description" not in thing
    assert thing["properties"]["description"] == {"type": ["string", "null"]}
