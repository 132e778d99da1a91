"""What a workflow takes when a run of it is started, as typed fields: a form is drawn from them, and a JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.errors import UserError

MOST_NUMBER, MOST_TEXT = 1_000_000_000, 10_000


class FieldKind(StrEnum):
    NUMBER = "number"
    """A whole one, from 1 on."""
    TEXT = "text"
    """Words, on several lines."""
    LINE = "line"
    """Words on one line."""
    YES = "yes"
    """Yes or no."""


@dataclass(frozen=True, slots=True)
class StartField:
    """One field. `name` is the API's, `label` what people read, `hint` an example or a word about it.

    `must` says that nothing can be started without it.
    """

    name: str
    kind: FieldKind
    label: str
    hint: str = ""
    must: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        about = {"title": self.label, **({"description": self.hint} if self.hint else {})}
        match self.kind:
            case FieldKind.NUMBER:
                return {"type": "integer", "minimum": 1, "maximum": MOST_NUMBER, **about}
            case FieldKind.YES:
                return {"type": "boolean", "default": False, **about}
            case _:
                return {"type": "string", "minLength": 1 if self.must else 0, "maxLength": MOST_TEXT, **about}

    def read(self, text: str | None) -> str | int | bool:
        """The value of what a form sent, None for nothing; UserError where it is none."""
        if self.kind is FieldKind.YES:
            return bool(text)
        given = (text or "").strip()
        if self.must and not given:
            raise UserError(f"{self.label} is empty.", "It cannot be started without it.")
        if self.kind is not FieldKind.NUMBER:
            if len(given) > MOST_TEXT:
                raise UserError(f"{self.label} is too long.", f"Write at most {MOST_TEXT:,} characters.")
            return given
        number = given.removeprefix("#")
        if not (number.isascii() and number.isdecimal()) or not 1 <= int(number[:12]) <= MOST_NUMBER:
            raise UserError(f"{self.label} is no number.", "Write it as 12.")
        return int(number)


def schema_of(fields: Iterable[StartField]) -> dict[str, Any]:
    """All of them as the JSON Schema of an object."""
    fields = list(fields)
    return {
        "type": "object",
        "properties": {one.name: one.schema for one in fields},
        "required": [one.name for one in fields if one.must],
    }


def read_all(fields: Iterable[StartField], sent: Mapping[str, str]) -> dict[str, str | int | bool]:
    """The values of a form by their names; UserError with the first that is wrong."""
    return {one.name: one.read(sent.get(one.name)) for one in fields}


def need_all(fields: Iterable[StartField], given: Mapping[str, Any]) -> None:
    """UserError where something is missing that must be there."""
    for one in fields:
        value = given.get(one.name)
        if one.must and (value is None or (isinstance(value, str) and not value.strip())):
            raise UserError(f"{one.name}: {one.label} is empty.", "It cannot be started without it.")


ISSUE_NUMBER = StartField("number", FieldKind.NUMBER, "Number of the issue", must=True)
PULL_NUMBER = StartField("number", FieldKind.NUMBER, "Number of the pull request", must=True)
EITHER_NUMBER = StartField("number", FieldKind.NUMBER, "Number of the issue or pull request", must=True)
WORDS = StartField("hint", FieldKind.TEXT, "Words for it", "What it should heed; the model reads them with the issue.")
PLAN_FIRST = StartField("approve", FieldKind.YES, "Show the plan, and wait for a yes")
