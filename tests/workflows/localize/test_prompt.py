"""The section of the planning prompt: bounded, and one line per line whatever the paths contain."""

from __future__ import annotations

from inline_snapshot import snapshot

from workflows.localize.prompt import prompt_section
from workflows.values import RankedFile


def test_the_section_lists_paths_and_telling_lines() -> None:
    ranked = [
        RankedFile("shop/cart.py", 1.5, ("2: def total(self):", "9: class Cart:")),
        RankedFile("shop/mail.py", 0.4),
    ]
    assert prompt_section(ranked) == snapshot(
        """\
1. shop/cart.py
    2: def total(self):
    9: class Cart:
2. shop/mail.py\
"""
    )


def test_nothing_ranked_gives_nothing() -> None:
    assert prompt_section([]) == ""


def test_the_section_is_bounded() -> None:
    long = [RankedFile("d/" * 200 + f"{n}.py", 1.0, ("1: " + "x" * 160,) * 6) for n in range(50)]
    assert len(prompt_section(long)) <= 6_000


def test_a_path_cannot_begin_a_line_of_its_own() -> None:
    assert prompt_section([RankedFile("a\n2. b\u202e.py", 1.0)]).count("\n") == 0
