"""The kinds of effects there are, by the journal's word for them, and the run's effects as values."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from sandbox.errors import RollbackRefused
from sandbox.journal import Effect, JournalEntry, Ledger
from workflows.effects.code.branch import CreateBranch
from workflows.effects.code.check import CreateCheck
from workflows.effects.code.push import PushCommits
from workflows.effects.code.release import DraftRelease
from workflows.effects.code.release_text import PublishRelease, WriteRelease
from workflows.effects.code.restart import RestartBranch
from workflows.effects.code.withdrawn_draft import DeleteDraft
from workflows.effects.conversation.closed_pull import ClosePull
from workflows.effects.conversation.comment import PostComment
from workflows.effects.conversation.file_comment import CommentOnFile
from workflows.effects.conversation.issue_field import SetIssueField
from workflows.effects.conversation.issue_type import SetIssueType
from workflows.effects.conversation.labels import AddLabels
from workflows.effects.conversation.pull import OpenPull
from workflows.effects.conversation.pull_text import UpdatePull
from workflows.effects.conversation.reply import ReplyInThread
from workflows.effects.conversation.review import PostReview
from workflows.effects.conversation.review_request import RequestReview
from workflows.effects.conversation.thread import ReopenThread, ResolveThread
from workflows.effects.kind import JournaledEffect, RemoteEffect

_TABLE: tuple[type[RemoteEffect], ...] = (
    CreateBranch,
    PushCommits,
    RestartBranch,
    OpenPull,
    UpdatePull,
    ClosePull,
    AddLabels,
    SetIssueType,
    SetIssueField,
    RequestReview,
    PostComment,
    CreateCheck,
    PostReview,
    CommentOnFile,
    ResolveThread,
    ReopenThread,
    ReplyInThread,
    DraftRelease,
    WriteRelease,
    PublishRelease,
    DeleteDraft,
)

EFFECTS: Mapping[str, type[RemoteEffect]] = {kind.kind: kind for kind in _TABLE}


def read(effect: Effect) -> RemoteEffect:
    """The value that a row holds. RollbackRefused for one of a kind, or in a shape, that this version does not know."""
    kind = EFFECTS.get(effect.kind)
    if kind is None:
        raise RollbackRefused(f"It is not known how to undo {effect.kind!r} ({effect.target}).")
    try:
        return kind.read(effect.undo)
    except ValueError:
        raise RollbackRefused(f"What the journal keeps of {effect.kind!r} ({effect.target}) cannot be read.") from None


def known(entries: Sequence[JournalEntry]) -> list[JournaledEffect]:
    """The effects among the entries, but for what this version does not know, and for the undoing itself."""
    found = []
    for entry in entries:
        if entry.effect is not None:
            with suppress(RollbackRefused):
                found.append(JournaledEffect(entry, read(entry.effect)))
    return found


async def effects_of(ledger: Ledger, run_id: str) -> list[JournaledEffect]:
    """A run's effects as the journal holds them now, oldest first."""
    return known(await asyncio.to_thread(ledger.entries, run_id))
