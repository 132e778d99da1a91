"""Title, text and draft state of an open pull request. They become what they were, where nobody edited them since."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import ClassVar

from sandbox.journal import JournalEntry
from workflows.effects.conversation.pull import OpenPull, PullOperations, pull_of, pulls_of
from workflows.effects.items import PullInfo
from workflows.effects.kind import JournaledEffect, RemoteEffect, UndoContext, digest
from workflows.errors import Gone, Refused
from workflows.journal import Journal
from workflows.ports import PullDraft
from workflows.text.pull_request.draft_words import NOT_READY, speaks, spoken
from workflows.values import from_json

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PullState:
    """As a pull request had it; `body` is the text itself before, and its digest afterwards."""

    title: str
    body: str
    draft: bool


@dataclass(frozen=True, slots=True)
class UpdatePull(RemoteEffect):
    """Of #`number`; its result is what came of `after`."""

    number: int
    before: PullState
    after: PullState
    kind: ClassVar[str] = "update_pull"
    undoing: ClassVar[str] = "They become what they were, where nobody edited them since."
    needs: ClassVar[tuple[type, ...]] = (PullOperations,)

    @property
    def target(self) -> str:
        return f"#{self.number}"

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        """Nothing where the pull request itself goes: it is closed with the text that tells what it was."""
        if back.goes_too(self._is_opened_by):
            return ""
        pulls = pulls_of(back)
        pull, left = await pull_of(pulls, self.number), self._left(entry)
        if pull is None or pull.state != "open":
            return ""
        now = (pull.title, digest(pull.body))
        if now == (self.before.title, digest(self.before.body)):
            return ""
        if now != (left.title, left.body):
            return f"Somebody edited pull request #{pull.number} meanwhile, so its text stays."
        await pulls.update_pull(pull.number, title=self.before.title, body=self.before.body)
        if pull.draft != self.before.draft:
            try:
                await pulls.set_draft(pull, self.before.draft)
            except (Refused, Gone) as error:
                log.info("#%d keeps its draft state: %s", pull.number, error)
        return ""

    def _is_opened_by(self, one: JournaledEffect) -> bool:
        return isinstance(one.effect, OpenPull) and one.entry.result.get("number") == self.number

    def _left(self, entry: JournalEntry) -> PullState:
        """As we left it: what came of it, where that is known."""
        return from_json(PullState, dict(entry.result)) if "body" in entry.result else self.after


async def bring_up_to_date(pull: PullInfo, draft: PullDraft, journal: Journal, pulls: PullOperations) -> PullInfo:
    """Title, text, base and draft state as they are wanted; words stand for a draft that cannot be had."""
    in_words = draft.draft and not pull.draft and speaks(pull.body)
    title, body = spoken(draft.title, draft.body, NOT_READY) if in_words else (draft.title, draft.body)
    wanted = PullState(title, digest(body), draft.draft and not in_words)
    change = UpdatePull(pull.number, PullState(pull.title, pull.body, pull.draft), wanted)
    begun = await change.begun(journal)
    if not begun and replace(change.before, body=digest(pull.body)) == wanted and pull.base == draft.base:
        return pull
    now: list[PullInfo] = []

    async def update() -> dict[str, object]:
        changed = await pulls.update_pull(pull.number, title=title, body=body, base=draft.base)
        if changed.draft != wanted.draft:
            changed = await _set_draft(pulls, changed, draft)
        now.append(changed)
        return {"title": changed.title, "body": digest(changed.body), "draft": changed.draft}

    if begun:  # what was there before an interrupted attempt is not to be found any more
        change = replace(change, before=UpdatePull.read(begun).before)
    await journal.do(change.effect, update)
    return now[0]


async def _set_draft(pulls: PullOperations, pull: PullInfo, draft: PullDraft) -> PullInfo:
    try:
        await pulls.set_draft(pull, draft.draft)
    except (Refused, Gone) as error:
        log.info("the draft state of #%d could not be set: %s", pull.number, error)
        if not draft.draft:
            return pull
        title, body = spoken(draft.title, draft.body, NOT_READY)
        return await pulls.update_pull(pull.number, title=title, body=body)
    return replace(pull, draft=draft.draft)
