"""Putting a suggestion in the place of the lines that it was made for: as they stand now, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflows.review_pr.diff.grammar import breaks

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class NotApplied:
    """Why a suggestion is not applied, as a sentence."""

    why: str


def put_in(text: str, record: Mapping[str, str], head: str, then: str | None = None) -> str | NotApplied:
    """The file's text with the suggestion in it. `record` is what was kept of the finding, `head` the commit now.

    The lines have to stand there as they were. Where the branch has moved since, they have to stand there only once,
    and in the text of `then`, in which they were reviewed, too: which of several is left nobody could say. What
    stands there as it suggests already is not put in once more, by whomever it was.
    """
    rows, old = text.split("\n"), _rows(record["lines"])
    bare, start = _rows(text), int(record["start"]) - 1
    found = _places(bare, old)
    if record.get("head") == head and start in found:
        found = [start]
    elif then is not None and (times := len(_places(_rows(then), old))) > 1:
        return NotApplied(f"It is outdated: its lines stood at {times} places, and the branch has moved since.")
    if any(_is_there(bare, at, old, _rows(record["suggestion"])) for at in found):
        return NotApplied("It is there already: the lines stand as it suggests.")
    if not found:
        return NotApplied("It is outdated: the lines that it replaces have changed since, or are gone.")
    if len(found) > 1:
        return NotApplied(f"It is outdated: the lines that it replaces stand at {len(found)} places by now.")
    (at,), suggestion = found, record["suggestion"]
    new = _ended_as(rows, at, len(old), suggestion.split("\n")) if suggestion else []
    after = "\n".join([*rows[:at], *new, *rows[at + len(old) :]])
    if after == text:
        return NotApplied("It changes nothing any more.")
    if breaks(record["path"], text, after):
        return NotApplied("It conflicts with what the file has become: with it the file would not parse.")
    return after


def _ended_as(rows: list[str], at: int, many: int, new: list[str]) -> list[str]:
    """The new lines with the ends of those that they replace, one by one; those of the file's last line, which has
    none of its own, are as before it. A mark of its encoding at the file's begin stays."""
    last = len(rows) - 1
    given = ["\r" if rows[min(one, max(0, last - 1))].endswith("\r") else "" for one in range(at, at + many)]
    found = [f"{row}{given[min(number, many - 1)]}" for number, row in enumerate(new)]
    if at + many > last:
        found[-1] = found[-1].removesuffix("\r")
    if at == 0 and rows[0].startswith(_BOM) and not found[0].startswith(_BOM):
        found[0] = f"{_BOM}{found[0]}"
    return found


def _rows(text: str) -> list[str]:
    return [row.removesuffix("\r") for row in text.split("\n")]


def _places(rows: list[str], wanted: list[str]) -> list[int]:
    """Where some rows stand among others."""
    return [at for at in range(len(rows) - len(wanted) + 1) if rows[at : at + len(wanted)] == wanted]


def _is_there(rows: list[str], at: int, old: list[str], new: list[str]) -> bool:
    """Whether what is to be put in stands around a place already, as it holds what it replaces."""
    if new == old:
        return False
    return any(at >= within and rows[at - within : at - within + len(new)] == new for within in _places(new, old))
