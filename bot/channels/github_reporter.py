"""Keeps each run's comment and check on GitHub up to date: soon, not too often, and at the end for certain.

Whoever changes a run only says so, from any thread; one task per run, in the loop in which
the reporter was entered, does the posting. Nothing is lost with the process: the database
knows which state of a run is shown, and whatever is behind is found soon, here or by another
worker. Several may tell of one run: who does so holds its pen, and looks at the run only then.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Protocol, Self

from bot.channels.github_surfaces import COMMENT, Board, Card, cards, comment_target
from bot.github.api.errors import NotFound, TransientError, UserError
from workflows.errors import StoreError
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.posts import GIVEN_UP, Pen, Post
from workflows.store.records import Run
from workflows.store.run_rows import runs

log = logging.getLogger(__name__)

FORGE = "github"
"""What the inputs of our runs say under "forge"."""

_AT_ONCE = 4
_SWEEP_SECONDS = 60.0
_REST_SECONDS = 5.0
"""How often runs are looked for that nothing works on any more, and whose last word was not posted."""
_LOOK_BACK_SECONDS = 7 * 24 * 3600.0
_LEASE_SECONDS = 120.0
"""For how long a worker that lives may hold the pen of a run; that of one that left is free at once."""
_WRITING_SECONDS = 90.0
_TURN_SECONDS = 0.5
_DOUBT_SECONDS = 5.0
"""After this a run is shown once more where another's last words may have arrived after ours."""
_CLOSING_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0


class Boards(Protocol):
    """GitHub, as far as the reporter needs it."""

    def repository(self, installation: int, full_name: str) -> Board: ...


@dataclass
class _Turn:
    """What one run's task is told while it works or pauses."""

    dirty: bool = True
    sure: bool = True
    """False where it is not certain that what is out there is what the database says."""
    urgent: asyncio.Event = field(default_factory=asyncio.Event)


class _TheirTurn(TransientError):
    """Another worker has the pen."""


class GitHubReporter:
    """A `workflows.ports.Reporter`; it posts while it is entered (`async with`).

    `seconds` is the least time between two edits of one run's comment; the final state does
    not wait for it. `redact` takes secrets out of a text. `commands` are those that the
    comment may suggest. `me` is the worker that this process is signed in as.
    """

    def __init__(
        self,
        store: Store,
        github: Boards,
        *,
        redact: Callable[[str], str],
        commands: Collection[str] = (),
        web_url: str = "https://github.com",
        seconds: float = 15.0,
        me: str = "the only worker",
    ) -> None:
        self._store = store
        self._github = github
        self._redact = redact
        self._commands = commands
        self._web_url = web_url
        self._seconds = seconds
        self._me = me
        self._mail: deque[tuple[str, bool]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turns: dict[str, _Turn] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._closing = False

    async def changed(self, run_id: str) -> None:
        self._tell(run_id, urgent=False)

    async def ended(self, run_id: str) -> None:
        self._tell(run_id, urgent=True)

    async def catch_up(self, *, quiet_for: float = 0.0, at_rest: bool = False) -> list[str]:
        """Post what is behind: runs whose last change (`quiet_for` seconds ago or more) is not shown yet; their ids.

        `at_rest` leaves out those that somebody works on, who tells of them.
        """
        now = time.time()
        late = await self._store.read(
            posts.behind, COMMENT, FORGE, since=now - _LOOK_BACK_SECONDS, until=now - quiet_for, at_rest=at_rest
        )
        for run_id in late:
            self._tell(run_id, urgent=False)
        return late

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._take_mail()
        self._sweeper = self._loop.create_task(self._sweep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Post what is due, for a few seconds at most; the rest is found at the next start."""
        self._closing = True
        self._take_mail()
        self._loop = None
        for turn in self._turns.values():
            turn.urgent.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSING_SECONDS)
        rest = [self._sweeper, *self._tasks]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    # --- being told ------------------------------------------------------------------------

    def _tell(self, run_id: str, *, urgent: bool) -> None:
        self._mail.append((run_id, urgent))
        if (loop := self._loop) is not None:
            with contextlib.suppress(RuntimeError):  # the loop closed just now: the next start finds it
                loop.call_soon_threadsafe(self._take_mail)

    def _take_mail(self) -> None:
        while self._mail:
            run_id, urgent = self._mail.popleft()
            turn = self._turns.get(run_id)
            if turn is None:
                turn = self._turns[run_id] = _Turn()
                task = asyncio.create_task(self._follow(run_id, turn))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            turn.dirty = True
            if urgent:
                turn.urgent.set()

    async def _sweep(self) -> None:
        """At start and again and again: what was left behind by a crash, or by GitHub's being away for long."""
        quiet_for, again = 0.0, time.monotonic()
        while True:
            all_of_them = time.monotonic() >= again
            try:
                late = await self.catch_up(
                    quiet_for=quiet_for if all_of_them else _REST_SECONDS, at_rest=not all_of_them
                )
                if late:
                    log.info("%d runs are shown on GitHub as they were before; posting them", len(late))
            except (UserError, TransientError) as error:
                log.warning("cannot look for runs whose comments are behind: %s", error)
            if all_of_them:
                quiet_for, again = _SWEEP_SECONDS, time.monotonic() + _SWEEP_SECONDS
            await asyncio.sleep(_REST_SECONDS)

    # --- posting ---------------------------------------------------------------------------

    async def _follow(self, run_id: str, turn: _Turn) -> None:
        """One run's task: shows it, waits until it may be shown again, and ends when nothing is new."""
        failures = 0
        try:
            while turn.dirty:
                turn.dirty = False
                turn.urgent.clear()
                try:
                    async with self._slots:
                        certain = await self._show(run_id, sure=turn.sure)
                except (TransientError, StoreError) as error:  # a full disk passes too
                    turn.dirty = True
                    pause = _pause_after(failures, error.retry_after if isinstance(error, TransientError) else None)
                    failures += 1
                    level = logging.DEBUG if isinstance(error, _TheirTurn) else logging.WARNING
                    log.log(level, "run %s is shown later: %s; trying again in %.1f s", run_id, error, pause)
                    await asyncio.sleep(pause)
                    continue
                failures = 0
                turn.sure = certain
                turn.dirty = turn.dirty or not (certain or self._closing)
                if not self._closing:
                    await _either(turn.urgent, self._seconds if certain else _DOUBT_SECONDS)
        except UserError as error:
            log.warning("run %s cannot be shown on GitHub: %s", run_id, error)
        except Exception:  # the task's root: an error of ours in one run's text must not silence the others
            log.exception("run %s cannot be shown on GitHub: an error of ours", run_id)
        finally:
            self._turns.pop(run_id, None)

    async def _show(self, run_id: str, *, sure: bool) -> bool:
        """Post how the run is now. False where another worker's last words may still arrive after that."""
        run = await self._store.read(runs.get_run, run_id)
        if run.inputs.get("forge") != FORGE or run.options.dry_run:
            return True
        sheet = Post(run.id, COMMENT, comment_target(run))
        pen = await self._store.write(posts.take_pen, sheet, self._me, time.time(), _LEASE_SECONDS)
        if pen is None:
            raise _TheirTurn("another worker is writing", _TURN_SECONDS)
        shown: list[Post] = []
        try:
            async with asyncio.timeout(_WRITING_SECONDS):
                shown = await self._put_all_up(run_id, sure=sure)
        except TimeoutError as error:
            raise TransientError("GitHub takes too long") from error
        finally:
            kept = await self._store.write(posts.lay_down, sheet, self._me, shown)
        return kept and pen is Pen.FREE

    async def _put_all_up(self, run_id: str, *, sure: bool) -> list[Post]:
        """The cards as the run is while we have its pen. Each shows that only once all of them are up."""
        snapshot = await self._store.read(runs.snapshot, run_id)
        run = snapshot.run
        board = self._github.repository(int(run.inputs["installation"]), str(run.inputs["repository"]))
        link = await progress_link(self._store, self._web_url, run)
        told = cards(snapshot, time.time(), self._commands, self._redact, link)
        return [replace(await self._put_up(card, run, board, sure), at=run.updated_at) for card in told]

    async def _put_up(self, card: Card, run: Run, board: Board, sure: bool) -> Post:
        """Have the card stand there as it is, once; a refusal is logged, and stays until the run changes."""
        post = await self._store.write(posts.claim, Post(run.id, card.kind, card.target), time.time())
        if post.external_id and post.digest == card.digest and sure:
            return post
        try:
            number = await _place(card, post, board)
        except UserError as error:
            log.warning("run %s: GitHub refused its %s: %s", run.id, card.kind, error)
            return replace(post, digest=GIVEN_UP)
        made = replace(post, external_id=str(number), digest=card.digest)
        await self._store.write(posts.confirm, made)
        return made


async def progress_link(store: Store, web_url: str, run: Run) -> str:
    """The address of a run's progress comment, "" while there is none."""
    post = await store.read(posts.find, run.id, COMMENT, comment_target(run))
    if post is None or not post.external_id:
        return ""
    where = f"{run.subject.repository}/issues/{run.subject.told_on}"
    return f"{web_url.rstrip('/')}/{where}#issuecomment-{post.external_id}"


async def _place(card: Card, post: Post, board: Board) -> int:
    """Make the card or change the one that is there; its number."""
    number = int(post.external_id) if post.external_id else None
    if number is None and post.at:
        number = await card.find(board)
    if number is not None:
        try:
            await card.change(board, number)
        except NotFound:  # somebody deleted it; the state of the run is told all the same
            number = None
    return await card.make(board) if number is None else number


def _pause_after(failures: int, asked: float | None) -> float:
    """What GitHub asks for, else longer each time."""
    return float(asked if asked is not None else min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE))


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Until the event, or that long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
