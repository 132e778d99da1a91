"""Stored deliveries are taken up, oldest first, a few at once, until each has come to its end.

A delivery ends as handled, as ignored for a reason, or as failed with one. What may pass is
tried again later, a bounded number of times; an attempt counts too where the process died of it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

from pydantic_core import from_json

from bot import commands, messages, steering
from bot.access import role_of
from bot.desk import Desk
from bot.events import Commented, Event, OnIssue, RepositoryChanged, parse
from bot.routing import Answer, Decision, Facts, Ignore, Reply, Start, Trigger, route
from bot.starting import Request, Starting
from sandbox.errors import TransientError, UserError
from workflows.errors import ConfigError, RunError
from workflows.repo_config import RepoConfig
from workflows.sanitise import sanitised
from workflows.services import Services
from workflows.store import deliveries, runs
from workflows.store.database import Store
from workflows.store.deliveries import Delivery, DeliveryStatus
from workflows.store.records import Run

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
LEASE_SECONDS = 400.0
"""For how long a delivery is ours: longer than handling it may take, behind others of its issue."""

_HANDLING_SECONDS = 60.0
_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 900.0
_LONGEST_AWAY = 6 * 3600.0
"""Seconds for which a delivery waits for a GitHub that is away: as long as a run's step does."""
_WRITE_ATTEMPTS = 5
_ONE_ACT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of an attempt. `again_in` seconds where it is to be tried once more; not `counted`: as if anew."""

    status: DeliveryStatus
    why: str = ""
    again_in: float = 0.0
    counted: bool = True


@dataclass(slots=True)
class Dispatch:
    """Takes up deliveries while `run` runs; all methods belong to that loop.

    `alone` says that no other process takes up deliveries of this database, so that what is
    claimed at the start was claimed by one that is gone.
    """

    store: Store
    starting: Starting
    services: Services
    facts: Facts
    alone: bool = True
    name: str = "sqlite"
    """Of the worker that this is a part of."""
    at_once: int = 4
    look_seconds: float = 1.0
    pause: float = _FIRST_PAUSE
    """Before the second attempt; it doubles with each one after that."""
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _taking: set[asyncio.Task[None]] = field(default_factory=set)
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def wake(self) -> None:
        """Something was stored: look at once."""
        self._woken.set()

    @property
    def at_work(self) -> int:
        """How many deliveries are being handled."""
        return len(self._taking)

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what is under way is done."""
        self._stopping = True
        self._woken.set()

    def interrupt(self) -> None:
        """`stop`, and give back what is under way: others take it up at once."""
        self.stop()
        for task in self._taking:
            task.cancel()

    async def run(self) -> None:
        if self.alone:
            with suppress(TransientError, UserError):
                await self.store.write(deliveries.release)
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                self._woken.clear()
                claimed = await self._claimed()
                for delivery in claimed:
                    task = group.create_task(self._take(delivery))
                    self._taking.add(task)
                    task.add_done_callback(self._taken)
                if not claimed:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self.look_seconds):
                            await self._woken.wait()

    async def _claimed(self) -> Sequence[Delivery]:
        free = self.at_once - len(self._taking)
        if not free:
            return ()
        try:
            return await self.store.write(deliveries.claim, free, LEASE_SECONDS, self.name)
        except (TransientError, UserError) as error:
            log.warning("deliveries cannot be taken up for the moment: %s", error)
            return ()

    async def _take(self, delivery: Delivery) -> None:
        try:
            event = _event_of(delivery)
            async with self._turn(event):
                outcome = await self._attempt(delivery, event)
                log.info("%s %s: %s %s", delivery.event, delivery.guid, outcome.status, outcome.why)
                if outcome.status is DeliveryStatus.STORED:
                    later = (outcome.again_in, outcome.why, outcome.counted)
                    await self._written(deliveries.put_off, delivery.guid, *later)
                else:
                    await self._written(deliveries.close, delivery.guid, outcome.status, outcome.why)
        except asyncio.CancelledError:
            await self._written(deliveries.hand_back, delivery.guid)
            raise

    def _taken(self, task: asyncio.Task[None]) -> None:
        self._taking.discard(task)
        self._woken.set()

    def _turn(self, event: Event | None) -> AbstractAsyncContextManager[object]:
        """What happens on one issue is handled one after the other, in the order in which it came."""
        if not isinstance(event, OnIssue):
            return nullcontext()
        return self._turns.setdefault(f"{event.place.repository}#{event.issue.number}", asyncio.Lock())

    async def _attempt(self, delivery: Delivery, event: Event | None) -> _Outcome:
        if delivery.attempts > MOST_ATTEMPTS:
            return _Outcome(DeliveryStatus.FAILED, "the process ended at each attempt to handle it")
        if isinstance(event, RepositoryChanged):
            self.starting.forget(event.place.repository)
        if not isinstance(event, OnIssue):
            return _Outcome(DeliveryStatus.IGNORED, "nothing is done with this")
        asked = False
        try:
            async with asyncio.timeout(_HANDLING_SECONDS):
                decision = await self._decide(event, delivery.guid)
                if isinstance(decision, Ignore):
                    return _Outcome(DeliveryStatus.IGNORED, decision.reason)
                asked = True
                await self._carry_out(event, decision, delivery.guid)
                return _Outcome(DeliveryStatus.HANDLED)
        except (TransientError, TimeoutError) as error:
            if (later := self._later(delivery, error)) is not None:
                return later
            why, words = str(error), messages.our_failure(delivery.guid)
        except ConfigError as error:
            why, words = str(error), messages.bad_configuration(error)
        except UserError as error:
            why, words = str(error), messages.refused(error)
        except Exception as error:
            log.exception("delivery %s: an error of ours", delivery.guid)
            why, words = f"{type(error).__name__}: an error of ours, see the log", messages.our_failure(delivery.guid)
        if asked:
            await self._tell(event, words)
        return _Outcome(DeliveryStatus.FAILED, why)

    async def _decide(self, event: OnIssue, guid: str) -> Decision:
        """Ask the pure table again with each thing that only we or GitHub know, until it says no."""
        facts, wrong = self.facts, None
        if isinstance(decision := route(event, facts), Reply):
            facts = replace(facts, asked=await self._is_asked(event, guid))
            decision = route(event, facts)
        if isinstance(decision, Ignore):
            return decision
        try:
            facts = replace(facts, config=await self.starting.config(event))
        except ConfigError as error:
            facts, wrong = replace(facts, config=RepoConfig()), error
        decision = route(event, facts)
        if isinstance(decision, Answer | Ignore):  # each command asks for its own role
            return decision
        role = role_of(await self.starting.place(event).permission(event.sender.login))
        decision = route(event, replace(facts, role=role))
        if wrong is not None and isinstance(decision, Start):
            await self._tell(event, messages.bad_configuration(wrong))
            return Ignore(str(wrong))
        return decision

    async def _is_asked(self, event: OnIssue, guid: str) -> bool:
        if not isinstance(event, Commented):
            return False
        repository = await self.starting.repository_of(event)
        run = await self.store.read(runs.newest_on_issue, repository, event.issue.number)
        return await steering.asks(self._desk(event, guid, repository), run) is not None

    async def _carry_out(self, event: OnIssue, decision: Start | Answer | Reply, guid: str) -> None:
        if isinstance(decision, Answer | Reply):
            assert isinstance(event, Commented), "only comments hold words"
            async with await self._turn_of_run(event):
                await self._steer(event, decision, guid)
            return
        if isinstance(event, Commented):
            await self.starting.place(event).react("eyes", comment=event.comment)
        request = Request(event, guid, await self.starting.config(event), decision.hint)
        run = await self.starting.start(request)
        if run.inputs.get("delivery") != guid and not _one_act(run, event, decision.trigger):
            await self.starting.tell_of(event, run, guid)

    async def _steer(self, event: Commented, decision: Answer | Reply, guid: str) -> None:
        desk = self._desk(event, guid, await self.starting.repository_of(event))
        if isinstance(decision, Answer):
            for call in decision.calls:
                await commands.answer(call, desk)
        elif await steering.answer_question(decision.text, desk):
            await desk.place.react("eyes", comment=event.comment)

    async def _turn_of_run(self, event: Commented) -> AbstractAsyncContextManager[object]:
        """A run is steered from its issue and from its pull request, by one comment at a time."""
        repository = await self.starting.repository_of(event)
        run = await self.store.read(runs.newest_on_issue, repository, event.issue.number)
        return nullcontext() if run is None else self._turns.setdefault(run.id, asyncio.Lock())

    def _desk(self, event: Commented, guid: str, repository: str) -> Desk:
        async def start(*, hint: str, approve: bool) -> Run:
            if event.on_pull:
                raise RunError("This is a pull request.", "Write the command on the issue that is to be worked on.")
            if event.closed:
                raise RunError("The issue is closed.", "Reopen it, then ask again.")
            request = Request(event, guid, await self.starting.config(event), hint, approve)
            return await self.starting.start(request)

        return Desk(
            place=self.starting.place(event),
            repository=repository,
            number=event.issue.number,
            comment=event.comment,
            login=event.sender.login,
            store=self.store,
            start=start,
            link=self.starting.link,
            runs=self.starting.runs,
            services=self.services,
            reference=f"{event.url} (delivery {guid})",
            written_at=event.at,
            digest="" if event.on_pull else sanitised(event.issue).digest,
            most_usd=self.starting.settings.max_raised_cost,
        )

    def _later(self, delivery: Delivery, error: TransientError | TimeoutError) -> _Outcome | None:
        """When it is tried again; None where that would be too often, or GitHub has been away for too long."""
        fresh = time.time() - delivery.received_at < _LONGEST_AWAY
        if isinstance(error, TransientError) and error.away and fresh:
            return _Outcome(DeliveryStatus.STORED, str(error), error.retry_after or self.pause, counted=False)
        if delivery.attempts >= MOST_ATTEMPTS:
            return None
        pause = min(self.pause * 2 ** (delivery.attempts - 1), _LONGEST_PAUSE) * random.uniform(0.8, 1.2)
        asked = error.retry_after if isinstance(error, TransientError) else None
        why = str(error) or "it took too long"
        return _Outcome(DeliveryStatus.STORED, why, max(pause, asked or 0.0))

    async def _tell(self, event: OnIssue, words: str) -> None:
        """Say on the issue what went wrong, once; where that is not possible the log must do."""
        try:
            await self.starting.tell(event, words)
        except (TransientError, UserError) as error:
            log.warning("%s#%d could not be told: %s", event.place.repository, event.issue.number, error)

    async def _written(self, query: Callable[..., None], *args: object) -> None:
        """Keep an outcome. Where the database stays away the claim runs out, and the delivery is taken up again."""
        for attempt in range(_WRITE_ATTEMPTS):
            try:
                await self.store.write(query, *args)
            except (TransientError, UserError) as error:
                log.warning("the outcome of a delivery could not be kept: %s", error)
                await asyncio.sleep(attempt)
            else:
                return


def _event_of(delivery: Delivery) -> Event | None:
    try:
        return parse(delivery.event, from_json(delivery.payload))
    except ValueError:
        return None


def _one_act(run: Run, event: OnIssue, trigger: Trigger) -> bool:
    """Whether two triggers are one act of one person: an issue opened with label and assignee sends three events."""
    silent = trigger in (Trigger.ASSIGNED, Trigger.LABEL, Trigger.OPENED) and not run.inputs["comment"]
    same = run.inputs["requester"]["login"] == event.sender.login
    return silent and same and time.time() - run.created_at < _ONE_ACT_SECONDS
