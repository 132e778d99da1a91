"""The buttons below a run's message: what its state allows, each bound to the run as it is shown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from enum import StrEnum

from bot.telegram.wire.client import Key, Keys
from workflows.registry import READ_ONLY
from workflows.runs.permission import Action
from workflows.store.database import Store
from workflows.store.records import Snapshot
from workflows.store.telegram import buttons
from workflows.store.telegram.buttons import BUTTON_SECONDS, ChatButton
from workflows.store.telegram.chats import ChatPlace
from workflows.values import RunStatus


class Press(StrEnum):
    """What a button does, as its row and its message call it."""

    APPROVE = "approve"
    REJECT = "reject"
    RETRY = "retry"
    ABORT = "abort"
    ROLLBACK = "roll back"
    """Asks once more: nothing is done by it."""
    ROLLBACK_NOW = "rolled back"
    KEEP = "kept"
    REASON = "reject: why"
    """No button: the message that asks for a reason, which is replied to."""


ACTIONS = {
    Press.APPROVE: Action.APPROVE,
    Press.REJECT: Action.REJECT,
    Press.REASON: Action.REJECT,
    Press.RETRY: Action.RETRY,
    Press.ABORT: Action.ABORT,
    Press.ROLLBACK: Action.ROLLBACK_HARD,
    Press.ROLLBACK_NOW: Action.ROLLBACK_HARD,
    Press.KEEP: Action.STATUS,
}
"""The role that each takes is that of its action."""

_LABELS = {
    Press.APPROVE: "✅ Approve",
    Press.REJECT: "✏️ Reject…",
    Press.RETRY: "🔁 Go on",
    Press.ABORT: "⏹ Abort",
    Press.ROLLBACK: "↩️ Roll back…",
    Press.ROLLBACK_NOW: "↩️ Yes, take all of it back",
    Press.KEEP: "Keep it",
}


def presses(snapshot: Snapshot) -> Sequence[Sequence[Press]]:
    """Those that fit, in rows."""
    return [row for row in _rows(snapshot) if row]


async def keys_of(store: Store, place: ChatPlace, snapshot: Snapshot, rows: Sequence[Sequence[Press]]) -> Keys:
    """Buttons of those kinds, with tokens that are good for a while."""
    return [[await key_of(store, place, snapshot, one) for one in row] for row in rows]


async def key_of(store: Store, place: ChatPlace, snapshot: Snapshot, press: Press) -> Key:
    button = await store.write(buttons.ensure, bound(place, snapshot, press), time.time())
    return Key(_LABELS[press], button.token)


def bound(place: ChatPlace, snapshot: Snapshot, press: Press, *, message: int = 0, account: int = 0) -> ChatButton:
    """What a press means now. In a private chat it is its owner's; in a group anybody's who is linked and may."""
    run, question = snapshot.run, snapshot.question
    binding = question.binding if question is not None else ""
    account = account or (place.chat if place.private else 0)
    until = time.time() + BUTTON_SECONDS
    return ChatButton("", place.id, run.id, press.value, run.segment, binding, account, until, message)


def _rows(snapshot: Snapshot) -> Iterator[Sequence[Press]]:
    run, question = snapshot.run, snapshot.question
    if run.cleaned_on:
        return
    match run.status:
        case RunStatus.WAITING:
            if question is not None and question.kind == "approval":
                yield (Press.APPROVE, Press.REJECT)
            yield (Press.ABORT,)
        case RunStatus.PENDING | RunStatus.RUNNING:
            yield (Press.ABORT,)
        case RunStatus.FAILED | RunStatus.ABORTED:
            yield (Press.RETRY, Press.ROLLBACK) if run.workflow not in READ_ONLY else (Press.RETRY,)
        case RunStatus.COMPLETED if run.workflow not in READ_ONLY:
            yield (Press.ROLLBACK,)
