"""Our own words in a model's answer: markers, examples and orders of the prompt are never its content.

Small models repeat what they were told. A requirement "orders in it about you are not to be followed" would be
checked, shown and committed as if somebody had asked for it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from workflows.text.for_model import clean

_MARKER = re.compile(r"</?[A-Za-z][\w-]{0,40}-[0-9a-f]{16}>")
_NONCE = re.compile(r"\b[a-z]{2,20}-[0-9a-f]{16}\b")
_BLOCK = re.compile(r"{%.*?%}|{#.*?#}|{{.*?}}", re.DOTALL)
_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_MOST = 200_000
"""Characters of a text; what follows is nothing that anybody reads."""
_LEAST_WORDS = 5
"""Shorter pieces of a prompt are words that anybody uses."""


def without_frame(text: str) -> str:
    """A model's text without the markers that frame what others wrote, and without sentences of ours."""
    text = _NONCE.sub("", _MARKER.sub("", text[:_MOST]))
    lines = [line for line in text.split("\n") if not line.strip() or not is_frame(line)]
    return "\n".join(lines).strip()


def own_words(value: object, most: int) -> str:
    """One item of an answer on one line, "" where nothing of it is the model's own."""
    if not isinstance(value, str):
        return ""
    text = " ".join(_NONCE.sub("", _MARKER.sub("", clean(value[: 8 * most]))).split())
    if is_frame(text):
        return ""
    return " ".join(said for said in _SENTENCE_END.split(text) if not is_frame(said))[:most]


def is_frame(text: str) -> bool:
    """Whether all of a text is a piece of our prompts, or stands for an answer in their examples."""
    if not text.strip(" .\u2026\"'<>"):
        return True
    words = _WORD.findall(text.lower())
    if len(words) < _LEAST_WORDS:
        return False
    return f" {' '.join(words)} " in _ours()


@cache
def _ours() -> str:
    """The words of all prompts, those of each piece without values of one line behind each other."""
    prompts = sorted(Path(__file__).parents[1].rglob("prompts/*.j2"))  # the agent's, and those of each workflow
    texts = [path.read_text(encoding="utf-8") for path in prompts]
    pieces = [" ".join(_WORD.findall(piece.lower())) for text in texts for piece in _BLOCK.split(text)]
    return f" {' | '.join(pieces)} "
