"""The version that a range suggests, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass, field

from workflows.release_notes.python_names.broken import NamesRead


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`version` and `reason` are "" where nothing is suggested."""

    version: str = ""
    reason: str = ""
    names: NamesRead = field(default_factory=NamesRead)
