"""Providers' error texts, freed from what must not be seen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.errors import ModelBusy
from workflows.model.manners import Manners, lesson
from workflows.model.refusals import judge, safe
from workflows.model.text_calls import written
from workflows.model.thinking import spoken


@pytest.mark.parametrize(
    "key",
    ["sk-proj-abcdefghijklmnop", "AIzaSyA1234567890abcdef", "Bearer abcdefgh12345678", "0123456789abcdef" * 3],
)
def test_what_looks_like_a_key_is_masked(key: str) -> None:
    assert safe(f"Incorrect key {key} given.") == "Incorrect key *** given."


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=4, max_size=40))
def test_a_known_secret_is_masked_whatever_it_looks_like(key: str) -> None:
    assert key not in safe(f"« {key} »", [key]).replace("***", "")


def test_names_of_models_are_left_readable() -> None:
    assert safe("no model claude-sonnet-4-5-20250929 here") == "no model claude-sonnet-4-5-20250929 here"


def test_a_traceback_is_left_out() -> None:
    assert safe('litellm.APIError: Bad.\nTraceback (most recent call last):\n File "/x/y.py"') == "Bad."


def test_a_pause_that_is_a_date_is_no_pause_in_seconds() -> None:
    class Limited(Exception):
        status_code = 429
        litellm_response_headers = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}  # noqa: RUF012

    error = judge(Limited("slow down"), model="m")
    assert isinstance(error, ModelBusy)
    assert error.retry_after is None


@pytest.mark.parametrize(
    "text",
    [
        "1," * 10_000,
        "1" * 20_000,
        "maximum context length is " + "1," * 9_000,
        "request too large " * 1_000,
        "max_tokens " * 1_800,
    ],
)
def test_a_hostile_refusal_is_looked_at_in_no_time(text: str) -> None:
    class Refused(Exception):
        status_code = 400

    lesson(400, text, Manners(), 8192, tools=True, schema=True)
    judge(Refused(text), model="m")


@pytest.mark.parametrize(
    "text",
    [
        "<function=read>" + "<parameter=a>" * 15_000,
        "```\n" * 50_000,
        "\n{" * 100_000,
        "<tool_call>" * 18_000,
        "functools [" * 18_000,
        "a</think>\n" * 20_000,
    ],
)
def test_a_hostile_answer_is_read_in_no_time(text: str) -> None:
    written(spoken(text), {"read"})
