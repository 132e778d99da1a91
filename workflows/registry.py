"""The workflows there are, by name. Reading this table loads neither steps nor an engine nor a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from workflows import outcome
from workflows.definition import Definition
from workflows.outcome import Judge, Outcome
from workflows.store.records import Run
from workflows.subject import Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """One workflow: what people call it, what it can be about, and where its parts are, as `module:name`."""

    name: str
    title: str
    takes: tuple[Kind, ...]
    definition: str
    outcome: str


_TABLE = (
    Entry(
        name="issue_to_pr",
        title="Issue to pull request",
        takes=(Kind.ISSUE,),
        definition="workflows.issue_to_pr.definition:ISSUE_TO_PR",
        outcome="workflows.issue_to_pr.outcome:outcome_of",
    ),
    Entry(
        name="explain",
        title="Explain",
        takes=(Kind.ISSUE, Kind.PULL, Kind.PATH),
        definition="workflows.explain.definition:EXPLAIN",
        outcome="workflows.explain.outcome:outcome_of",
    ),
    Entry(
        name="release_notes",
        title="Release notes",
        takes=(Kind.TAG, Kind.BRANCH, Kind.PATH),
        definition="workflows.release_notes.definition:RELEASE_NOTES",
        outcome="workflows.release_notes.outcome:outcome_of",
    ),
)

WORKFLOWS: Mapping[str, Entry] = {entry.name: entry for entry in _TABLE}


def definitions() -> Mapping[str, Definition[Any]]:
    """Every definition; this loads the steps of all of them."""
    return {name: _load(entry.definition) for name, entry in WORKFLOWS.items()}


def outcome_of(run: Run) -> Outcome:
    """What became of a run, in its workflow's words."""
    entry = WORKFLOWS.get(run.workflow)
    judge: Judge = outcome.plain if entry is None else _load(entry.outcome)
    return judge(run)


@cache
def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
