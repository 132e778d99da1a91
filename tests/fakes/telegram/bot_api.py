"""The Bot API as Telegram publishes it, which the stand-in and whoever calls it are held to.

    python -m tests.fakes.telegram.bot_api        installs it, or says why it cannot

Telegram publishes prose; `@gramio/types` is made of that by a program for each version, as declarations of TypeScript
whose plain shape (interfaces, unions, lists) is read here into a JSON Schema. It lives in
`.venv/share/telegram-bot-api`, outside of the sources.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

from tests.fakes.npm_package import NotFetched, files_of, write_index

PACKAGE = "@gramio/types@10.3.1"
FORMAT = 1
"""Raised when the shape of the index changes, so that an old one is built anew."""
MISSING = "Telegram's Bot API is not installed: python -m tests.fakes.telegram.bot_api"

Json = Any

_PARAMS, _OBJECTS, _METHODS = (f"package/out/{name}.d.ts" for name in ("params", "objects", "methods"))
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_INTERFACE = re.compile(r"^export interface (\w+)[^{\n]*\{(?:\n(.*?)^)?\}", re.DOTALL | re.MULTILINE)
_ALIAS = re.compile(r"^export type (\w+) =((?:(?!^export ).*\n)*)", re.MULTILINE)
_FIELD = re.compile(r"^    (\w+)(\?)?:((?:.|\n(?!    \w))*)", re.MULTILINE)
_METHOD = re.compile(r"^    (\w+): CallAPI\w*<((?:.|\n(?!    \w))*)>", re.MULTILINE)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\w.]+|\[\]|[|()<>,{}:;]')
_PLAIN = {
    "number": {"type": "number"},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "true": {"const": True},
    "false": {"const": False},
    "Blob": {},
}
_WRITTEN: Json = {"not": {}}
"""What becomes one of the other branches when it is written as JSON: `{ toJSON(): ... }`."""


def home() -> Path:
    return Path(sys.prefix) / "share" / "telegram-bot-api"


def install() -> str:
    """Fetch the declarations and build the index; a sentence saying what was done or why not."""
    index = home() / f"index-{FORMAT}.json"
    if index.exists():
        return f"Telegram's Bot API is in {home()}."
    try:
        found = files_of(PACKAGE, (_PARAMS, _OBJECTS, _METHODS))
    except NotFetched as why:
        return f"{why}: calls are not checked against Telegram's Bot API."
    params, objects, methods = (found[name].decode() for name in (_PARAMS, _OBJECTS, _METHODS))
    write_index(index, build(params, objects, methods))
    return f"Installed Telegram's Bot API into {home()}."


def build(params: str, objects: str, methods: str) -> Json:
    """The index of declarations: `types` by name as JSON Schemas, and of each method what it takes and answers."""
    types = {**_types(objects), **_types(params)}
    calls = {}
    for found in _METHOD.finditer(_COMMENT.sub("", methods)):
        takes, gives = _arguments(found[2])
        calls[found[1]] = {"takes": takes, "gives": gives}
    return {"types": types, "methods": calls}


@dataclass(slots=True)
class BotApi:
    """The published API, as far as checks need it. Each check returns sentences, one per deviation."""

    index: Json
    _validators: dict[str, Draft202012Validator] = field(default_factory=dict)

    def check_call(self, method: str, fields: Json) -> list[str]:
        """What is wrong with what a method was called with."""
        known = self.index["methods"].get(method)
        if known is None:
            return [f"{method}: Telegram publishes no such method"]
        return self._deviations(f"{method} is called", known["takes"], fields)

    def check_answer(self, method: str, result: Json) -> list[str]:
        """What is wrong with a good answer of the stand-in."""
        return self._deviations(f"{method} answers", self.index["methods"][method]["gives"], result)

    def check_update(self, update: Json) -> list[str]:
        """What is wrong with what the stand-in delivers."""
        return self._deviations("an update", {"$ref": "#/$defs/TelegramUpdate"}, update)

    def _deviations(self, what: str, schema: Json, value: Json) -> list[str]:
        key = json.dumps(schema)
        if key not in self._validators:
            self._validators[key] = Draft202012Validator({**schema, "$defs": self.index["types"]})
        errors = self._validators[key].iter_errors(value)
        return [f"{what}: {'.'.join(map(str, one.absolute_path))} {one.message[:300]}" for one in map(_best, errors)]


@cache
def published() -> BotApi | None:
    """The installed API, None where it is not."""
    index = home() / f"index-{FORMAT}.json"
    return BotApi(json.loads(index.read_bytes())) if index.exists() else None


def _best(error: Any) -> Any:
    return best_match([error]) or error


def _types(text: str) -> dict[str, Json]:
    text = _COMMENT.sub("", text)
    found: dict[str, Json] = {}
    for one in _INTERFACE.finditer(text):
        rows = [(name, optional, _type(said)) for name, optional, said in _FIELD.findall(one[2] or "")]
        found[one[1]] = {
            "type": "object",
            "properties": {name: schema for name, _, schema in rows},
            "required": [name for name, optional, _ in rows if not optional],
            "additionalProperties": False,
        }
    return found | {one[1]: _type(one[2]) for one in _ALIAS.finditer(text)}


def _type(text: str) -> Json:
    schema, rest = _union(_TOKEN.findall(text))
    return {} if rest else schema  # what is said in a shape that no other declaration has is not checked


def _arguments(text: str) -> tuple[Json, Json]:
    """What a method takes and answers: `Params.X, Objects.Y`, or the answer alone."""
    first, rest = _union(_TOKEN.findall(text))
    if rest[:1] != [","]:
        return {"type": "object", "maxProperties": 0}, first
    second, left = _union(rest[1:])
    return first, {} if [one for one in left if one != ","] else second


def _union(tokens: list[str]) -> tuple[Json, list[str]]:
    branches, rest = [], tokens[1:] if tokens[:1] == ["|"] else tokens
    while True:
        branch, rest = _item(rest)
        branches += [branch] if branch is not _WRITTEN else []
        if rest[:1] != ["|"]:
            return (branches[0] if len(branches) == 1 else {"anyOf": branches}), rest
        rest = rest[1:]


def _item(tokens: list[str]) -> tuple[Json, list[str]]:
    if not tokens:
        return {}, []
    word, rest = tokens[0], tokens[1:]
    schema: Json
    if word == "(":
        schema, rest = _union(rest)
        rest = rest[1:]
    elif word == "{":
        schema, rest = _WRITTEN, rest[rest.index("}") + 1 :] if "}" in rest else []
    elif rest[:1] == ["<"]:  # Exclude<keyof Objects.TelegramUpdate, "update_id">
        schema, rest = {"type": "string"}, rest[rest.index(">") + 1 :]
    elif word.startswith('"'):
        schema = {"const": json.loads(word)}
    elif word.isdecimal():
        schema = {"const": int(word)}
    elif word in _PLAIN:
        schema = _PLAIN[word]
    else:
        schema = {"$ref": f"#/$defs/{word.removeprefix('Objects.').removeprefix('Params.')}"}
    while rest[:1] == ["[]"]:
        schema, rest = {"type": "array", "items": schema}, rest[1:]
    return schema, rest


if __name__ == "__main__":
    print(install())
