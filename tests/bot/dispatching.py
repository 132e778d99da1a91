"""A dispatch over the stand-in GitHub, with everything real but the engine, and the fixtures that open one."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.app import DEFINITIONS, make_services
from bot.github.api.http import Clock
from bot.local.detached import NoEngine, NoReporter
from bot.settings_source import load
from bot.webhook.deliveries import Dispatch
from bot.webhook.facts import Names
from bot.webhook.handler import Handler
from bot.webhook.start import Starting
from tests.bot.github.connecting import Hurried, app_client
from tests.fakes.github import GitHub
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.tables import make_tables
from workflows.runs.control import Runs
from workflows.store import deliveries
from workflows.store.database import Store
from workflows.store.deliveries import Delivery
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.store.tables import deliveries as table


@pytest.fixture
def scene(github: GitHub) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "write", "bob": "read", "helper": "write"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


@dataclass
class Racing(Hurried):
    """A clock on which time flies also while nobody waits: what is away is soon asked again."""

    started: float = field(default_factory=time.monotonic)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at + 5000 * (time.monotonic() - self.started), self.sleep)


@dataclass
class Desk:
    """A dispatch over the stand-in, with everything real but the engine."""

    scene: Scene
    store: Store
    dispatch: Dispatch
    seen: int = 0
    began: float = field(default_factory=lambda: time.time() - 1000)

    async def arrive(self) -> None:
        """What GitHub has sent since the last time is stored."""
        await asyncio.to_thread(self.scene.github.settle)
        sent = await asyncio.to_thread(self.scene.github.deliveries)
        fresh, self.seen = sent[self.seen :], len(sent)
        kept = [
            Delivery(one["guid"], one["event"], json.dumps(one["payload"]).encode(), self.began + self.seen + at)
            for at, one in enumerate(fresh)
        ]
        if kept:
            await self.store.write(deliveries.keep, kept)

    async def settle(self) -> None:
        """Everything that has arrived comes to its end; what is put off does not have to wait."""
        await self.arrive()
        while await self.store.read(deliveries.next_due) is not None:
            await self.store.write(lambda db: db.execute(table.update().values(due_at=0.0)))
            working = asyncio.create_task(self.dispatch.run())
            while self.dispatch.at_work or await self._is_due():
                await asyncio.sleep(0.02)
            self.dispatch.stop()
            await working
            self.dispatch._stopping = False

    async def _is_due(self) -> bool:
        due = await self.store.read(deliveries.next_due)
        return due is not None and due < time.time()

    def runs(self) -> list[Run]:
        return self.store.read_now(runs.list_runs)

    def outcomes(self) -> list[tuple[str, str]]:
        query = table.select().order_by(table.c.received_at)
        return self.store.read_now(lambda db: [(row.status, row.error_text) for row in db.execute(query)])

    def comments(self, number: int) -> list[str]:
        answer = self.scene.alice.get(f"{REPO}/issues/{number}/comments").raise_for_status()
        return [one["body"] for one in answer.json() if one["user"]["type"] == "Bot"]

    def say(self, number: int, body: str, who: str = "alice") -> int:
        answer = self.scene.github.as_user(who).post(f"{REPO}/issues/{number}/comments", json={"body": body})
        return int(answer.raise_for_status().json()["id"])

    def label(self, number: int, label: str = "pullwright", who: str = "alice") -> None:
        client = self.scene.github.as_user(who)
        client.post(f"{REPO}/issues/{number}/labels", json={"labels": [label]}).raise_for_status()

    def configure(self, text: str) -> None:
        import base64

        fields = {"message": "Configure", "content": base64.b64encode(text.encode()).decode()}
        file = f"{REPO}/contents/.github/pullwright.yml"
        if (there := self.scene.alice.get(file)).status_code == 200:
            fields["sha"] = there.json()["sha"]
        self.scene.alice.put(file, json=fields).raise_for_status()


@asynccontextmanager
async def at_the_desk(scene: Scene, folder: Path, **settings: str) -> AsyncIterator[Desk]:
    store = Store(f"sqlite:///{folder / 'app.sqlite'}")
    make_tables(store)
    environ = {"PULLWRIGHT_DATA": str(folder), "PULLWRIGHT_MODEL": "scripted/one"}
    environ |= {f"PULLWRIGHT_{name.upper()}": value for name, value in settings.items()}
    async with app_client(scene, Racing()) as client:
        services = make_services(load(environ | {"PULLWRIGHT_SANDBOX": "unsafe_local"}), store, NoReporter())
        runner = Runs(store, NoEngine(), DEFINITIONS, NoReporter(), caps=services.caps)
        starting = Starting(load(environ), client, runner)
        handler = Handler(starting, services, Names(scene.app.slug, "helper", "pullwright"))
        yield Desk(scene, store, Dispatch(store, handler, pause=0.01, look_seconds=0.05))
    store.close()


@pytest.fixture
async def desk(scene: Scene, tmp_path: Path) -> AsyncIterator[Desk]:
    async with at_the_desk(scene, tmp_path) as one:
        yield one
