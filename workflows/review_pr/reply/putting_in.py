"""Putting a suggestion in the place of the lines that it was made for: as they stand now, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.review_pr.diff.grammar import breaks


@dataclass(frozen=True, slots=True)
class NotApplied:
    """Why a suggestion is not applied, as a sentence."""

    why: str


def put_in(text: str, record: Mapping[str, str], head: str) -> str | NotApplied:
    """The file's text with the suggestion in it. `record` is what was kept of the finding, `head` the commit now.

    The lines have to stand there as they were, and only once where the branch has moved since: which of several
    was meant nobody could say.
    """
    rows, old = text.split("\n"), [row.removesuffix("\r") for row in record["lines"].split("\n")]
    bare = [row.removesuffix("\r") for row in rows]
    found = [at for at in range(len(bare) - len(old) + 1) if bare[at : at + len(old)] == old]
    start = int(record["start"]) - 1
    if record.get("head") == head and start in found:
        found = [start]
    if not found:
        return NotApplied("It is outdated: the lines that it replaces have changed since, or are gone.")
    if len(found) > 1:
        return NotApplied(f"It is outdated: the lines that it replaces stand at {len(found)} places by now.")
    (at,), suggestion = found, record["suggestion"]
    ending = "\r" if rows[at].endswith("\r") else ""
    new = [f"{row}{ending}" for row in suggestion.split("\n")] if suggestion else []
    if at + len(old) == len(rows) and new:  # the last line has no end of its own
        new[-1] = new[-1].removesuffix("\r")
    after = "\n".join([*rows[:at], *new, *rows[at + len(old) :]])
    if after == text:
        return NotApplied("It changes nothing any more.")
    if breaks(record["path"], text, after):
        return NotApplied("It conflicts with what the file has become: with it the file would not parse.")
    return after
