"""What a start takes is read from a form by its kind, and told to programs as a JSON Schema that says the same."""

from __future__ import annotations

import jsonschema
import pytest

from sandbox.errors import UserError
from workflows.registry import STARTED_BY_HAND
from workflows.registry.start_fields import (
    ISSUE_NUMBER,
    MOST_TEXT,
    PLAN_FIRST,
    WORDS,
    FieldKind,
    StartField,
    need_all,
    read_all,
    schema_of,
)

MUST = StartField("hint", FieldKind.TEXT, "The question", must=True)


@pytest.mark.parametrize(("text", "value"), [("7", 7), (" #12 ", 12), ("0012", 12), ("1000000000", 1_000_000_000)])
def test_a_number_is_read(text: str, value: int) -> None:
    assert ISSUE_NUMBER.read(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", None, "0", "-1", "1.5", "1e3", "seven", "٣", "²", "1000000001", "9" * 400, "#", "1 2"]
)
def test_what_is_no_number_is_refused_with_its_name(text: str | None) -> None:
    with pytest.raises(UserError, match="Number of the issue"):
        ISSUE_NUMBER.read(text)


def test_words_and_yes_are_read() -> None:
    assert read_all([WORDS, PLAN_FIRST], {"hint": " as before ", "approve": "yes"}) == {
        "hint": "as before",
        "approve": True,
    }
    assert read_all([WORDS, PLAN_FIRST], {}) == {"hint": "", "approve": False}
    with pytest.raises(UserError, match="too long"):
        WORDS.read("x" * (MOST_TEXT + 1))
    with pytest.raises(UserError, match="The question is empty"):
        MUST.read(" \n")


def test_what_must_be_there_is_missed() -> None:
    need_all([ISSUE_NUMBER, WORDS], {"number": 7, "hint": ""})
    for given in ({}, {"hint": " "}, {"hint": None}):
        with pytest.raises(UserError, match="The question"):
            need_all([MUST], given)


@pytest.mark.parametrize("name", sorted(STARTED_BY_HAND))
def test_each_workflow_says_what_it_takes(name: str) -> None:
    fields = STARTED_BY_HAND[name].fields
    schema = schema_of(fields)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert {one.name for one in fields} <= {"number", "hint", "approve"}, "an order carries these"
    assert "number" in schema["required"]
    whole = {"number": 7, "hint": "How?", "approve": True}
    jsonschema.validate({key: whole[key] for key in schema["properties"]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"number": 0, "hint": "How?"}, schema)
