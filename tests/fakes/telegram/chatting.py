"""Chats over runs in a database, with everything of ours between them; what GitHub says of people is a table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.access.people.roles import GitHubRoles
from bot.acting import NoEngine
from bot.channels.outbox import Outbox
from bot.github.api.models import RepositoryInfo
from bot.telegram.handling import Handling
from bot.telegram.receiving import DutyTimes, Receiving
from bot.telegram.said.desk import ChatDesk
from bot.telegram.said.pressing import Pressing
from bot.telegram.said.talking import Talking
from bot.telegram.shown.channel import TelegramChannel
from bot.telegram.shown.privacy import JustAsked, Privacy
from bot.telegram.wire.client import TelegramClient
from bot.telegram.wire.pace import ChatPace
from tests.fakes.tables import make_tables
from tests.fakes.telegram.server import address, new_world
from tests.fakes.telegram.world import Said, TelegramWorld
from workflows.engine.admission import RunLimits
from workflows.errors import NotFound, TransientError
from workflows.registry import DefinitionsWhenAsked, definitions
from workflows.runs.control import Runs, record_of
from workflows.store.database import Store
from workflows.store.records import Question, Run, StepRun
from workflows.store.run_rows import definition_rows, runs, steps, waits
from workflows.store.telegram import people
from workflows.store.web.run_search import KnownRepository
from workflows.values import Issue, Options, RunStatus, StepStatus, to_json

ISSUE = Issue(7, "add() subtracts", "It does.")
NAME, SECRET = "octo/adder", "octo/secret"
ALICE, BOB, GROUP, SUPERGROUP = 41, 42, -77, -1_000_000_000_077
PATIENCE = 8.0


@dataclass
class HubTable:
    """What GitHub says: who is what where, what is private, how issues are. While `away` it does not answer."""

    roles: dict[tuple[str, str], str] = field(default_factory=dict)
    private: set[str] = field(default_factory=lambda: {SECRET})
    issues: dict[int, Issue] = field(default_factory=lambda: {7: ISSUE})
    away: bool = False
    asked: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    """Whose a login is by now, where it was another account's before."""

    def repository(self, installation: int, full_name: str) -> _HubRepository:
        return _HubRepository(self, full_name)

    async def issue(self, run: Run) -> Issue:
        self.answer()
        if (found := self.issues.get(run.subject.number)) is None:
            raise NotFound("It is gone.")
        return found

    async def where(self, called: str) -> KnownRepository:
        self.answer()
        if called not in {name for _, name in self.roles}:
            raise NotFound("The App is not installed there.")
        return KnownRepository(f"github.com/{called}", f"github.com/{called}", "github", 1)

    def answer(self) -> None:
        self.asked += 1
        if self.away:
            raise TransientError("GitHub does not answer.", 0.1)


@dataclass(frozen=True)
class _HubRepository:
    hub: HubTable
    name: str

    async def permission(self, login: str, account: int = 0) -> str:
        self.hub.answer()
        if account != self.hub.numbers.get(login, account):
            return "none"
        return self.hub.roles.get((login, self.name), "none")

    async def info(self) -> RepositoryInfo:
        self.hub.answer()
        return RepositoryInfo(1, self.name, "main", "", private=self.name in self.hub.private)


@dataclass
class Chatting:
    """One bot, its database, and everything between."""

    store: Store
    world: TelegramWorld
    hub: HubTable
    client: TelegramClient
    channel: TelegramChannel
    outbox: Outbox
    runs: Runs
    handling: Handling

    def receiving(self, me: str = "a", client: TelegramClient | None = None, **more: Any) -> Receiving:
        times = DutyTimes(lease=1.0, look=0.02, poll=1)
        return Receiving(self.store, client or self.client, self.handling, me, times=times, **more)

    def run(self, run_id: str, name: str = NAME, status: RunStatus = RunStatus.RUNNING, **about: Any) -> Run:
        """Keep a run of issue 7; `asks` is a kind of question that it waits with."""
        asks, step, question = about.pop("asks", ""), about.pop("step", "implement"), about.pop("question", "Which?")
        inputs = {"forge": "github", "installation": 1, "repository": name, "issue": to_json(ISSUE)}
        title = about.pop("title", ISSUE.title)
        repository = f"github.com/{name}"
        run = Run(run_id, "issue_to_pr", 1, status, repository, title, inputs, Options(), {}, step, 0, 0, **about)
        self.store.write_now(runs.insert_run, run)
        began = StepStatus.WAITING if asks else StepStatus.FAILED if status is RunStatus.FAILED else StepStatus.RUNNING
        self.store.write_now(steps.begin_step, StepRun(run_id, 0, 0, 1, step, began))
        if asks:
            self.ask(run_id, asks, step, question)
        return self.read(run_id)

    def ask(self, run_id: str, kind: str, step: str = "implement", question: str = "Which?", segment: int = 0) -> None:
        asked = Question(run_id, segment, step, kind, question, f"mark {segment}", "abort", 1.0)
        self.store.write_now(waits.ask, asked)

    def change(self, run_id: str, **columns: Any) -> None:
        self.store.write_now(runs.update_run, run_id, **columns)

    def read(self, run_id: str) -> Run:
        return self.store.read_now(runs.get_run, run_id)

    def link(self, account: int = ALICE, login: str = "alice") -> None:
        """As if they had written their code on GitHub, and been told."""
        code = self.store.write_now(people.make_code, account, f"@{login}", time.time())
        assert self.store.write_now(people.redeem, code, login, time.time())
        linked = self.store.read_now(people.find, account)
        assert linked is not None
        self.store.write_now(people.tell, linked)

    async def says(self, text: str, account: int = ALICE, chat: int = 0, **more: Any) -> str:
        """What is answered to somebody's words, "" where nothing is."""
        before = len(self.world.messages(chat or account))
        self.world.says(account, text, chat, **more)
        await self.handled()
        answers = self.world.messages(chat or account)[before:]
        return "\n".join(one.text for one in answers)

    async def presses(self, message: Said, label: str, account: int = ALICE) -> str:
        """What whoever presses is answered."""
        press = self.world.presses(account, message, label)
        await self.handled()
        return "\n".join(self.world.answered(press))

    async def taken_in(self) -> None:
        """Keep what waits."""
        from bot.telegram.wire.incoming import chat_of
        from workflows.store.telegram import updates

        offset = await self.store.read(updates.next_number)
        found = await self.client.updates(offset, 0)
        await self.store.write(updates.keep, [(one["update_id"], chat_of(one), one) for one in found])

    async def handled(self) -> None:
        """Take in what waits, and handle all of it, as the process does that has the duty."""
        from workflows.store.telegram import updates

        await self.taken_in()
        while await self.store.read(updates.due):
            await self.handling.look()
            await asyncio.gather(*self.handling._busy.values())

    async def handled_anyhow(self) -> None:
        """The same, however often it is put off, or a process ends over it."""
        from workflows.store.tables import telegram_updates
        from workflows.store.telegram import updates

        await self.taken_in()
        for _ in range(9):
            self.store.write_now(lambda db: db.execute(telegram_updates.update().values(due_at=0.0)))
            if not await self.store.read(updates.due):
                return
            await self.handling.look()
            await asyncio.gather(*self.handling._busy.values(), return_exceptions=True)
        raise AssertionError("it does not come to an end")

    async def shown(self, chat: int, text: str, count: int = 1) -> Said:
        """The message of a chat that holds a text, as soon as there are so many that do."""
        await until(lambda: len(self._with(chat, text)) >= count, lambda: f"{text!r} in {self.world.texts(chat)}")
        return self._with(chat, text)[-1]

    def _with(self, chat: int, text: str) -> list[Said]:
        return [one for one in self.world.messages(chat) if text in one.text]


@asynccontextmanager
async def chatting(folder: Path, *, pace: float = 0.01, redact: Callable[[str], str] = str) -> AsyncIterator[Chatting]:
    """Alice writes in both repositories, bob reads the public one; nobody is linked yet."""
    store = Store(f"sqlite:///{folder / 'app.sqlite'}")
    make_tables(store)
    store.write_now(definition_rows.define, record_of(definitions()["issue_to_pr"]))
    world = new_world()
    hub = HubTable({("alice", NAME): "maintain", ("alice", SECRET): "write", ("bob", NAME): "read"})
    try:
        async with TelegramClient(world.token, address(), seconds=3) as client:
            kept, privacy = GitHubRoles(lambda: hub), Privacy(hub)
            turns = ChatPace(client, pace, pace)
            channel = TelegramChannel(store, turns, kept, privacy, redact, private=pace, group=pace)
            async with Outbox(store, channel) as outbox:
                ours = Runs(store, NoEngine(), DefinitionsWhenAsked(), outbox, RunLimits(places=lambda db: 0))
                asked = JustAsked(hub)
                desk = ChatDesk(store, ours, turns, hub, hub, kept, asked, privacy, world.username, redact)
                handling = Handling(store, Talking(desk), Pressing(desk))
                yield Chatting(store, world, hub, client, channel, outbox, ours, handling)
    finally:
        store.close()


async def until(true: Callable[[], bool], said: Callable[[], str] = lambda: "") -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"it never became so: {said()}"
        await asyncio.sleep(0.02)
