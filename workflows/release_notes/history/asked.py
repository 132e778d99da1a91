"""The range that somebody asks for in words."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import UserError


@dataclass(frozen=True, slots=True)
class NotesRange:
    """Tags, branches or commits. `since` is "" for the release before, `until` for the current branch."""

    since: str = ""
    until: str = ""


def asked_range(text: str) -> NotesRange:
    """FROM..TO, TO alone, or nothing at all; UserError where it is none of those."""
    since, between, until = text.strip().rpartition("..")
    if (between and not (since and until)) or any(part.startswith("-") or " " in part for part in (since, until)):
        raise UserError(f"{text.strip()[:100]!r} is no range.", "Write it as FROM..TO, or TO alone.")
    return NotesRange(since, until)
