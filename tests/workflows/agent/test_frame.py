"""Our own words in a model's answer are never its content, whichever workflow's prompt they come from."""

from __future__ import annotations

from pathlib import Path

import pytest

import workflows
from workflows.agent.frame import is_frame, own_words, without_frame

HOME = Path(workflows.__file__).parent
PROMPTS = sorted(path.relative_to(HOME) for path in HOME.rglob("*.j2"))


def longest_line(prompt: Path) -> str:
    lines = (HOME / prompt).read_text(encoding="utf-8").splitlines()
    return max((line for line in lines if not {"{", "}"} & set(line)), key=lambda line: len(line.split()))


@pytest.mark.parametrize("prompt", PROMPTS, ids=str)
def test_a_line_of_each_prompt_is_known_for_ours(prompt: Path) -> None:
    line = longest_line(prompt)
    assert is_frame(line), line
    assert own_words(line, 500) == ""
    assert without_frame(f"Mine.\n{line}\nMine, too.") == "Mine.\nMine, too."


@pytest.mark.parametrize(
    "text", ["Totals are rounded before they are added.", "Ignore it.", "The order of the list is kept.", "text"]
)
def test_what_a_model_says_itself_is_kept(text: str) -> None:
    assert not is_frame(text)
    assert own_words(text, 500) == text


@pytest.mark.parametrize("text", ["", "...", '"..."', "<\u2026>", " . "])
def test_what_stands_for_an_answer_is_none(text: str) -> None:
    assert is_frame(text)


def test_markers_are_taken_off_and_what_stands_between_is_kept() -> None:
    assert without_frame("<issue-0123456789abcdef>Add a flag.</issue-0123456789abcdef>") == "Add a flag."
    assert own_words("See issue-0123456789abcdef: add a flag.", 500) == "See : add a flag."


def test_only_so_much_of_an_item_is_kept() -> None:
    assert own_words("a" * 50, 10) == "a" * 10
