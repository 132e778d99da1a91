"""The blocks of a Markdown text are those that GitHub finds, with their lines."""

from __future__ import annotations

import pytest

from workflows.text.blocks import blocks


def found(text: str) -> list[tuple[str, list[int] | None]]:
    return [(one.type, one.map) for one in blocks(text) if one.map is not None and one.type != "inline"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("", []),
        ("\n\n", []),
        ("a\nb\n\nc", [("paragraph_open", [0, 2]), ("paragraph_open", [3, 4])]),
        ("> a\n>", [("blockquote_open", [0, 2]), ("paragraph_open", [0, 1])]),
        (">", [("blockquote_open", [0, 1])]),
        ("```\n/fix\n> no", [("fence", [0, 3])]),
        ("~~~\n```\n~~~\na", [("fence", [0, 3]), ("paragraph_open", [3, 4])]),
        ("    /fix", [("code_block", [0, 1])]),
        ("<!--\n/fix\n-->\na", [("html_block", [0, 3]), ("paragraph_open", [3, 4])]),
        ("a\n===", [("heading_open", [0, 2])]),
        ("a\r\n\r\n> b\r\n", [("paragraph_open", [0, 1]), ("blockquote_open", [2, 3]), ("paragraph_open", [2, 3])]),
    ],
)
def test_each_is_found_with_the_first_line_and_the_one_behind_the_last(
    text: str, kinds: list[tuple[str, list[int]]]
) -> None:
    assert found(text) == kinds


def test_what_stands_within_a_paragraph_is_not_read() -> None:
    (line,) = [one for one in blocks("`a` **b** [c](d) <e>") if one.type == "inline"]
    assert line.content == "`a` **b** [c](d) <e>"
    assert not line.children


def test_what_is_nested_without_end_is_read_to_a_depth_and_ends() -> None:
    assert 0 < len(blocks(">" * 50_000 + " /fix")) < 200
    assert 0 < len(blocks("- " * 5_000 + "/fix")) < 200
