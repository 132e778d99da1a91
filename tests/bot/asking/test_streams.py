"""What happens to runs comes as it happens, goes on where somebody stopped, and only to who may see it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from bot.server.listening import answer, listen
from tests.fakes.visiting import ALICES, BOBS, House, house
from workflows.runs.principal import Role
from workflows.store.run_rows import runs
from workflows.store.web.keys import KeyScope
from workflows.values import RunStatus


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as found:
        yield found


@asynccontextmanager
async def served(opened: House) -> AsyncIterator[str]:
    with listen("127.0.0.1", 0) as listener:
        task = asyncio.create_task(answer(opened.app, listener, opened.stopping))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        opened.stopping.set()
        async with asyncio.timeout(60):
            await task


class Listener:
    """A stream that is read event by event."""

    def __init__(self, answer: httpx.Response) -> None:
        self.lines = answer.aiter_lines()
        self.last = ""

    async def event(self) -> tuple[str, dict[str, object]]:
        """(name, data) of the next event; what only moves the place is passed over."""
        name, data = "", ""
        async with asyncio.timeout(60):
            async for line in self.lines:
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    data = value
                elif field == "id":
                    self.last = value
                elif not line and name:
                    return name, json.loads(data)
        raise AssertionError("the stream ended")


@asynccontextmanager
async def listening(url: str, key: str, path: str = "/api/v1/events", last: str = "") -> AsyncIterator[Listener]:
    headers = {"Authorization": f"Bearer {key}"} | ({"Last-Event-ID": last} if last else {})
    async with httpx.AsyncClient(timeout=60) as client, client.stream("GET", url + path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        listener = Listener(answer)
        await anext(listener.lines)
        yield listener


def touch(opened: House, run_id: str, status: RunStatus) -> None:
    opened.store.write_now(lambda db: runs.update_run(db, run_id, status=status))


async def test_events_come_as_they_happen_and_only_of_what_may_be_seen(opened: House) -> None:
    opened.run("mine", ALICES)
    opened.run("theirs", BOBS)
    async with served(opened) as url, listening(url, opened.key(KeyScope.READ, login="alice")) as heard:
        await asyncio.sleep(0.3)
        touch(opened, "theirs", RunStatus.FAILED)
        touch(opened, "mine", RunStatus.WAITING)
        touch(opened, "theirs", RunStatus.ABORTED)
        touch(opened, "mine", RunStatus.COMPLETED)
        found = [await heard.event(), await heard.event()]
    assert [(name, data["run"], data["kind"]) for name, data in found] == [
        ("run", "mine", "waiting"),
        ("run", "mine", "completed"),
    ]


async def test_who_comes_back_goes_on_where_they_stopped(opened: House) -> None:
    opened.run("r1")
    key = opened.key(KeyScope.READ, login="alice")
    async with served(opened) as url:
        async with listening(url, key) as heard:
            await asyncio.sleep(0.3)
            touch(opened, "r1", RunStatus.WAITING)
            await heard.event()
            last = heard.last
        touch(opened, "r1", RunStatus.PENDING)
        touch(opened, "r1", RunStatus.ABORTED)
        async with listening(url, key, last=last) as heard:
            kinds = [(await heard.event())[1]["kind"] for _ in range(2)]
        assert kinds == ["pending", "aborted"]
        async with listening(url, key, path=f"/api/v1/events?after={last}") as heard:
            assert (await heard.event())[1]["kind"] == "pending"


async def test_one_run_is_followed_alone(opened: House) -> None:
    opened.run("r1")
    opened.run("r2")
    key = opened.key(KeyScope.READ, login="alice")
    async with served(opened) as url, listening(url, key, path="/api/v1/runs/r1/events") as heard:
        await asyncio.sleep(0.3)
        touch(opened, "r2", RunStatus.FAILED)
        touch(opened, "r1", RunStatus.FAILED)
        assert (await heard.event())[1]["run"] == "r1"


@pytest.mark.parametrize("last", ["x", "1.2", "-1", "9" * 50, "1\u00e9"])
async def test_a_place_that_is_none_of_ours_is_refused(opened: House, last: str) -> None:
    async with opened.with_key(KeyScope.READ) as program:
        done = await program.get("/api/v1/events", headers={"Last-Event-ID": last.encode()})  # type: ignore[dict-item]
    assert done.status_code == 400


async def test_who_lost_their_right_hears_nothing_more_and_an_ended_key_ends_the_stream(opened: House) -> None:
    opened.run("r1")
    opened.faces.api.endpoints.streams.sign_seconds = 0.2
    key = opened.key(KeyScope.READ, login="alice")
    async with served(opened) as url, listening(url, key) as heard:
        await asyncio.sleep(0.3)
        opened.roles.roles[("alice", ALICES)] = Role.NONE
        touch(opened, "r1", RunStatus.FAILED)
        opened.store.write_now(lambda db: db.exec_driver_sql("UPDATE api_keys SET revoked_at = 1.0"))
        with pytest.raises(AssertionError, match="the stream ended"):
            await heard.event()


async def test_who_is_taken_from_a_repository_hears_of_the_others_only_in_the_stream_that_is_open(
    opened: House,
) -> None:
    opened.run("r1")
    opened.run("r2", BOBS)
    opened.roles.roles[("alice", BOBS)] = Role.READ
    async with served(opened) as url, listening(url, opened.key(KeyScope.READ, login="alice")) as heard:
        touch(opened, "r1", RunStatus.WAITING)
        assert (await heard.event())[1]["run"] == "r1"
        opened.roles.roles[("alice", ALICES)] = Role.NONE
        touch(opened, "r1", RunStatus.FAILED)
        touch(opened, "r2", RunStatus.FAILED)
        assert (await heard.event())[1]["run"] == "r2"
        opened.roles.numbers["alice"] = 99  # the login is somebody else's by now
        opened.roles.roles[("alice", ALICES)] = Role.READ
        touch(opened, "r2", RunStatus.COMPLETED)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await heard.event()


async def test_a_server_that_ends_waits_for_no_listener(opened: House) -> None:
    key = opened.key(KeyScope.READ)
    async with served(opened) as url, listening(url, key):
        assert opened.faces.api.endpoints.streams.listening == 1
        opened.stopping.set()
        await asyncio.sleep(0.3)
        assert opened.faces.api.endpoints.streams.listening == 0
