"""A pull request that was not there. It is closed with a word why, unless it is merged; a person gets it as a draft."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from sandbox.errors import RollbackRefused
from sandbox.journal import JournalEntry
from workflows.effects.code.check import CHECK_NAME, CheckOperations, cancel
from workflows.effects.conversation.comment import CommentOperations
from workflows.effects.items import PullInfo
from workflows.effects.kind import RemoteEffect, UndoContext, digest
from workflows.errors import Gone, NoDrafts, NotFound, Refused
from workflows.journal import Journal
from workflows.ports import PullDraft
from workflows.text.pull_request.draft_words import HANDED_OVER, NOT_READY, spoken

log = logging.getLogger(__name__)


@runtime_checkable
class PullOperations(CommentOperations, CheckOperations, Protocol):
    """A forge that has pull requests, which can be talked about and have checks."""

    async def pull(self, number: int) -> PullInfo:
        """NotFound where there is none."""
        ...

    async def find_pull(self, branch: str, *, base: str = "", state: str = "open") -> PullInfo | None:
        """The newest one of a branch."""
        ...

    async def create_pull(self, title: str, body: str, *, head: str, base: str, draft: bool = False) -> PullInfo:
        """A new one, or the open one that these branches have. NoDrafts where there can be none."""
        ...

    async def update_pull(
        self,
        number: int,
        *,
        title: str | None = None,
        body: str | None = None,
        base: str | None = None,
        state: str | None = None,
    ) -> PullInfo: ...

    async def set_draft(self, pull: PullInfo, draft: bool) -> None:
        """Refused or Gone where that cannot be."""
        ...


@runtime_checkable
class PullTexts(Protocol):
    """A place without pull requests, where a text stands for the one of a run."""

    async def remove_text(self) -> None:
        """One that is gone is fine."""
        ...


@dataclass(frozen=True, slots=True)
class OpenPull(RemoteEffect):
    """From a branch at `commit`; its result has `number` and `url`, 0 and a path where it is a text."""

    branch: str
    commit: str
    kind: ClassVar[str] = "open_pull"
    undoing: ClassVar[str] = "It is closed with a word why, unless it is merged."
    needs: ClassVar[tuple[type, ...]] = (PullOperations, PullTexts)

    @property
    def target(self) -> str:
        return self.branch

    async def do(self, journal: Journal, pulls: PullOperations, draft: PullDraft) -> PullInfo:
        """Open it, or find the one that an interrupted attempt opened; in words what a draft would say, where there
        are none."""
        made: list[PullInfo] = []

        async def open_() -> dict[str, object]:
            try:
                made.append(await _created(pulls, draft.title, draft.body, draft, draft.draft))
            except NoDrafts:
                made.append(await _created(pulls, *spoken(draft.title, draft.body, NOT_READY), draft, False))
            return {"number": made[0].number, "url": made[0].url}

        await journal.do(self.effect, open_)
        return made[0]

    async def write(self, journal: Journal, path: str, write: Callable[[], Awaitable[None]]) -> None:
        """The text of it, where there are no pull requests."""

        async def act() -> dict[str, object]:
            await write()
            return {"number": 0, "url": path}

        await journal.do(self.effect, act)

    async def obstacle(self, back: UndoContext, entry: JournalEntry) -> str:
        pull = await self.find(back, entry)
        return _merged(pull) if pull is not None and pull.merged else ""

    async def undo(self, back: UndoContext, entry: JournalEntry) -> str:
        if isinstance(back.operations, PullTexts):
            await back.operations.remove_text()
            return ""
        pull, pulls = await self.find(back, entry), pulls_of(back)
        if pull is None:
            return ""
        for commit in dict.fromkeys((pull.head_commit, self.commit)):
            await cancel(pulls, back.run_id, CHECK_NAME, commit, back.run_id)
        if pull.merged:
            raise RollbackRefused(_merged(pull))
        if pull.state == "closed":
            return ""
        if not pulls.is_me(pull.author.login):
            return f"Pull request #{pull.number} is {pull.author.login}'s."
        marker = f"<!-- pullwright:closed:{back.run_id} -->"
        if await pulls.find_comment(pull.number, marker) is None:
            words = f"Run `{back.run_id}`, which made this pull request, was rolled back, so it is closed."
            await pulls.comment(pull.number, f"{marker}\n{words}")
        await pulls.update_pull(pull.number, state="closed")
        return ""

    async def hand_over(self, back: UndoContext, entry: JournalEntry) -> None:
        """It is a draft from now on, or says in words that it is a person's. Nobody merges a text by mistake."""
        pull = None if isinstance(back.operations, PullTexts) else await self.find(back, entry)
        if pull is None or pull.state != "open" or pull.draft:
            return
        pulls = pulls_of(back)
        try:
            await pulls.set_draft(pull, True)
        except (Refused, Gone) as error:
            log.info("#%d cannot be made a draft: %s", pull.number, error)
            title, body = spoken(pull.title, pull.body, HANDED_OVER)
            if (title, digest(body)) != (pull.title, digest(pull.body)):
                await pulls.update_pull(pull.number, title=title, body=body)

    async def find(self, back: UndoContext, entry: JournalEntry) -> PullInfo | None:
        """As it is now; where the answer was lost, by its branch."""
        if isinstance(back.operations, PullTexts):
            return None
        number, pulls = int(str(entry.result.get("number") or 0)), pulls_of(back)
        if number:
            return await pull_of(pulls, number)
        found = await pulls.find_pull(self.branch)
        return found if found is not None and pulls.is_me(found.author.login) else None


async def pull_of(pulls: PullOperations, number: int) -> PullInfo | None:
    """None where there is none."""
    try:
        return await pulls.pull(number)
    except NotFound:
        return None


def pulls_of(back: UndoContext) -> PullOperations:
    """The forge's, which was asked whether it has any."""
    assert isinstance(back.operations, PullOperations), "only a forge that has pull requests is asked about one"
    return back.operations


async def _created(pulls: PullOperations, title: str, body: str, given: PullDraft, draft: bool) -> PullInfo:
    return await pulls.create_pull(title, body, head=given.branch, base=given.base, draft=draft)


def _merged(pull: PullInfo) -> str:
    return (
        f"Pull request #{pull.number} is merged already. "
        f"“Revert” at the end of {pull.url} opens one that takes it back."
    )
