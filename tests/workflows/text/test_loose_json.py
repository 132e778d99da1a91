"""JSON as models write it, in a text of theirs."""

from __future__ import annotations

import pytest

from workflows.agent.questions import find_json
from workflows.text.loose_json import loosely


@pytest.mark.parametrize(
    "text",
    [
        'In {x} we do:\n```json\n{"a": ["b", "c",],}\n```\nThen {y} is done.',
        "{'a': 1,}\nor rather\n{'a': ['b', 'c'],}",
        '{"a": ["b", // the first\n "c"]}',
        '{"a": ["b", /* and */ "c",]}',
        "{\u201ca\u201d: [\u201cb\u201d, \u201cc\u201d]}",
        '{a: ["b", "c"]}',
        '{\u00a0"a":\u00a0["b",\n "c"]}',
        '{"a": [\n  "b"\n  "c"\n]}',  # in Python one text of two
        '```json\n// as asked\n{"a": ["b", "c"]}\n```',
    ],
)
def test_an_object_is_found_however_it_is_written(text: str) -> None:
    assert find_json(text) == {"a": ["b", "c"]}


def test_what_stands_in_quotation_marks_stays() -> None:
    text = '{"a": "http://b/*c*/, // d ,]", e: "{f: \\"}",}'
    assert loosely(text) == {"a": "http://b/*c*/, // d ,]", "e": '{f: "}'}


@pytest.mark.parametrize(
    "text",
    [
        "/*" * 90_000,
        '"a"' + "\n" * 190_000,
        '{"a' * 60_000,
        "{" * 190_000,
        "{a:" * 60_000,
        ", " * 90_000,
        "{'" * 90_000,
    ],
)
def test_a_hostile_text_is_read_in_no_time(text: str) -> None:
    loosely("{" + text, None)
    with pytest.raises(Exception, match="no JSON"):
        find_json(text)
