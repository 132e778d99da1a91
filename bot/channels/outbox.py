"""Keeps what is shown of runs up to date on one channel: soon, not too often, and at the end for certain.

A channel knows what to draw and how to put it up (`bot.channels.channel`); all else is here. Whoever changes a run only
says so, from any thread; one task for each run and target, in the loop in which the outbox was entered, does the
posting. Nothing is lost with the process: the database knows which state of a run is shown, and whatever is behind is
found soon, here or by another worker. Several may tell of one run: who does so holds its lease, and looks at the run
only then.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self, TypeVar

from bot.channels.channel import Card, Channel, put_up
from workflows.errors import StoreError, TransientError, UserError
from workflows.runs.feed import Feed
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.posts import GIVEN_UP, NOTHING_TO_SHOW, Lease, Post
from workflows.store.run_events import RESTING, Which
from workflows.store.run_rows import runs

log = logging.getLogger(__name__)

T = TypeVar("T")

_AT_ONCE = 4
_SWEEP_SECONDS = 60.0
_REST_SECONDS = 5.0
"""How often runs are looked for that nothing works on any more, and whose last word was not posted."""
_GRACE_SECONDS = 1.0
"""What the feed tells of is looked for after this: who works on the run mostly tells of it before."""
_LOOK_BACK_SECONDS = 7 * 24 * 3600.0
_LEASE_SECONDS = 120.0
"""For how long a worker that lives may hold the lease of a run; that of one that left is free at once."""
_WRITING_SECONDS = 90.0
_TURN_SECONDS = 0.5
_DOUBT_SECONDS = 5.0
"""After this a run is shown once more where another's last words may have arrived after ours."""
_CLOSING_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0


@dataclass
class _Turn:
    """What one task is told while it works or pauses."""

    dirty: bool = True
    sure: bool = True
    """False where it is not certain that what is out there is what the database says."""
    urgent: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, urgent: bool) -> None:
        self.dirty = True
        if urgent:
            self.urgent.set()


class _TheirTurn(TransientError):
    """Another worker has the lease."""


class Outbox:
    """A `workflows.ports.Reporter` for one channel; it posts while it is entered (`async with`).

    `me` is the worker that this process is signed in as. With a `feed`, runs that come to rest where nobody tells of
    them are seen at once.
    """

    def __init__(
        self, store: Store, channel: Channel, *, me: str = "the only worker", feed: Feed | None = None
    ) -> None:
        self._store = store
        self._channel = channel
        self._me = me
        self._feed = feed
        self._mail: deque[tuple[str, bool]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._addressed: dict[str, bool] = {}
        """Runs whose targets are just being asked for, and whether it is urgent."""
        self._turns: dict[str, dict[str, _Turn]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._closing = False

    async def changed(self, run_id: str) -> None:
        self._tell(run_id, urgent=False)

    async def ended(self, run_id: str) -> None:
        self._tell(run_id, urgent=True)

    async def catch_up(self, *, quiet_for: float = 0.0, at_rest: bool = False) -> list[str]:
        """Post what is behind: runs whose last change (`quiet_for` seconds ago or more) is not shown yet; their ids.

        `at_rest` leaves out those that somebody works on, who tells of them: what is left are last words.
        """
        now = time.time()
        late = await self._channel.behind(since=now - _LOOK_BACK_SECONDS, until=now - quiet_for, at_rest=at_rest)
        for run_id in late:
            self._tell(run_id, urgent=at_rest)
        return late

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._take_mail()
        woken = asyncio.Event()
        self._clocks = [self._loop.create_task(self._sweep(woken))]
        if self._feed is not None:
            self._clocks.append(self._loop.create_task(_listen(self._feed, woken)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Post what is due, for a few seconds at most; the rest is found at the next start."""
        self._closing = True
        self._take_mail()
        self._loop = None
        for turns in self._turns.values():
            for turn in turns.values():
                turn.urgent.set()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_SECONDS):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        rest = [*self._clocks, *self._tasks]
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
            turns = self._turns.get(run_id, {})
            for turn in turns.values():
                turn.tell(urgent)
            if run_id in self._addressed:
                self._addressed[run_id] |= urgent
            elif urgent or not turns:  # else those that there are have been told
                self._addressed[run_id] = urgent
                self._begin(self._address(run_id))

    async def _sweep(self, woken: asyncio.Event) -> None:
        """At start and again and again: what was left behind by a crash, or by the other side's being away for long."""
        quiet_for, at_rest, again = 0.0, False, time.monotonic() + _SWEEP_SECONDS
        while True:
            try:
                late = await self.catch_up(quiet_for=quiet_for, at_rest=at_rest)
                if late:
                    log.info("%d runs are shown as %s as they were before; posting them", len(late), self._channel.name)
            except (UserError, TransientError) as error:
                log.warning("cannot look for runs that are shown as they were before: %s", error)
            heard = await _either(woken, _REST_SECONDS)
            if heard:
                await asyncio.sleep(_GRACE_SECONDS)
                woken.clear()
            at_rest = time.monotonic() < again
            quiet_for = _GRACE_SECONDS if heard else _REST_SECONDS
            if not at_rest:
                quiet_for, again = _SWEEP_SECONDS, time.monotonic() + _SWEEP_SECONDS

    # --- posting ---------------------------------------------------------------------------

    async def _address(self, run_id: str) -> None:
        """Find out where a run is shown, and have it shown there."""
        targets: Sequence[str] = ()
        try:
            with _root(run_id):
                targets = await self._patiently(run_id, lambda: self._targets(run_id))
        finally:
            urgent = self._addressed.pop(run_id)
        for target in targets:
            turns = self._turns.setdefault(run_id, {})
            if target not in turns:
                turns[target] = _Turn()
                self._begin(self._follow(Post(run_id, self._channel.name, target), turns[target]))
            turns[target].tell(urgent)

    async def _targets(self, run_id: str) -> Sequence[str]:
        run = await self._store.read(runs.get_run, run_id)
        return () if run.options.dry_run else await self._channel.targets(run)

    async def _follow(self, sheet: Post, turn: _Turn) -> None:
        """One target's task: shows the run there, waits until it may do so again, and ends when nothing is new."""
        try:
            with _root(sheet.run_id):
                while turn.dirty:
                    turn.sure = await self._patiently(sheet.run_id, lambda: self._take_turn(sheet, turn))
                    turn.dirty = turn.dirty or not (turn.sure or self._closing)
                    if not self._closing:
                        pause = self._channel.seconds(sheet.target) if turn.sure else _DOUBT_SECONDS
                        await _either(turn.urgent, pause)
        finally:
            del self._turns[sheet.run_id][sheet.target]
            if not self._turns[sheet.run_id]:
                del self._turns[sheet.run_id]

    async def _take_turn(self, sheet: Post, turn: _Turn) -> bool:
        turn.dirty = False
        turn.urgent.clear()
        async with self._slots:
            return await self._show(sheet, sure=turn.sure)

    async def _show(self, sheet: Post, *, sure: bool) -> bool:
        """Post how the run is now. False where another worker's last words may still arrive after that."""
        lease = await self._store.write(posts.take_lease, sheet, self._me, time.time(), _LEASE_SECONDS)
        if lease is None:
            raise _TheirTurn("another worker is writing", _TURN_SECONDS)
        shown: list[Post] = []
        try:
            async with asyncio.timeout(_WRITING_SECONDS):
                shown = await self._put_all_up(sheet, sure=sure)
        except TimeoutError as error:
            raise TransientError("the other side takes too long") from error
        finally:
            kept = await self._store.write(posts.give_back, sheet, self._me, shown)
        return kept and lease is Lease.FREE

    async def _put_all_up(self, sheet: Post, *, sure: bool) -> list[Post]:
        """The cards as the run is while we have its lease. Each shows that only once all of them are up."""
        snapshot = await self._store.read(runs.snapshot, sheet.run_id)
        cards = await self._channel.cards(snapshot, sheet.target)
        shown = [await self._put_up(card, sheet.run_id, sure) for card in cards]
        if not any((one.kind, one.target) == (sheet.kind, sheet.target) for one in shown):
            shown.append(replace(sheet, digest=NOTHING_TO_SHOW))
        return [replace(one, at=snapshot.run.updated_at) for one in shown]

    async def _put_up(self, card: Card, run_id: str, sure: bool) -> Post:
        """Have the card stand there as it is, once; a refusal is logged, and stays until the run changes."""
        post = await self._store.write(posts.claim, Post(run_id, card.kind, card.target), time.time())
        if post.external_id and post.digest == card.digest and sure:
            return post
        try:
            external_id = await put_up(card, post, self._store)
        except UserError as error:
            log.warning("run %s: its %s was refused: %s", run_id, card.kind, error)
            return replace(post, digest=GIVEN_UP)
        made = replace(post, external_id=external_id, digest=card.digest)
        await self._store.write(posts.confirm, made)
        return made

    # --- tasks -----------------------------------------------------------------------------

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _patiently(self, run_id: str, act: Callable[[], Awaitable[T]]) -> T:
        """What may pass is tried again, for as long as it takes."""
        failures = 0
        while True:
            try:
                return await act()
            except (TransientError, StoreError) as error:  # a full disk passes too
                pause = _pause_after(failures, error.retry_after if isinstance(error, TransientError) else None)
                level = logging.DEBUG if isinstance(error, _TheirTurn) else logging.WARNING
                log.log(level, "run %s is shown later: %s; trying again in %.1f s", run_id, error, pause)
            failures += 1
            await asyncio.sleep(pause)


@contextlib.contextmanager
def _root(run_id: str) -> Iterator[None]:
    """The root of a task: an error of ours in one run's text must not silence the others."""
    try:
        yield
    except UserError as error:
        log.warning("run %s cannot be shown: %s", run_id, error)
    except Exception:
        log.exception("run %s cannot be shown: an error of ours", run_id)


async def _listen(feed: Feed, woken: asyncio.Event) -> None:
    """Be woken when a run comes to rest, whoever brought it there."""
    while True:
        try:
            async with contextlib.aclosing(feed.follow(which=Which(kinds=RESTING))) as pages:
                async for page in pages:
                    if page.events:
                        woken.set()
        except (UserError, TransientError) as error:
            log.warning("the feed cannot be followed for the moment: %s", error)
            await asyncio.sleep(_REST_SECONDS)


def _pause_after(failures: int, asked: float | None) -> float:
    """What the other side asks for, else longer each time."""
    return float(asked if asked is not None else min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE))


async def _either(event: asyncio.Event, seconds: float) -> bool:
    """Until the event, or that long; whether it was the event."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
