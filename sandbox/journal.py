"""The journal's vocabulary: what changed, where in the run, and how it is kept.

Every change of a run is an `JournalEntry`: a file of the tree (found by comparing two marks, so
whatever tool made it is seen, shell too) or a remote effect (written before it happens,
closed after). The floor above implements `Ledger` over its database; base commit plus
journal rebuilds the tree of any step on any machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

JsonDict = dict[str, object]


class FileAction(StrEnum):
    """What happened to a file. RENAMED carries `old_path`; MODE is a change of mode alone."""

    CREATED = "created"
    MODIFIED = "modified"
    DELETED = "deleted"
    RENAMED = "renamed"
    MODE = "mode"


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file between two marks. Modes are git's ("100644", "100755", "120000"), "" where absent.

    Paths are bytes decoded with `surrogateescape`, so names that are not UTF-8 round-trip.
    Blobs are git object ids, "" where absent.
    """

    path: str
    action: FileAction
    before_mode: str = ""
    after_mode: str = ""
    before_blob: str = ""
    after_blob: str = ""
    old_path: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """The place in the run that a change belongs to. `turn` is the agent's, 0 outside of the agent."""

    run_id: str
    step: str
    attempt: int = 1
    turn: int = 0
    tool: str = ""


class EffectState(StrEnum):
    INTENDED = "intended"
    """Written before the effect; after a crash it is not known whether it happened."""
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"
    KEPT = "kept"
    """A rollback found it changed by somebody else, or was asked to keep it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Something done outside of the tree: a branch, a commit, a push, a pull request, a label, a comment.

    `kind` is a verb with its object ("create_branch", "open_pull"); `target` is what a
    person would call it; `undo` is what is needed to take it back, conditional on finding
    what we left (for a branch: its name and the commit we put there).
    """

    kind: str
    target: str
    undo: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row of the journal, in the order of `seq`. Exactly one of `change` and `effect` is set."""

    seq: int
    where: Where
    at: float
    """Seconds since the epoch."""
    before: str = ""
    """Mark (tree object id) before a file change."""
    after: str = ""
    change: FileChange | None = None
    effect: Effect | None = None
    state: EffectState = EffectState.DONE
    result: Mapping[str, object] = field(default_factory=dict)


class Ledger(Protocol):
    """Where the journal is kept. Every call is one committed transaction when it returns; all are blocking."""

    def append_files(
        self,
        where: Where,
        before: str,
        after: str,
        changes: Sequence[FileChange],
        blobs: Iterable[tuple[str, bytes]],
    ) -> None:
        """Keep the changes between two marks, with the contents (id, bytes) that are not kept yet."""
        ...

    def known_blobs(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` whose contents are kept already."""
        ...

    def blob(self, blob_id: str) -> bytes:
        """The contents of a kept blob; KeyError where there is none."""
        ...

    def intend(self, where: Where, effect: Effect) -> int:
        """Write an effect down before it happens; returns its seq.

        The same (run, step, kind, target) that is still INTENDED, or DONE with the same `undo`,
        is found again: a repeated step does not double its effects.
        """
        ...

    def settle(self, seq: int, state: EffectState, result: Mapping[str, object] | None = None) -> None:
        """Close an effect."""
        ...

    def entries(self, run_id: str) -> list[JournalEntry]:
        """The run's whole journal, oldest first."""
        ...
