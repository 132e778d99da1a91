"""What an event asks for: decided by the table of triggers, carried out, and answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from bot import choices
from bot.commands import steering
from bot.commands.context import CommandContext, acknowledge
from bot.commands.table import COMMANDS, answer_all
from bot.effective import EffectiveConfig, Elsewhere, effective_of
from bot.view import messages
from bot.webhook import own_configuration
from bot.webhook.decisions import AnswerQuestion, Decision, Ignore, NoteEdit, Refuse, RunCommands, StartRun, Withdraw
from bot.webhook.events.code import BranchPushed, PullChanged
from bot.webhook.events.conversation import About, Commented, Event, IssueChanged, RepositoryChanged
from bot.webhook.facts import Facts, Names
from bot.webhook.routing import beside, route
from bot.webhook.run_inputs import RunRequest
from bot.webhook.sources import FromGitHub, WithoutRules, digest_of
from bot.webhook.start import Starting
from bot.webhook.triggers import TRIGGERS, Trigger, by_default
from sandbox.errors import TransientError, UserError
from workflows.errors import ConfigError, RunError, StoreError
from workflows.policy.config.repo_config import PATH
from workflows.registry import READ_ONLY
from workflows.runs import actions, meant
from workflows.runs.approval import asked_by
from workflows.runs.principal import Party, Principal, Role
from workflows.runs.withdrawal import IssueEdit, note_edit
from workflows.services import Services
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.text.sanitise import sanitised
from workflows.values import Spent

log = logging.getLogger(__name__)

_ONE_ACT_SECONDS = 60.0


@dataclass(slots=True)
class Handler:
    """Handles events. All methods belong to one loop."""

    starting: Starting
    services: Services
    names: Names
    table: Sequence[Trigger] = TRIGGERS
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def errand(self, event: Event | None, guid: str) -> Errand:
        """The way of one event that the delivery `guid` brought; None is one that means nothing to us."""
        return Errand(self, event, guid)

    def turn(self, of: str) -> asyncio.Lock:
        """What has the same name is handled one after the other, in the order in which it came."""
        return self._turns.setdefault(of, asyncio.Lock())


@dataclass(slots=True)
class Errand:
    """One event on its way from its delivery to what comes of it. It can be gone again after a crash."""

    handler: Handler
    event: Event | None
    guid: str
    _decision: Decision | None = None
    _asked_done: bool = False
    """Whether what was asked for has been carried out: what is missing then is nobody's to be told."""

    def turn(self) -> AbstractAsyncContextManager[object]:
        """What happens to one thing is handled in the order in which it came."""
        return self.handler.turn(self.event.subject.label) if isinstance(self.event, About) else nullcontext()

    async def run(self) -> str:
        """Do what is asked for; why nothing is done, or "" where it was.

        UserError where it cannot be done, TransientError or StoreError where it cannot be done now.
        """
        event = self.event
        if isinstance(event, RepositoryChanged):
            self.handler.starting.forget(event.place.repository)
        if not isinstance(event, About):
            return "nothing is done with this"
        noted, refused, why = await self._note_end(event), None, ""
        self._forget_configuration(event)
        try:
            why = await self._carry_out(event)
        except UserError as error:
            refused = error
        else:
            self._asked_done = True
        # Behind the rest, which is not to wait for it, and whatever came of that.
        noted = await self._configuration(event) or noted
        if refused is not None:
            raise refused
        return "" if noted and isinstance(self._decision, Ignore) else why

    async def _carry_out(self, event: About) -> str:
        """What the table has come of an event; why nothing does, or "" where something did."""
        starting = self.handler.starting
        facts = Facts(self.handler.names, FromGitHub(starting, event))
        decision = self._decision = await route(event, facts, self.handler.table)
        also = [await self._beside(event, one, facts) for one in await beside(event, facts, self.handler.table)]
        match decision:
            case Ignore():
                return "" if any(also) else decision.reason
            case Refuse():
                await self._tell(event, _words(decision.error))
                return str(decision.error)
            case StartRun():
                await self._start_all(event, (decision, *decision.also), facts)
            case Withdraw() | NoteEdit():
                assert isinstance(event, IssueChanged), "only issues are withdrawn or edited"
                await self._changed(event, decision)
            case RunCommands() | AnswerQuestion():
                assert isinstance(event, Commented), "only comments hold words"
                await self._steer(event, decision)
        return ""

    async def give_up(self, error: Exception, *, ours: bool = False) -> None:
        """It is not tried again: tell whoever asked, where somebody did. `ours` says that it is a fault of ours."""
        if not isinstance(self.event, About):
            return
        decided = self._decision
        quiet = (
            self._asked_done
            or isinstance(decided, Ignore | Refuse | Withdraw | NoteEdit)
            or (isinstance(decided, StartRun) and not decided.told)
        )
        if quiet or (decided is None and (ours or not await self._is_request(self.event))):
            return
        ends = isinstance(error, UserError) and not ours
        words = _words(error) if ends and isinstance(error, UserError) else messages.our_failure(self.guid)
        await self._tell(self.event, words)

    async def _note_end(self, event: About) -> bool:
        """Keep what became of a pull request of ours, for the history; whether this says so."""
        if not isinstance(event, PullChanged) or event.action not in ("closed", "reopened"):
            return False
        starting = self.handler.starting
        repository = await starting.repository_of(event)
        became = None if event.action == "reopened" else event.pull.merged
        return await starting.runs.store.write(runs.note_pull_end, repository, event.pull.number, became)

    def _forget_configuration(self, event: About) -> None:
        if isinstance(event, BranchPushed) and event.may_touch(PATH):
            self.handler.starting.forget(event.place.repository)

    async def _configuration(self, event: About) -> bool:
        """Tell of the repository's own configuration where this event edits it; whether it does."""
        if isinstance(event, PullChanged) or (isinstance(event, BranchPushed) and event.may_touch(PATH)):
            return await own_configuration.told(self.handler.starting.place(event), event)
        return False

    async def _beside(self, event: About, decision: StartRun, facts: Facts) -> bool:
        """Start what stands beside the rest: that goes on where this is refused."""
        try:
            await self._start(event, decision, facts)
        except StoreError:
            raise
        except UserError as error:
            log.warning("%s: no %s: %s", event.subject.label, decision.workflow, error)
            return False
        return True

    async def _start_all(self, event: About, decisions: Sequence[StartRun], facts: Facts) -> None:
        """Start all of them: one that cannot be started now, or at all, keeps no other one back."""
        failed: TransientError | UserError | None = None
        for one in decisions:
            try:
                await self._start(event, one, facts)
            except (TransientError, UserError) as error:
                failed = error if failed is None or isinstance(error, TransientError) else failed
        if failed is not None:
            raise failed

    async def _start(self, event: About, decision: StartRun, facts: Facts) -> None:
        starting = self.handler.starting
        delivery = f"{self.guid}{decision.part}"
        if isinstance(event, Commented):
            await acknowledge(starting.place(event), event.comment)
        role = await facts.role(event.sender.login)
        request = RunRequest(
            event,
            delivery,
            await facts.config(),
            decision.hint,
            decision.approve,
            outsider=role < Role.WRITE,
            role=max(role, Role.WRITE) if decision.by_rule else role,
            workflow=decision.workflow,
            about=decision.subject,
        )
        run = await starting.start(request)
        if run.inputs.get("delivery") != delivery and decision.told and not _one_act(run, event, decision):
            await starting.tell_of(event, run, self.guid)

    async def _steer(self, event: Commented, decision: RunCommands | AnswerQuestion) -> None:
        """A run is steered from its issue and from its pull request, by one comment at a time."""
        starting = self.handler.starting
        repository = await starting.repository_of(event)
        run = await starting.runs.store.read(meant.meant_by, repository, event.issue.number)
        desk = _desk(self.handler, event, self.guid, repository)
        async with nullcontext() if run is None else self.handler.turn(run.id):
            if isinstance(decision, RunCommands):
                await answer_all(decision.calls, desk)
            elif await steering.answer_question(decision.text, desk):
                await acknowledge(desk.place, event.comment)

    async def _changed(self, event: IssueChanged, decision: Withdraw | NoteEdit) -> None:
        """What is at work on an issue is stopped, or told that the text is another one."""
        starting = self.handler.starting
        repository = await starting.repository_of(event)
        run = await starting.runs.store.read(meant.at_work_on, repository, event.issue.number)
        if run is None:
            return
        login = event.sender.login
        async with self.handler.turn(run.id):
            if isinstance(decision, NoteEdit):
                edit = IssueEdit(login, sanitised(event.issue).digest, decision.asked)
                await starting.runs.store.write(note_edit, run.id, edit)
                await starting.runs.reporter.changed(run.id)
                return
            with suppress(RunError):  # it has ended meanwhile
                who = Principal(login, "github", account=event.sender.id)
                await actions.withdraw(starting.runs, run.id, who, decision.why)

    async def _is_request(self, event: About) -> bool:
        """Whether somebody who may write here asks for something, where the repository's own rules cannot be had."""
        source = FromGitHub(self.handler.starting, event)
        try:
            decision = await route(event, Facts(self.handler.names, WithoutRules(source)), self.handler.table)
            if isinstance(decision, Ignore) or (isinstance(decision, StartRun) and not decision.told):
                return False
            if isinstance(decision, RunCommands) and not any(call.name in COMMANDS for call in decision.calls):
                return False
            return await source.role(event.sender.login) >= Role.WRITE
        except (TransientError, UserError) as error:
            log.warning("%s cannot be told: %s", event.subject.label, error)
            return False

    async def _tell(self, event: About, words: str) -> None:
        """Say where it happened what went wrong, once; where that is not possible the log must do."""
        try:
            await self.handler.starting.tell(event, words)
        except (TransientError, UserError) as error:
            log.warning("%s could not be told: %s", event.subject.label, error)


def _words(error: UserError) -> str:
    return messages.bad_configuration(error) if isinstance(error, ConfigError) else messages.refused(error)


def _one_act(run: Run, event: About, asked: StartRun) -> bool:
    """Whether two triggers are one act of one person: an issue opened with label and assignee sends three events."""
    silent = not isinstance(event, Commented) and not run.inputs["comment"] and asked.approve <= run.options.approve
    same = asked_by(run).is_same(Party(event.sender.login, event.sender.id))
    return silent and same and time.time() - run.created_at < _ONE_ACT_SECONDS


def _desk(handler: Handler, event: Commented, guid: str, repository: str) -> CommandContext:
    """What commands in a comment can reach."""
    starting, settings = handler.starting, handler.starting.settings

    async def start(*, workflow: str, role: Role, hint: str, approve: bool = False) -> Run:
        if event.closed and workflow not in READ_ONLY:
            raise RunError(f"The {event.subject.kind} is closed.", "Reopen it, then ask again.")
        config = await starting.config(event)
        return await starting.start(RunRequest(event, guid, config, hint, approve, role=role, workflow=workflow))

    async def holds() -> EffectiveConfig:
        return await effective_of(starting.place(event).configuration(), Elsewhere(settings, by_default()))

    def need_price(run: Run, spent: Spent) -> None:
        choices.price_warning(settings, run.options.model or settings.model, run.options.bounds.usd, "budget=", spent)

    return CommandContext(
        place=starting.place(event),
        repository=repository,
        number=event.issue.number,
        comment=event.comment,
        login=event.sender.login,
        account=event.sender.id,
        store=starting.runs.store,
        start=start,
        link=starting.link,
        runs=starting.runs,
        services=handler.services,
        reference=f"{event.url} (delivery {guid})",
        written_at=event.at,
        digest=digest_of(event),
        most_usd=settings.max_raised_cost,
        need_price=need_price,
        effective=holds,
    )
