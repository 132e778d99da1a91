"""Checks requests (and what the stand-in answers and delivers) against GitHub's published OpenAPI description.

A check returns sentences, one per deviation; an empty list is agreement. Unknown paths,
unknown query parameters and unknown body fields are deviations too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import ValidationError, best_match  # type: ignore[import-untyped]

from tests.fakes.github import openapi_index

Json = Any

MISSING = (
    "GitHub's OpenAPI description is not installed, so requests are not checked against it; "
    "install it with: .venv/bin/python -m tests.fakes.github --install-openapi"
)

_MISDESCRIBED = {
    # says that an account is a user and an enterprise at once, where GET /app/installations/{id} says or
    ("GET", "/app/installations"),
}

_KNOWN_NULLS = re.compile(r"\blabels\.\d+\.description: None is not")
"""Where GitHub answers null against its description: a label of a pull request that was never described."""


@dataclass(slots=True)
class Description:
    """GitHub's published description, as far as checks need it."""

    index: Mapping[str, Json]
    _validators: dict[str, Draft202012Validator] = field(default_factory=dict)

    def check_request(self, method: str, path: str, query: str, body: bytes) -> list[str]:
        """What is wrong with a request. `path` is percent-encoded, as it came, without the API's prefix."""
        found = self._find(method, path)
        if found is None:
            return [f"{method} {path}: GitHub publishes no such operation"]
        operation, arguments = found
        where = f"{method} {operation['template']}"
        return [
            *self._check_values(where, "path", operation["path"], arguments.items()),
            *self._check_query(where, operation, query),
            *self._check_body(where, operation, body),
        ]

    def check_response(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer of the stand-in's own."""
        found = self._find(method, path)
        if found is None:
            return []
        operation, _ = found
        where = f"{method} {operation['template']} -> {status}"
        if str(status) not in operation["responses"]:
            return [] if status >= 300 else [f"{where}: GitHub publishes no such status"]
        schema = operation["responses"][str(status)]
        if schema is None or status >= 300 or (method, operation["template"]) in _MISDESCRIBED:
            return []
        return self._deviations(where, schema, json.loads(body))

    def check_webhook(self, event: str, payload: Mapping[str, Json]) -> list[str]:
        """What is wrong with a payload that the stand-in delivers."""
        name = f"{event}-{payload['action']}" if "action" in payload else event
        name = name.replace("_", "-")
        schema = self.index["webhooks"].get(name)
        if schema is None:
            return [f"webhook {name}: GitHub publishes no such event"]
        return self._deviations(f"webhook {name}", schema, payload)

    def _find(self, method: str, path: str) -> tuple[Json, dict[str, str]] | None:
        """The operation of a path and its arguments; literal segments win over parameters."""
        segments = path.strip("/").split("/")
        best: tuple[tuple[int, int], Json, dict[str, str]] | None = None
        for operation in self.index["operations"].get(method, []):
            template = operation["template"].strip("/").split("/")
            arguments = _match(template, segments, operation["deep"])
            if arguments is None:
                continue
            rank = (len(arguments), -len(template))
            if best is None or rank < best[0]:
                best = (rank, operation, arguments)
        return None if best is None else (best[1], best[2])

    def _check_query(self, where: str, operation: Json, query: str) -> list[str]:
        given = parse_qsl(query, keep_blank_values=True)
        faults = [
            f"{where}: the query parameter {name!r} is required"
            for name in operation["required_query"]
            if name not in dict(given)
        ]
        return faults + self._check_values(where, "query", operation["query"], given)

    def _check_values(
        self, where: str, kind: str, schemas: Mapping[str, Json], given: Iterable[tuple[str, str]]
    ) -> list[str]:
        faults = []
        for name, text in given:
            if name not in schemas:
                faults.append(f"{where}: unknown {kind} parameter {name!r}")
                continue
            readings = _readings(text)
            if not any(self._validator(schemas[name]).is_valid(value) for value in readings):
                faults.append(f"{where}: {kind} parameter {name}={text!r} is not what GitHub takes")
        return faults

    def _check_body(self, where: str, operation: Json, body: bytes) -> list[str]:
        schemas = operation["body"]
        if not body:
            return [f"{where}: a body is required"] if operation["body_required"] else []
        if not schemas:
            return [] if body == b"{}" else [f"{where}: takes no body"]
        if "application/json" not in schemas:
            return []
        try:
            value = json.loads(body)
        except ValueError as error:
            return [f"{where}: the body is not JSON ({error})"]
        return self._deviations(where, schemas["application/json"], value)

    def _deviations(self, where: str, schema: Json, value: Json) -> list[str]:
        errors = list(self._validator(schema).iter_errors(value))
        return [f"{where}: {sentence}" for sentence in map(_sentence, errors) if not _KNOWN_NULLS.search(sentence)]

    def _validator(self, schema: Json) -> Draft202012Validator:
        key = str(id(schema))  # the index lives as long as we do, so an id names one schema
        if key not in self._validators:
            whole = {"components": self.index["components"], **schema}
            self._validators[key] = Draft202012Validator(whole)
        return self._validators[key]


@cache
def published() -> Description | None:
    """The installed description, None where it is not installed (`MISSING` says what to do)."""
    index = openapi_index.load()
    return None if index is None else Description(index)


def _match(template: list[str], segments: list[str], deep: list[str]) -> dict[str, str] | None:
    """The arguments of a path under a template, None where it does not fit.

    A parameter in `deep` takes several segments, or none at all (`contents/` is the root).
    """
    arguments: dict[str, str] = {}
    for place, part in enumerate(template):
        name = part[1:-1] if part.startswith("{") else ""
        if name in deep and name:
            after = len(template) - place - 1
            if len(segments) - after < place:
                return None
            taken = segments[place : len(segments) - after]
            rest = _match(template[place + 1 :], segments[len(segments) - after :] if after else [], deep)
            return None if rest is None else {**arguments, name: unquote("/".join(taken)), **rest}
        if place >= len(segments) or not (name or part == segments[place]):
            return None
        if name:
            arguments[name] = unquote(segments[place])
    return arguments if len(segments) == len(template) else None


def _readings(text: str) -> list[Json]:
    """What a parameter's text may stand for: itself, a number, a truth value, a list."""
    values: list[Json] = [text, text.split(",")]
    if re.fullmatch(r"-?\d+", text):
        values.append(int(text))
    if text in ("true", "false"):
        values.append(text == "true")
    return values


def _sentence(error: ValidationError) -> str:
    inner = best_match([error]) or error
    place = ".".join(str(part) for part in inner.absolute_path) or "body"
    return f"{place}: {inner.message[:300]}"
