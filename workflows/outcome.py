"""What became of a run that went to its end, in the words of its workflow: every face shows it alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workflows.store.records import Run

Conclusion = Literal["success", "neutral", "failure"]
"""Of the check on the commit, as GitHub calls it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what is told at the end: a title of a word or two, and lines of plain text."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished run came to.

    `headline` is one sentence, as Markdown in which words of others are made harmless.
    `exit_code` is the command's: 0 for what was hoped for, 2 for less. `parts` stand below the
    headline on a terminal, and `facts` in its JSON, under these names and none of our own.
    `advice` are slash commands without their slash, most useful first.
    """

    headline: str
    conclusion: Conclusion
    exit_code: int
    text: str = ""
    """What was asked for itself, where it is a text: Markdown that is safe to post."""
    parts: tuple[Part, ...] = ()
    parts_are: str = "Outcome"
    """What the parts are called together: "Checks", "Findings"."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    advice: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return self.exit_code == 0


Judge = Callable[[Run], Outcome]
"""Tells the outcome of a run from what its steps gathered; of a run that is under way, what is known so far."""


def plain(run: Run) -> Outcome:
    """Of a workflow that has no words of its own, or that this version does not know any more."""
    return Outcome("Done.", "neutral", 0)
