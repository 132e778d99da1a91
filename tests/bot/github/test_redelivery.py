"""What GitHub could not deliver is asked for again until it arrives, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bot.github.api.errors import NotFound
from bot.github.api.models import DeliveryInfo
from bot.github.redelivery import Recovery, missing
from sandbox.errors import TransientError
from tests.bot.github.connecting import app_client
from tests.fakes.github.scene import REPO, Scene

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Hook:
    """Our side of the webhooks: what arrived, by GUID."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.refusing = False

    async def known(self, guids: Sequence[str]) -> set[str]:
        return set(self.arrived) & set(guids)


@pytest.fixture
def hook(scene: Scene) -> Iterator[Hook]:
    """A server that takes the App's webhooks."""
    hook = Hook()

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            if not hook.refusing:
                hook.arrived.append(self.headers["x-github-delivery"])
            self.send_response(503 if hook.refusing else 202)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    with scene.github.client(scene.app.jwt()) as app:
        url = f"http://127.0.0.1:{server.server_port}/webhook"
        app.patch("/app/hook/config", json={"url": url}).raise_for_status()
    yield hook
    server.shutdown()
    thread.join()
    server.server_close()


async def test_what_was_missed_arrives_once_in_its_order(scene: Scene, hook: Hook) -> None:
    scene.github.settle()
    scene.github.set(dropping=True)
    for title in ("First", "Second"):
        scene.issue(title)
    scene.github.settle()
    missed = [one["guid"] for one in scene.github.deliveries("issues")]
    scene.github.set(dropping=False)
    async with app_client(scene) as github:
        recovery = Recovery(github, hook.known)
        hook.arrived += [one["guid"] for one in scene.github.deliveries() if one["event"] != "issues"]
        before = len(hook.arrived)
        assert await recovery.look() == 2
        scene.github.settle()
        assert hook.arrived[before:] == missed
        assert await recovery.look() == 0
        assert await Recovery(github, hook.known).look() == 0


async def test_what_our_side_refused_is_asked_for_until_it_takes_it(scene: Scene, hook: Hook) -> None:
    scene.github.settle()
    hook.arrived += [one["guid"] for one in scene.github.deliveries()]
    hook.refusing = True
    scene.issue()
    scene.github.settle()
    async with app_client(scene) as github:
        recovery = Recovery(github, hook.known)
        assert await recovery.look() == 1
        scene.github.settle()
        hook.refusing = False
        assert await recovery.look() == 1
        scene.github.settle()
        assert hook.arrived[-1] == scene.github.deliveries("issues")[-1]["guid"]
        assert await recovery.look() == 0


async def test_what_arrived_though_github_thinks_otherwise_is_not_asked_for(scene: Scene, hook: Hook) -> None:
    scene.github.settle()
    hook.refusing = True
    scene.issue()
    scene.github.settle()
    hook.arrived += [one["guid"] for one in scene.github.deliveries()]
    async with app_client(scene) as github:
        assert await Recovery(github, hook.known).look() == 0


async def test_the_log_of_deliveries_is_read_page_by_page_and_back_to_a_time(scene: Scene) -> None:
    number = scene.issue()
    for count in range(110):
        scene.alice.post(f"{REPO}/issues/{number}/comments", json={"body": str(count)}).raise_for_status()
    scene.github.settle()
    async with app_client(scene) as github:
        found = await github.deliveries(datetime.now(UTC) - timedelta(days=1))
        assert len(found) == len(scene.github.deliveries()) > 100
        assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
        assert await github.deliveries(datetime.now(UTC) + timedelta(days=1)) == []


# --- without a server


class Log:
    """GitHub's log of deliveries, played."""

    def __init__(self, *attempts: DeliveryInfo, broken: Exception | None = None) -> None:
        self.attempts = list(attempts)
        self.broken = broken
        self.asked: list[int] = []
        self.since: list[datetime] = []

    async def deliveries(self, since: datetime) -> list[DeliveryInfo]:
        self.since.append(since)
        return [one for one in self.attempts if one.delivered_at >= since]

    async def redeliver(self, delivery: int) -> None:
        self.asked.append(delivery)
        if self.broken is not None:
            raise self.broken


async def nothing(guids: Sequence[str]) -> set[str]:
    return set()


def attempt(number: int, guid: str, *, code: int = 502, again: bool = False) -> DeliveryInfo:
    at = NOW - timedelta(minutes=60 - number)
    return DeliveryInfo(number, guid, "issues", "opened", at, "failed" if code >= 400 else "OK", code, again)


def test_an_event_is_missing_where_no_attempt_delivered_it() -> None:
    attempts = [
        attempt(6, "c", again=True),
        attempt(5, "b", code=202, again=True),
        attempt(4, "d", code=0),
        attempt(3, "c"),
        attempt(2, "b"),
        attempt(1, "a", code=202),
    ]
    assert [one.id for one in missing(attempts)] == [4, 6]


async def test_one_that_cannot_be_had_does_not_keep_the_others_back() -> None:
    played = Log(attempt(2, "b"), attempt(1, "a"), broken=NotFound("too old"))
    assert await Recovery(played, nothing, now=lambda: NOW).look() == 2
    assert played.asked == [1, 2]


async def test_a_look_that_failed_is_made_over_the_same_time_again() -> None:
    played = Log(attempt(1, "a"), broken=TransientError("overloaded"))
    recovery = Recovery(played, nothing, now=lambda: NOW)
    with pytest.raises(TransientError):
        await recovery.look()
    played.broken = None
    assert await recovery.look() == 1
    await recovery.look()
    assert played.since == [NOW - timedelta(days=3), NOW - timedelta(days=3), NOW - timedelta(hours=1)]


async def test_what_fails_every_time_is_asked_for_more_and_more_rarely_until_github_has_forgotten_it() -> None:
    played = Log(attempt(1, "a"))
    minutes = 0
    recovery = Recovery(played, nothing, now=lambda: NOW + timedelta(minutes=minutes))
    asked = []
    for minutes in range(0, 4 * 24 * 60, 5):
        if await recovery.look():
            asked.append(minutes)
            played.attempts.insert(0, replace(played.attempts[0], delivered_at=NOW + timedelta(minutes=minutes)))
    assert asked[:7] == [0, 5, 10, 25, 60, 135, 290]
    assert 60 * 60 < asked[-1] < 72 * 60
    assert len(asked) < 20


async def test_any_number_is_looked_up_by_pieces_that_a_database_takes() -> None:
    looked: list[int] = []

    async def known(guids: Sequence[str]) -> set[str]:
        looked.append(len(guids))
        return set(guids)

    played = Log(*[attempt(1, str(number)) for number in range(2500)])
    assert await Recovery(played, known, now=lambda: NOW).look() == 0
    assert looked == [1000, 1000, 500]


async def test_very_many_are_asked_for_a_hundred_at_a_time() -> None:
    played = Log(*[attempt(number, str(number)) for number in range(250)])
    recovery = Recovery(played, nothing, now=lambda: NOW + timedelta(hours=5))
    assert [await recovery.look() for _ in range(3)] == [100, 100, 100]
    assert played.asked[:250] == list(range(250)), "each of them before any of them twice"
