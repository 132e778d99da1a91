"""Says on the issue that a run still waits for an answer: once for each time that it is due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.channels.github import FORGE, progress_link
from bot.view import messages
from workflows.errors import TransientError, UserError
from workflows.store.database import Store
from workflows.store.records import Question, Run


class ReminderPlace(Protocol):
    """A repository's client, as far as reminding needs it."""

    async def comment(self, number: int, body: str) -> int: ...

    async def find_comment(self, number: int, marker: str) -> object | None: ...


@dataclass(frozen=True, slots=True)
class InAllPlaces:
    """Reminds by several, each of which does so once: what one could not tell is told by it the next time."""

    tellers: Sequence[Callable[[Run, Question, int], Awaitable[None]]]

    async def __call__(self, run: Run, question: Question, number: int) -> None:
        """What the last of them raises that could not, after all were asked."""
        failed: TransientError | UserError | None = None
        for tell in self.tellers:
            try:
                await tell(run, question, number)
            except UserError as error:  # nobody is told there, now or later
                failed = failed or error
            except TransientError as error:
                failed = error
        if failed is not None:
            raise failed


class Reminder:
    """Reminds of runs that came from GitHub; whoever started another one is told by nobody."""

    def __init__(self, store: Store, place: Callable[[int, str], ReminderPlace], web_url: str) -> None:
        self._store = store
        self._place = place
        self._web_url = web_url

    async def __call__(self, run: Run, question: Question, number: int) -> None:
        """Comment on the issue, as reminder `number` of this question. What GitHub's refusals raise."""
        subject = run.subject
        issue = subject.told_on
        if subject.forge != FORGE or not issue:
            return
        mark = f"<!-- pullwright:reminder:{run.id}:{question.segment}:{number} -->"
        place = self._place(subject.installation, subject.repository)
        if await place.find_comment(issue, mark) is None:
            who = (run.inputs.get("requester") or {}).get("login", "")
            link = await progress_link(self._store, self._web_url, run)
            await place.comment(issue, f"{mark}\n{messages.still_waiting(run.id, question, who, link)}")
