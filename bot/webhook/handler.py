"""What an event on an issue asks for: decided by what only we and GitHub know, carried out, and answered."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

from bot import choices
from bot.commands import steering, table
from bot.commands.context import Desk, acknowledge
from bot.view import messages
from bot.webhook.events import Commented, Event, OnIssue
from bot.webhook.routing import Answer, Decision, Facts, Ignore, Reply, Start, route
from bot.webhook.triggers import Request, Starting
from sandbox.errors import TransientError, UserError
from workflows.errors import ConfigError, RunError
from workflows.policy.repo_config import RepoConfig, WrongConfig
from workflows.runs.principal import Role, role_of
from workflows.services import Services
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.text.sanitise import sanitised
from workflows.values import Spent

log = logging.getLogger(__name__)

_ONE_ACT_SECONDS = 60.0


@dataclass(slots=True)
class Handling:
    """Handles events; `guid` is always that of the delivery that brought one. All methods belong to one loop."""

    starting: Starting
    services: Services
    facts: Facts
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def turn(self, event: Event | None) -> AbstractAsyncContextManager[object]:
        """What happens on one issue is handled one after the other, in the order in which it came."""
        if not isinstance(event, OnIssue):
            return nullcontext()
        return self._turns.setdefault(f"{event.place.repository}#{event.issue.number}", asyncio.Lock())

    async def decide(self, event: OnIssue, guid: str) -> Decision:
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
            label = error.label if isinstance(error, WrongConfig) else None
            facts, wrong = replace(facts, config=RepoConfig(label=label)), error
        decision = route(event, facts)
        if isinstance(decision, Answer | Ignore):  # each command asks for its own role
            return decision
        decision = route(event, replace(facts, role=await self._role(event)))
        if wrong is not None and isinstance(decision, Start):
            await self.tell(event, messages.bad_configuration(wrong))
            return Ignore(str(wrong))
        return decision

    async def carry_out(self, event: OnIssue, decision: Start | Answer | Reply, guid: str) -> None:
        if isinstance(decision, Answer | Reply):
            assert isinstance(event, Commented), "only comments hold words"
            async with await self._turn_of_run(event):
                await self._steer(event, decision, guid)
            return
        if isinstance(event, Commented):
            await acknowledge(self.starting.place(event), event.comment)
        request = Request(event, guid, await self.starting.config(event), decision.hint, decision.approve)
        run = await self.starting.start(request)
        if run.inputs.get("delivery") != guid and not _one_act(run, event, decision):
            await self.starting.tell_of(event, run, guid)

    async def is_request(self, event: OnIssue) -> bool:
        """Whether somebody who may write here asks for something, where the repository's own rules cannot be had."""
        decision = route(event, replace(self.facts, config=RepoConfig(), asked=False))
        if isinstance(decision, Answer) and not any(call.name in table.COMMANDS for call in decision.calls):
            return False
        if isinstance(decision, Ignore):
            return False
        try:
            return await self._role(event) >= Role.WRITE
        except (TransientError, UserError) as error:
            log.warning("%s#%d cannot be told: %s", event.place.repository, event.issue.number, error)
            return False

    async def tell(self, event: OnIssue, words: str) -> None:
        """Say on the issue what went wrong, once; where that is not possible the log must do."""
        try:
            await self.starting.tell(event, words)
        except (TransientError, UserError) as error:
            log.warning("%s#%d could not be told: %s", event.place.repository, event.issue.number, error)

    @property
    def _store(self) -> Store:
        return self.starting.runs.store

    async def _role(self, event: OnIssue) -> Role:
        return role_of(await self.starting.place(event).permission(event.sender.login))

    async def _is_asked(self, event: OnIssue, guid: str) -> bool:
        if not isinstance(event, Commented):
            return False
        repository = await self.starting.repository_of(event)
        run = await self._store.read(runs.meant_by, repository, event.issue.number)
        return await steering.asks(self._desk(event, guid, repository), run) is not None

    async def _steer(self, event: Commented, decision: Answer | Reply, guid: str) -> None:
        desk = self._desk(event, guid, await self.starting.repository_of(event))
        if isinstance(decision, Answer):
            await table.answer_all(decision.calls, desk)
        elif await steering.answer_question(decision.text, desk):
            await acknowledge(desk.place, event.comment)

    async def _turn_of_run(self, event: Commented) -> AbstractAsyncContextManager[object]:
        """A run is steered from its issue and from its pull request, by one comment at a time."""
        repository = await self.starting.repository_of(event)
        run = await self._store.read(runs.meant_by, repository, event.issue.number)
        return nullcontext() if run is None else self._turns.setdefault(run.id, asyncio.Lock())

    def _need_price(self, run: Run, spent: Spent) -> None:
        settings, bounds = self.starting.settings, run.options.bounds
        choices.price_warning(settings, run.options.model or settings.model, bounds.usd, "budget=", spent)

    def _desk(self, event: Commented, guid: str, repository: str) -> Desk:
        async def explain(*, role: Role, question: str) -> Run:
            config = await self.starting.config(event)
            return await self.starting.start(Request(event, guid, config, question, role=role, workflow="explain"))

        async def start(*, role: Role, hint: str, approve: bool) -> Run:
            if event.on_pull:
                raise RunError("This is a pull request.", "Write the command on the issue that is to be worked on.")
            if event.closed:
                raise RunError("The issue is closed.", "Reopen it, then ask again.")
            request = Request(event, guid, await self.starting.config(event), hint, approve, role=role)
            return await self.starting.start(request)

        return Desk(
            place=self.starting.place(event),
            repository=repository,
            number=event.issue.number,
            comment=event.comment,
            login=event.sender.login,
            store=self._store,
            start=start,
            explain=explain,
            link=self.starting.link,
            runs=self.starting.runs,
            services=self.services,
            reference=f"{event.url} (delivery {guid})",
            written_at=event.at,
            digest="" if event.on_pull else sanitised(event.issue).digest,
            most_usd=self.starting.settings.max_raised_cost,
            need_price=self._need_price,
        )


def _one_act(run: Run, event: OnIssue, asked: Start) -> bool:
    """Whether two triggers are one act of one person: an issue opened with label and assignee sends three events."""
    silent = not isinstance(event, Commented) and not run.inputs["comment"] and asked.approve <= run.options.approve
    same = run.inputs["requester"]["login"] == event.sender.login
    return silent and same and time.time() - run.created_at < _ONE_ACT_SECONDS
