"""What a run shows of itself on GitHub: its comment on the issue, and the check on its pull request.

A card knows its text and how to make, find and change itself out there; when that is done
is the outbox's affair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import astuple, dataclass
from typing import Protocol

from bot.channels.channel import Card
from bot.github.api.errors import NotFound
from bot.view.progress import CHECK_NAME, CheckState, check_state, marker, progress
from bot.view.run_view import view_of
from workflows.store.records import Run, Snapshot
from workflows.text.escape import cut
from workflows.values import RunStatus

COMMENT, CHECK = "comment", "check"
_MOST_SUMMARY = 60_000
"""GitHub takes 65,535 for a check's summary."""


class _Identified(Protocol):
    @property
    def id(self) -> int: ...


class Board(Protocol):
    """The part of a repository's client that cards are put up with."""

    async def comment(self, number: int, body: str) -> int: ...

    async def edit_comment(self, comment: int, body: str) -> None: ...

    async def find_comment(self, number: int, marker: str) -> _Identified | None: ...

    async def create_check(
        self,
        name: str,
        commit: str,
        *,
        external_id: str,
        status: str = ...,
        conclusion: str = ...,
        title: str = ...,
        summary: str = ...,
        url: str = ...,
    ) -> _Identified: ...

    async def update_check(
        self,
        check: int,
        *,
        status: str = ...,
        conclusion: str = ...,
        title: str = ...,
        summary: str = ...,
        url: str = ...,
    ) -> _Identified: ...

    async def find_check(self, name: str, commit: str, external_id: str) -> _Identified | None: ...


def cards(
    snapshot: Snapshot, now: float, commands: Collection[str], redact: Callable[[str], str], link: str, board: Board
) -> list[Card]:
    """The cards of a run as it is now, the comment first. `link` leads from the check to more about the run."""
    run, view = snapshot.run, view_of(snapshot, now)
    found: list[Card] = []
    if run.subject.told_on and not _is_quiet(run):
        text = cut(redact(progress(view, commands)))
        found.append(CommentCard(board, run.id, run.subject.repository, run.subject.told_on, text))
    commit = run.state.get("commit")
    if commit and run.state.get("pull", {}).get("number") and run.status is not RunStatus.PENDING:
        found.append(CheckCard(board, run.id, str(commit), _redacted(check_state(view), redact), link))
    return found


def _is_quiet(run: Run) -> bool:
    """Whether nobody asked in words, so that a comment is worth it only where something went wrong."""
    return bool(run.inputs.get("quiet")) and run.status not in (RunStatus.FAILED, RunStatus.WAITING)


def comment_target(run: Run) -> str:
    """Where the comment of a run stands: "owner/name#12"."""
    return run.subject.label


@dataclass(frozen=True, slots=True)
class CommentCard:
    """The progress comment."""

    board: Board
    run_id: str
    repository: str
    issue: int
    text: str
    kind = COMMENT

    @property
    def target(self) -> str:
        return f"{self.repository}#{self.issue}"

    @property
    def digest(self) -> str:
        return _digest(self.text)

    async def find(self) -> str | None:
        found = await self.board.find_comment(self.issue, marker(self.run_id))
        return None if found is None else str(found.id)

    async def make(self) -> str:
        return str(await self.board.comment(self.issue, self.text))

    async def change(self, external_id: str) -> bool:
        return await _is_there(self.board.edit_comment(int(external_id), self.text))


@dataclass(frozen=True, slots=True)
class CheckCard:
    """The check run on the commit that the run made."""

    board: Board
    run_id: str
    commit: str
    state: CheckState
    link: str
    kind = CHECK

    @property
    def target(self) -> str:
        return self.commit

    @property
    def digest(self) -> str:
        return _digest("\0".join([*astuple(self.state), self.link]))

    async def find(self) -> str | None:
        found = await self.board.find_check(CHECK_NAME, self.commit, self.run_id)
        return None if found is None else str(found.id)

    async def make(self) -> str:
        state = self.state
        made = await self.board.create_check(
            CHECK_NAME,
            self.commit,
            external_id=self.run_id,
            status=state.status,
            conclusion=state.conclusion,
            title=state.title,
            summary=state.summary,
            url=self.link,
        )
        return str(made.id)

    async def change(self, external_id: str) -> bool:
        state = self.state
        changing = self.board.update_check(
            int(external_id),
            status=state.status,
            conclusion=state.conclusion,
            title=state.title,
            summary=state.summary,
            url=self.link,
        )
        return await _is_there(changing)


async def _is_there(changing: Awaitable[object]) -> bool:
    """Whether what is changed is there; somebody may have deleted it."""
    try:
        await changing
    except NotFound:
        return False
    return True


def _redacted(state: CheckState, redact: Callable[[str], str]) -> CheckState:
    title, summary = redact(state.title), cut(redact(state.summary), _MOST_SUMMARY)
    return CheckState(state.status, state.conclusion, title, summary)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
