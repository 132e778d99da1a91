"""The workflows there are, by name and version. Reading this table loads neither steps nor an engine nor a model.

Of a workflow whose runs of before are to go on with steps that are not in its newest version any more, the older
version keeps its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from workflows import outcome
from workflows.definition import Definition
from workflows.outcome import Judge, Outcome
from workflows.registry.start_fields import (
    EITHER_NUMBER,
    ISSUE_NUMBER,
    PLAN_FIRST,
    PULL_NUMBER,
    WORDS,
    FieldKind,
    StartField,
)
from workflows.store.records import Run
from workflows.subject import SubjectKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a workflow: what it is called and can be about, and where its parts are, as `module:name`."""

    name: str
    title: str
    takes: tuple[SubjectKind, ...]
    definition: str
    outcome: str
    command: str = ""
    """The slash command that starts it anew, without its slash; "" where there is none."""
    version: int = 1
    changes: bool = True
    """Whether its runs change anything where there is no forge: else there is nothing to compare or to take back."""
    read_only: bool = False
    """Whether they change nothing anywhere: there is nothing of theirs to approve, or to take back."""
    question: bool = False
    """Whether a run answers what is asked in words (its field `hint`), which is its title then."""
    several: bool = False
    """Whether any number of its runs may be about the same thing at once."""
    fields: tuple[StartField, ...] = ()
    """What a start of it by hand takes beside a repository; nothing, where only an event can start it."""


_TABLE = (
    Entry(
        name="issue_to_pr",
        title="Issue to pull request",
        takes=(SubjectKind.ISSUE,),
        definition="workflows.issue_to_pr.definition:ISSUE_TO_PR",
        outcome="workflows.issue_to_pr.outcome:outcome_of",
        command="fix",
        fields=(ISSUE_NUMBER, WORDS, PLAN_FIRST),
    ),
    Entry(
        name="follow_up",
        title="Follow-up",
        takes=(SubjectKind.PULL,),
        definition="workflows.issue_to_pr.follow_up.definition:FOLLOW_UP",
        outcome="workflows.issue_to_pr.follow_up.outcome:outcome_of",
        fields=(PULL_NUMBER, WORDS),
    ),
    Entry(
        name="explain",
        title="Explain",
        takes=(SubjectKind.ISSUE, SubjectKind.PULL, SubjectKind.PATH),
        definition="workflows.explain.definition:EXPLAIN",
        outcome="workflows.explain.outcome:outcome_of",
        command="explain QUESTION",
        changes=False,
        read_only=True,
        several=True,
        question=True,
        fields=(
            EITHER_NUMBER,
            StartField("hint", FieldKind.TEXT, "The question", "How are slugs made?", must=True),
        ),
    ),
    Entry(
        name="release_notes",
        version=1,
        title="Release notes",
        takes=(SubjectKind.TAG, SubjectKind.BRANCH, SubjectKind.PATH, SubjectKind.ISSUE, SubjectKind.PULL),
        definition="workflows.release_notes.definition:RELEASE_NOTES",
        outcome="workflows.release_notes.outcome:outcome_of",
        command="release-notes",
        several=True,
        fields=(
            EITHER_NUMBER,
            StartField("hint", FieldKind.LINE, "Of what", "v1.0..v2.0, or v2.0; empty for what is new since the last"),
        ),
    ),
    Entry(
        name="notes_withdrawal",
        title="Withdrawal of release notes",
        takes=(SubjectKind.TAG,),
        definition="workflows.release_notes.withdrawal.definition:NOTES_WITHDRAWAL",
        outcome="workflows.release_notes.withdrawal.outcome:outcome_of",
        several=True,
    ),
    Entry(
        name="review_pr",
        version=1,
        title="Review",
        takes=(SubjectKind.PULL, SubjectKind.PATH),
        definition="workflows.review_pr.definition:REVIEW_PR",
        outcome="workflows.review_pr.outcome:outcome_of",
        command="review",
        changes=False,
        fields=(PULL_NUMBER,),
    ),
    Entry(
        name="review_reply",
        title="Review reply",
        takes=(SubjectKind.PULL,),
        definition="workflows.review_pr.reply.definition:REVIEW_REPLY",
        outcome="workflows.review_pr.reply.outcome:outcome_of",
        several=True,
    ),
    Entry(
        name="fix_check",
        title="Test of a fix",
        takes=(SubjectKind.PULL,),
        definition="workflows.triage.fix_check.definition:FIX_CHECK",
        outcome="workflows.triage.fix_check.outcome:outcome_of",
        several=True,
    ),
    Entry(
        name="triage",
        version=1,
        title="Bug triage",
        takes=(SubjectKind.ISSUE,),
        definition="workflows.triage.definition:TRIAGE",
        outcome="workflows.triage.outcome:outcome_of",
        command="triage",
        changes=False,
        fields=(ISSUE_NUMBER,),
    ),
)

VERSIONS: Mapping[tuple[str, int], Entry] = {(entry.name, entry.version): entry for entry in _TABLE}
"""Every row."""

WORKFLOWS: Mapping[str, Entry] = {entry.name: entry for entry in sorted(_TABLE, key=lambda entry: entry.version)}
"""The newest version of each, which runs are started with."""

READ_ONLY = frozenset(entry.name for entry in _TABLE if entry.read_only)
"""Those whose runs change nothing."""

STARTED_BY_HAND: Mapping[str, Entry] = {name: entry for name, entry in WORKFLOWS.items() if entry.fields}
"""Those that a page or the API can start."""


def definitions() -> Mapping[str, Definition[Any]]:
    """The newest definitions by name, and older ones as `name@version`; this loads the steps of all of them."""
    return dict(DefinitionsWhenAsked())


class DefinitionsWhenAsked(Mapping[str, Definition[Any]]):
    """The same, each with its steps loaded when it is asked for: most processes that act on runs need few."""

    def __getitem__(self, name: str) -> Definition[Any]:
        definition: Definition[Any] = _load(_by_name()[name].definition)
        return definition

    def __iter__(self) -> Iterator[str]:
        return iter(_by_name())

    def __len__(self) -> int:
        return len(_by_name())


def _by_name() -> Mapping[str, Entry]:
    older = {f"{name}@{version}": entry for (name, version), entry in VERSIONS.items() if WORKFLOWS[name] is not entry}
    return {**WORKFLOWS, **older}


def entry_of(run: Run) -> Entry | None:
    """The row of a run's workflow, that of its version where there is one; None where there is none any more."""
    return VERSIONS.get((run.workflow, run.version)) or WORKFLOWS.get(run.workflow)


def title_of(workflow: str) -> str:
    """What people call a workflow; its name in words where there is none of that name any more."""
    return WORKFLOWS[workflow].title if workflow in WORKFLOWS else workflow.replace("_", " ")


def outcome_of(run: Run) -> Outcome:
    """What became of a run, in its workflow's words."""
    entry = entry_of(run)
    judge: Judge = outcome.plain if entry is None else _load(entry.outcome)
    return judge(run)


@cache
def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
