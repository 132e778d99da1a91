"""schemathesis tries the API of a server by nothing but its description: no answer is an error of ours."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.bot.api.test_description import BODIES, STATES
from tests.fakes.github import GitHub
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import Scene
from tests.fakes.serving import credentials_in, started
from tests.fakes.tables import make_tables
from tests.fakes.visiting import LOCAL, put_run
from workflows.registry import definitions
from workflows.runs.control import record_of
from workflows.store.audit import Asker
from workflows.store.database import Store
from workflows.store.run_rows import definition_rows
from workflows.store.web import keys, orders
from workflows.store.web.keys import KeyScope
from workflows.store.web.orders import OrderKind

__all__ = ["github"]

SEED, CASES = 12, 30
WANTED = 0.8
"""Of the operations, so many must come to a good end."""
EACH_KEY = 60
"""Requests: each key may begin a hundred at once, and no test waits for more."""
_STREAM = "text/event-stream"


@pytest.fixture
def scene(github: GitHub, tmp_path: Path) -> Iterator[Scene]:
    github.repository("octo/sample", roles={"alice": "write", "bob": "read"})
    app = github.app(secret="s3cret")
    installation = github.install(app, "octo")
    (tmp_path / "data").mkdir()
    credentials_in(tmp_path / "data", github, app)
    with github.client(github.token(app, installation)) as bot:
        yield Scene(github, app, installation, bot, github.as_user("alice"), github.as_user("bob"))


class Tried:
    """Sends what schemathesis makes up, each to a run that is in the state for it, with a key that is good."""

    def __init__(self, store: Store, url: str, number: int) -> None:
        self.store, self.url, self.number = store, url, number
        self.seen: dict[str, Counter[int]] = {}
        self._count = itertools.count()
        self._keys = self._many_keys()

    def _many_keys(self) -> Iterator[str]:
        while True:
            made = self.store.write_now(keys.make, "t", list(KeyScope), Asker("you", "cli"))[1]
            yield from itertools.repeat(made, EACH_KEY)

    def place(self, name: str) -> dict[str, str]:
        """A run as the operation wants one, and an order of it."""
        run = f"r{next(self._count)}"
        put_run(self.store, run, LOCAL, **STATES.get(name, {}))
        order = self.store.write_now(orders.place, OrderKind.PLAN, LOCAL, {}, {"name": "x"}, run_id=run)
        return {"run": run, "order": order.id}

    def send(self, case: Any, *, meant: bool) -> None:
        """One request; where it is `meant`, about what is there, else about whatever was made up."""
        from schemathesis import checks

        name = case.operation.definition.raw["operationId"]
        if meant:
            there = self.place(name)
            case.path_parameters = {one: there[one] for one in case.path_parameters or {}}
        sent = case.as_transport_kwargs(base_url=self.url, headers={"Authorization": f"Bearer {next(self._keys)}"})
        with httpx.Client(timeout=60) as client, client.stream(**_for_httpx(sent)) as answer:
            self.seen.setdefault(name, Counter())[answer.status_code] += 1
            if answer.headers.get("content-type", "").startswith(_STREAM):
                return  # it does not end
            answer.read()
            told = (
                checks.not_a_server_error,
                checks.CHECKS.get_one("status_code_conformance"),
                checks.CHECKS.get_one("content_type_conformance"),
                checks.CHECKS.get_one("response_schema_conformance"),
            )
            case.validate_response(answer, checks=list(told))


def _for_httpx(sent: dict[str, Any]) -> dict[str, Any]:
    """What requests takes, as httpx does."""
    found = {name: value for name, value in sent.items() if name in ("method", "url", "headers", "params", "json")}
    if (data := sent.get("data")) is not None:
        found["content" if isinstance(data, (bytes, str)) else "data"] = data
    return found


@pytest.mark.at_length
@pytest.mark.timeout(900)
@pytest.mark.filterwarnings("ignore")
def test_nothing_that_fits_the_description_or_nearly_does_is_an_error_of_ours(scene: Scene, tmp_path: Path) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    store = Store(f"sqlite:///{tmp_path / 'data' / 'app.sqlite'}")
    make_tables(store)
    store.write_now(definition_rows.define, record_of(definitions()["issue_to_pr"]))
    with started("web", tmp_path / "data") as server:
        tried = Tried(store, server.url, scene.issue())
        schema = schemathesis.openapi.from_url(f"{server.url}/api/v1/openapi.json")
        operations = [one.ok() for one in schema.get_all_operations()]
        for operation in operations:
            for mode in schemathesis.GenerationMode:
                _try(tried, operation.as_strategy(generation_mode=mode), meant=True)
            _try(tried, operation.as_strategy(), meant=False)
            _meant_well(tried, operation)
    store.close()
    good = {name for name, counts in tried.seen.items() if any(200 <= status < 300 for status in counts)}
    sums = {name: dict(sorted(counts.items())) for name, counts in tried.seen.items()}
    print(
        f"{sum(map(Counter.total, tried.seen.values()))} requests, {len(good)} of {len(operations)} operations: {sums}"
    )
    assert len(good) >= WANTED * len(operations), sums
    assert not [name for name, counts in tried.seen.items() if any(status >= 500 for status in counts)], sums


def _try(tried: Tried, cases: Any, *, meant: bool) -> None:
    @seed(SEED)
    @settings(
        max_examples=CASES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def one(case: Any) -> None:
        tried.send(case, meant=meant)

    one()


def _meant_well(tried: Tried, operation: Any) -> None:
    """One request as a program would send it."""
    name = operation.definition.raw["operationId"]
    body = BODIES.get(name)
    if name == "start_run":
        body = {"repository": "octo/sample", "number": tried.number, "wait": False}
    given = {"body": body, "media_type": "application/json"} if body is not None else {}
    there: dict[str, str] = {one.name: "" for one in operation.path_parameters}
    tried.send(operation.Case(path_parameters=there, **given), meant=True)
