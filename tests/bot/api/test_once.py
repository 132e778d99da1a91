"""A request with a key of its own is carried out once, and answered each time as the first time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.access.answers import JsonAnswer
from bot.access.people.visitors import Visitor, WebVisit
from bot.access.refusals import RequestRefused
from bot.api.once import once, reference_of
from sandbox.errors import TransientError, UserError
from tests.fakes.tables import make_tables
from tests.fakes.visiting import RoleTable
from workflows.store.database import Store

ALICE, BOB = Visitor("alice", account=1), Visitor("bob", account=2)


class Work:
    """What is to be done once: it counts, and fails as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.done, self.error = 0, error

    async def __call__(self) -> Response:
        self.done += 1
        if self.error is not None:
            raise self.error
        return JsonAnswer({"done": self.done}, 201)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(opened)
    yield opened
    opened.close()


def request(key: str | None = "k1", path: str = "/api/v1/runs") -> Request:
    headers = [] if key is None else [(b"idempotency-key", key.encode("latin-1"))]
    return Request({"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""})


async def test_the_second_time_it_is_answered_as_the_first_and_not_done(store: Store) -> None:
    work, visit = Work(), WebVisit(ALICE, store, RoleTable())
    first, second = [await once(request(), visit, {"b": 1, "a": 2}, work) for _ in range(2)]
    assert (first.status_code, first.body) == (second.status_code, second.body) == (201, b'{"done":1}')
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    same = await once(request(), visit, {"a": 2, "b": 1}, work)
    assert (same.body, work.done) == (b'{"done":1}', 1), "the order of fields means nothing"


async def test_a_key_stands_for_one_request_of_one_visitor(store: Store) -> None:
    work, visit = Work(), WebVisit(ALICE, store, RoleTable())
    await once(request(), visit, {}, work)
    for other in (request(path="/api/v1/other"), request()):
        with pytest.raises(RequestRefused) as refused:
            await once(other, visit, {"more": 1}, work)
        assert refused.value.status == 422
    assert (await once(request(), WebVisit(BOB, store, RoleTable()), {}, work)).body == b'{"done":2}'


async def test_without_a_key_each_is_done(store: Store) -> None:
    work, visit = Work(), WebVisit(ALICE, store, RoleTable())
    assert [(await once(request(None), visit, {}, work)).body for _ in range(2)] == [b'{"done":1}', b'{"done":2}']
    assert reference_of(request(None), visit) == ""


@pytest.mark.parametrize("error", [UserError("No."), TransientError("Later."), RequestRefused(409, "Not now.")])
async def test_what_was_refused_may_be_sent_again(store: Store, error: Exception) -> None:
    visit = WebVisit(ALICE, store, RoleTable())
    with pytest.raises(type(error)):
        await once(request(), visit, {}, Work(error))
    assert (await once(request(), visit, {}, Work())).status_code == 201


async def test_what_may_have_been_done_is_not_done_again_at_once(store: Store) -> None:
    work, visit = Work(), WebVisit(ALICE, store, RoleTable())
    with pytest.raises(KeyError):
        await once(request(), visit, {}, Work(KeyError("a mistake of ours")))
    with pytest.raises(RequestRefused) as refused:
        await once(request(), visit, {}, work)
    assert (refused.value.status, refused.value.headers["Retry-After"], work.done) == (409, "2", 0)


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 101, "\xe4", "a\tb"])
async def test_a_key_that_is_none_is_refused_before_anything_is_done(store: Store, key: str) -> None:
    work, visit = Work(), WebVisit(ALICE, store, RoleTable())
    with pytest.raises(RequestRefused) as refused:
        await once(request(key), visit, {}, work)
    assert refused.value.status == 400
    with pytest.raises(RequestRefused):
        reference_of(request(key), visit)
    assert work.done == 0


def test_two_visitors_with_one_key_are_two_references(store: Store) -> None:
    names = {reference_of(request(), WebVisit(who, store, RoleTable())) for who in (ALICE, BOB)}
    assert len(names) == 2
