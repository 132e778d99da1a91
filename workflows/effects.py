"""What runs do outside of their tree: each effect is journaled before it happens, with what it takes to undo it.

An effect's `undo` says what we left, so that undoing it can tell what somebody else changed
since. Whatever a forge makes or changes goes through `Journal.do`, but for the run's own
progress comment and check, reactions, and answers to people: those tell what happened, and
go on telling it after a rollback.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.errors import UserError
from sandbox.journal import Effect, EffectState, Ledger, Where

Act = Callable[[], Awaitable[Mapping[str, object] | None]]
"""Does it; what it gives back is kept with the effect as its result, small and plain JSON."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal, as one attempt at one step writes into it."""

    ledger: Ledger
    where: Where

    async def do(self, effect: Effect, act: Act) -> Mapping[str, object]:
        """Write an effect down, do it, and close it; its result.

        What was refused is closed as failed. Where it is not known what became of it (an answer
        that was lost, a crash) it stays intended, and is found again by the next attempt.
        """
        seq = await asyncio.to_thread(self.ledger.intend, self.where, effect)
        try:
            result = await act() or {}
        except UserError as error:
            await asyncio.to_thread(self.ledger.settle, seq, EffectState.FAILED, {"reason": str(error)})
            raise
        await asyncio.to_thread(self.ledger.settle, seq, EffectState.DONE, result)
        return result

    async def begun(self, kind: str, target: str) -> Mapping[str, object]:
        """How to undo what an earlier attempt at this step was about to do; empty where there is no such thing.

        What was found before that attempt may not be found any more after it.
        """
        for entry in await asyncio.to_thread(self.ledger.entries, self.where.run_id):
            mine = entry.where.step == self.where.step and entry.state is EffectState.INTENDED
            if mine and entry.effect is not None and (entry.effect.kind, entry.effect.target) == (kind, target):
                return entry.effect.undo
        return {}


# --- the kinds of effects --------------------------------------------------------------------------
# A kind reads as a verb with its object, a target as a person would call it.


def create_branch(branch: str, commit: str) -> Effect:
    """A branch that was not there, at `commit`. Undone by deleting it, where it is at a commit of this run."""
    return Effect("create_branch", branch, {"branch": branch, "commit": commit})


def push(branch: str, before: str, after: str, *, others: bool = False) -> Effect:
    """The branch moved forward. Undone by a commit on top; `others` says that commits of other people came along."""
    return Effect(
        "push", branch, {"branch": branch, "before": before, "after": after} | ({"others": "yes"} if others else {})
    )


def open_pull(branch: str, commit: str) -> Effect:
    """A pull request that was not there; its result has `number` and `url`. Undone by closing it, unless merged."""
    return Effect("open_pull", branch, {"branch": branch, "commit": commit})


def update_pull(number: int, before: Mapping[str, object], after: Mapping[str, object]) -> Effect:
    """Title, body and draft state of an open pull request. Undone where they are as we left them."""
    return Effect("update_pull", f"#{number}", {"number": number, "before": dict(before), "after": dict(after)})


def add_labels(number: int, labels: Sequence[str]) -> Effect:
    """Labels that an issue or pull request did not have. Undone where nobody else added them since."""
    return Effect("add_labels", f"#{number}", {"number": number, "labels": list(labels)})


def request_review(number: int, login: str) -> Effect:
    """A request for a review that did not stand yet. Undone where it still stands, and nobody else made it."""
    return Effect("request_review", f"#{number}", {"number": number, "login": login})


def post_comment(number: int, marker: str, body: str) -> Effect:
    """A comment on an issue or pull request; `marker` is in its body, its result has `id`.

    Undone by deleting it, where nobody edited it.
    """
    return Effect("post_comment", f"#{number}", {"number": number, "marker": marker, "digest": digest(body)})


def create_check(name: str, commit: str, external_id: str) -> Effect:
    """A check run on a commit; its result has `id`. Undone by concluding it as cancelled."""
    undo = {"name": name, "commit": commit, "external_id": external_id}
    return Effect("create_check", f"{name} on {commit[:10]}", undo)


def post_review(number: int, marker: str) -> Effect:
    """A review of a pull request; `marker` is in its body, its result has `id`.

    A pending one is undone by deleting it, a verdict by dismissing it; mere comments stay.
    """
    return Effect("post_review", f"#{number}", {"number": number, "marker": marker})


def create_release(tag: str, marker: str) -> Effect:
    """A draft of a release; `marker` is in its body, its result has `id`.

    Undone by deleting it while it is a draft: what was published is for people to take back.
    """
    return Effect("create_release", tag, {"tag": tag, "marker": marker})


def digest(text: str) -> str:
    """What a text is known by, however its lines end and whatever blank space is around it."""
    plain = text.replace("\r\n", "\n").strip()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
