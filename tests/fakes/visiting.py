"""Pages and API over runs in a database, and people who look at them; what GitHub says of them is a table."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.server.faces import Faces, make_faces
from bot.settings import Settings
from tests.fakes.tables import make_tables
from workflows.errors import TransientError
from workflows.registry import definitions
from workflows.runs.control import record_of
from workflows.runs.feed import Feed
from workflows.runs.principal import Role
from workflows.store.audit import Asker
from workflows.store.database import Store
from workflows.store.records import Question, Run, StepRun
from workflows.store.run_rows import definition_rows, runs, steps, waits
from workflows.store.web import keys, sessions
from workflows.store.web.keys import KeyScope
from workflows.store.web.run_search import KnownRepository
from workflows.values import Issue, Options, RunStatus, StepStatus, to_json

HERE = "https://pullwright.test"
ISSUE = Issue(7, "add() subtracts", "It does.")
ALICES, BOBS, LOCAL = "github.com/alice/adder", "github.com/bob/secret", "/srv/here"


@dataclass
class RoleTable:
    """Who is what where; implements `RoleSource`. While `away` GitHub does not answer."""

    roles: dict[tuple[str, str], Role] = field(default_factory=dict)
    away: bool = False
    asked: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    """Whose a login is by now, where it was another account's before."""

    async def role(self, login: str, repository: KnownRepository, account: int = 0) -> Role:
        self.asked += 1
        if self.away:
            raise TransientError("GitHub does not answer.")
        if account != self.numbers.get(login, account):
            return Role.NONE
        return self.roles.get((login, repository.called), Role.NONE)


@dataclass
class House:
    """The whole web part in this process."""

    settings: Settings
    store: Store
    faces: Faces
    app: Starlette
    roles: RoleTable
    stopping: asyncio.Event

    def visitor(self, cookie: str = "", key: str = "", **headers: str) -> httpx.AsyncClient:
        """Somebody's browser, which holds the `cookie` of a session signed, or a program with a key."""
        given = {"Sec-Fetch-Site": "same-origin"} if not key else {"Authorization": f"Bearer {key}"}
        signed = self.faces.signing_in.gate.identities.cookies.sign(cookie)
        cookies = {"__Host-pullwright": signed} if cookie else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=HERE, headers={**given, **headers}, cookies=cookies)

    def signed_in(self, login: str, **headers: str) -> httpx.AsyncClient:
        return self.visitor(self.store.write_now(sessions.begin, login), **headers)

    def operator(self) -> httpx.AsyncClient:
        return self.visitor(self.store.write_now(sessions.begin, "", operator=True))

    def key(self, *scopes: KeyScope, login: str = "", repository: str = "", **bounds: Any) -> str:
        by = Asker("you", "cli")
        return self.store.write_now(keys.make, "test", scopes, by, login=login, repository=repository, **bounds)[1]

    def with_key(self, *scopes: KeyScope, login: str = "", repository: str = "") -> httpx.AsyncClient:
        return self.visitor(key=self.key(*scopes, login=login, repository=repository))

    def run(self, run_id: str, repository: str = ALICES, status: RunStatus = RunStatus.RUNNING, **about: Any) -> Run:
        """As `put_run`."""
        return put_run(self.store, run_id, repository, status, **about)

    def read(self, run_id: str) -> Run:
        return self.store.read_now(runs.get_run, run_id)


def put_run(
    store: Store, run_id: str, repository: str = ALICES, status: RunStatus = RunStatus.RUNNING, **about: Any
) -> Run:
    """Keep a run; `about` are columns of it, `asks` a kind of question that it waits with."""
    asks, step = about.pop("asks", ""), about.pop("step", "implement")
    name = repository.partition("/")[2]
    forge = {"forge": "github", "installation": 1, "repository": name} if repository != LOCAL else {}
    inputs = {**forge, "issue": to_json(ISSUE)}
    title = about.pop("title", ISSUE.title)
    run = Run(run_id, "issue_to_pr", 1, status, repository, title, inputs, Options(), {}, step, 0, 0, **about)
    store.write_now(runs.insert_run, run)
    began = StepStatus.WAITING if asks else StepStatus.FAILED if status is RunStatus.FAILED else StepStatus.RUNNING
    store.write_now(steps.begin_step, StepRun(run_id, 0, 0, 1, step, began))
    if asks:
        store.write_now(waits.ask, Question(run_id, 0, step, asks, "Which <b>one</b>?", "mark", "abort", 1.0))
    return store.read_now(runs.get_run, run_id)


@asynccontextmanager
async def house(
    folder: Path, roles: Mapping[tuple[str, str], Role] | None = None, **settings: Any
) -> AsyncIterator[House]:
    """Alice writes in her repository and bob in his; none of them sees the other's."""
    own = {("alice", ALICES): Role.WRITE, ("bob", BOBS): Role.WRITE, ("max", ALICES): Role.MAINTAIN}
    table = RoleTable({**own, ("rita", ALICES): Role.READ, **(roles or {})})
    made = Settings(data=folder / "data", **{"public_url": HERE, "admins": ("root",), **settings})
    made.prepare()
    store = Store(made.database_url)
    make_tables(store)
    store.write_now(definition_rows.define, record_of(definitions()["issue_to_pr"]))
    stopping = asyncio.Event()
    try:
        async with Feed(store, poll_seconds=0.05) as feed:
            faces = make_faces(made, store, feed, stopping, table)
            yield House(made, store, faces, Starlette(routes=[Mount("/", app=faces.app())]), table, stopping)
            stopping.set()
    finally:
        store.close()


def with_values(path: str, **values: str) -> str:
    """The address of a route with its parameters filled in; KeyError where a test does not know one."""
    return re.sub(r"{(\w+)(:\w+)?}", lambda found: values[found[1]], path)
