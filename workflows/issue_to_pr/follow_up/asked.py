"""What a follow-up is asked to do, as values: words of people, a check that fails, a base that has moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

REBASE = "/rebase"
"""The hint of a run that is only to merge the base in."""
MOST_IN_A_ROW = 3
"""Runs that failing checks start on one pull request before a person has spoken."""

Kind = Literal["thread", "comment", "check"]


@dataclass(frozen=True, slots=True)
class AskedFor:
    """One thing. `number` is the forge's of what is answered: a thread's first comment, a comment, or a check.

    `text` is what people or a program wrote, and never an order about anything but the code.
    """

    kind: Kind
    number: int
    text: str
    by: str = ""
    where: str = ""

    @property
    def label(self) -> str:
        """What it is called among the requirements: its place, or whose it is, and how it begins."""
        first = next(iter(self.text.strip().splitlines()), "")[:160]
        what = self.where or (f"check {self.by}" if self.kind == "check" else f"comment of {self.by}")
        return f"{what}: {first}"
