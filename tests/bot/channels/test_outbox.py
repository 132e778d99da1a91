"""What holds for every channel, by the outbox alone: on GitHub, and on walls of our own that cost forty lines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pytest

from bot.access.people.roles import GitHubRoles
from bot.channels.channel import Channel
from bot.channels.github import GitHubChannel
from bot.channels.outbox import Outbox
from bot.telegram.shown.channel import TelegramChannel
from bot.telegram.shown.privacy import Privacy
from bot.telegram.wire.client import TelegramClient
from bot.telegram.wire.pace import ChatPace
from tests.bot.channels.test_github import Desk, a_desk, until
from tests.bot.github.connecting import Hurried, app_client
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.tables import make_tables
from tests.fakes.telegram.chatting import NAME, HubTable
from tests.fakes.telegram.server import address, new_world
from tests.fakes.telegram.world import TelegramWorld
from tests.fakes.wall import Wall, WallChannel
from workflows.errors import TransientError, UserError
from workflows.runs.feed import Feed
from workflows.store import posts
from workflows.store.database import Store
from workflows.store.posts import Lease, Post
from workflows.store.records import DefinitionRecord, Run
from workflows.store.run_rows import definition_rows, runs
from workflows.store.tables import workers
from workflows.store.telegram import chats, people
from workflows.store.telegram.chats import Hears
from workflows.values import Options, RunStatus

LONG = 3600.0
CHAT = 41


class Place(Protocol):
    """Where one run is shown, seen from outside, and what can happen there."""

    store: Store

    def channel(self, pace: float) -> AsyncIterator[Channel]: ...

    def texts(self) -> list[str]: ...

    @property
    def changes(self) -> int:
        """How often what is there was changed."""
        ...

    def refuse(self) -> None: ...

    def stumble(self, times: int) -> None:
        """Have that many writings fail in a way that passes."""
        ...

    def heal(self) -> None: ...

    def remove(self) -> None:
        """Somebody takes down what is there."""
        ...


@dataclass
class OnGitHub:
    desk: Desk

    @property
    def store(self) -> Store:
        return self.desk.store

    async def channel(self, pace: float) -> AsyncIterator[Channel]:
        async with app_client(self.desk.scene, Hurried(), timeout=5) as github:
            yield GitHubChannel(self.store, github, redact=str, pace=pace)

    def texts(self) -> list[str]:
        return self.desk.bodies

    @property
    def changes(self) -> int:
        return self.desk.calls("PATCH", "/issues/comments/")

    def refuse(self) -> None:
        message = "Resource not accessible by integration"
        self.desk.scene.github.fault(".*/comments.*", status=403, message=message, times=99)

    def stumble(self, times: int) -> None:
        for method in ("POST", "PATCH"):
            self.desk.scene.github.fault(".*/comments.*", method=method, times=times, status=500)

    def heal(self) -> None:
        self.desk.scene.github.heal()

    def remove(self) -> None:
        for one in self.desk.scene.alice.get(f"{REPO}/issues/{self.desk.issue}/comments").json():
            self.desk.scene.bot.delete(f"{REPO}/issues/comments/{one['id']}").raise_for_status()


@dataclass
class OnAWall:
    store: Store
    wall: Wall

    async def channel(self, pace: float) -> AsyncIterator[Channel]:
        yield WallChannel(self.store, {"wall": self.wall}, pace)

    def texts(self) -> list[str]:
        return [*self.wall.notes.values()]

    @property
    def changes(self) -> int:
        return self.wall.writings - 1

    def refuse(self) -> None:
        self.wall.trouble = lambda: UserError("Not here.")

    def stumble(self, times: int) -> None:
        left = iter(range(times))
        self.wall.trouble = lambda: None if next(left, None) is None else TransientError("Not now.", 0.1)

    def heal(self) -> None:
        self.wall.trouble = lambda: None

    def remove(self) -> None:
        self.wall.notes.clear()


@dataclass
class OnTelegram:
    """A chat that is muted, so that its one message is all that is said there."""

    store: Store
    world: TelegramWorld

    async def channel(self, pace: float) -> AsyncIterator[Channel]:
        async with TelegramClient(self.world.token, address(), seconds=3) as client:
            hub = HubTable({("alice", NAME): "write"})
            turns, kept = ChatPace(client, 0.0, 0.0), GitHubRoles(lambda: hub)
            yield TelegramChannel(self.store, turns, kept, Privacy(hub), str, private=pace, group=pace)

    def texts(self) -> list[str]:
        return self.world.texts(CHAT)

    @property
    def changes(self) -> int:
        return self.world.count("editMessageText")

    def refuse(self) -> None:
        for method in ("sendMessage", "editMessageText"):
            self.world.fault(method, 99, code=400, description="Bad Request: can't parse entities")

    def stumble(self, times: int) -> None:
        for method in ("sendMessage", "editMessageText"):
            self.world.fault(method, times, code=429, description="Too Many Requests: retry after 1", retry_after=1)

    def heal(self) -> None:
        self.world.faults.clear()

    def remove(self) -> None:
        for one in self.world.messages(CHAT):
            one.deleted = True


def a_chat(store: Store) -> TelegramWorld:
    """Alice's, which hears of the run's repository."""
    world = new_world()
    world.says(CHAT, "/start")
    place = store.write_now(chats.meet, CHAT, 0, private=True)
    store.write_now(chats.change, place.id, muted_until=time.time() + LONG)
    code = store.write_now(people.make_code, CHAT, "@alice", time.time())
    store.write_now(people.redeem, code, "alice", time.time())
    store.write_now(chats.subscribe, place.id, "o/r", CHAT, Hears.ALL, 0.0)
    return world


def a_wall() -> Wall:
    wall = Wall()
    wall.free.set()
    return wall


@pytest.fixture
def walled(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    inputs = {"forge": "github", "installation": 1, "repository": NAME}
    run = Run("r1", "w", 1, RunStatus.RUNNING, "o/r", "t", inputs, Options(), {}, "a", 0, 0)
    store.write_now(runs.insert_run, run)
    yield store
    store.close()


@pytest.fixture(params=["github", "wall", "telegram"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "wall":
        place: Place = OnAWall(request.getfixturevalue("walled"), a_wall())
        sign_in(place.store)
        yield place
        return
    if request.param == "telegram":
        store: Store = request.getfixturevalue("walled")
        place = OnTelegram(store, a_chat(store))
        sign_in(store)
        yield place
        return
    scene: Scene = request.getfixturevalue("scene")
    with a_desk(scene, f"sqlite:///{tmp_path / 'app.sqlite'}") as desk:
        sign_in(desk.store)
        yield OnGitHub(desk)


def sign_in(store: Store) -> None:
    signed = [{"id": one, "host": "h", "process": 1, "places": 2, "started_at": 0, "seen_at": 0} for one in "ab"]
    store.write_now(lambda db: db.execute(workers.insert(), signed))


def leave(store: Store, worker: str) -> None:
    store.write_now(lambda db: db.execute(workers.update().where(workers.c.id == worker).values(left_at=1.0)))


@asynccontextmanager
async def showing(place: Place, pace: float = LONG, me: str = "a", feed: Feed | None = None) -> AsyncIterator[Outbox]:
    async for channel in place.channel(pace):
        async with Outbox(place.store, channel, me=me, feed=feed) as outbox:
            yield outbox


def shows(place: Place, text: str) -> Callable[[], bool]:
    """True when there is one thing out there, and it holds the text."""
    return lambda: len(place.texts()) == 1 and text in place.texts()[0]


def at_work(place: Place) -> Callable[[], bool]:
    return lambda: len(place.texts()) == 1 and "failed" not in place.texts()[0]


def fail(place: Place, why: str) -> None:
    place.store.write_now(runs.update_run, "r1", status=RunStatus.FAILED, error_text=why)


async def sheet_of(place: Place) -> Post:
    async for channel in place.channel(LONG):
        (target,) = await channel.targets(place.store.read_now(runs.get_run, "r1"))
        return Post("r1", channel.name, target)
    raise AssertionError


async def known(place: Place, sheet: Post) -> None:
    """Until the database knows what is out there."""
    await until(lambda: bool((found := place.store.read_now(posts.find, "r1", sheet.kind)) and found.digest))


async def test_many_changes_are_one_and_the_last_word_does_not_wait(place: Place) -> None:
    async with showing(place) as outbox:
        await outbox.changed("r1")
        await until(at_work(place))
        for number in range(30):
            place.store.write_now(runs.update_run, "r1", state={"number": number})
            await outbox.changed("r1")
        fail(place, "The last word.")
        await outbox.ended("r1")
        await until(shows(place, "The last word."))
    assert place.changes == 1


async def test_what_passes_delays_the_last_word_and_doubles_nothing(place: Place) -> None:
    place.stumble(2)
    async with showing(place, pace=0.01) as outbox:
        await outbox.changed("r1")
        await until(at_work(place))
        place.heal()
        place.stumble(2)
        fail(place, "In the end.")
        await outbox.ended("r1")
        await until(shows(place, "In the end."))


async def test_what_is_refused_is_given_up_until_the_run_changes(place: Place) -> None:
    sheet = await sheet_of(place)
    place.refuse()
    async with showing(place) as outbox:
        await outbox.changed("r1")
        await known(place, sheet)
        found = place.store.read_now(posts.find, "r1", sheet.kind)
        assert found is not None
        assert found.digest == posts.GIVEN_UP
        assert await outbox.catch_up() == []
        place.heal()
        fail(place, "Once more.")
        await outbox.ended("r1")
        await until(shows(place, "Once more."))


async def test_what_somebody_took_down_is_put_up_anew_with_the_news(place: Place) -> None:
    sheet = await sheet_of(place)
    async with showing(place) as outbox:
        await outbox.changed("r1")
        await known(place, sheet)
        place.remove()
        fail(place, "Still told.")
        await outbox.ended("r1")
        await until(shows(place, "Still told."))


@pytest.mark.parametrize("killed_behind", ["lease", "claim", "make", "confirm"])
async def test_who_is_killed_anywhere_leaves_one_that_the_next_brings_up_to_date(
    place: Place, killed_behind: str
) -> None:
    sheet = await sheet_of(place)
    store = place.store
    assert store.write_now(posts.take_lease, sheet, "a", time.time(), LONG) is Lease.FREE
    if killed_behind != "lease":
        store.write_now(posts.claim, sheet, time.time())
    if killed_behind in ("make", "confirm"):
        async for channel in place.channel(LONG):
            (card,) = await channel.cards(store.read_now(runs.snapshot, "r1"), sheet.target)
            made = await card.make()
            if killed_behind == "confirm":
                store.write_now(posts.confirm, replace(sheet, external_id=made, digest=card.digest))
    fail(place, "Told by the next.")
    before = place.texts()
    async with showing(place, me="b") as outbox:
        await outbox.ended("r1")
        await asyncio.sleep(0.2)
        assert place.texts() == before, "as far as anybody knows it may still be writing"
        leave(store, "a")
        await until(lambda: any("Told by the next." in text for text in place.texts()))
        # a bot cannot look for what it said, so what was made and not noted stands there, too
        assert len(place.texts()) == (2 if killed_behind == "make" and isinstance(place, OnTelegram) else 1)


@pytest.mark.at_length
async def test_a_lease_that_was_never_given_back_is_doubted_once(place: Place) -> None:
    """The words of one who died may arrive after ours, so we say it again, whatever we believe to be there."""
    sheet = await sheet_of(place)
    place.store.write_now(posts.take_lease, sheet, "a", time.time(), LONG)
    leave(place.store, "a")
    fail(place, "The newer news.")
    async with showing(place, me="b") as outbox:
        await outbox.ended("r1")
        await until(shows(place, "The newer news."))
        await until(lambda: place.changes == 1)


async def test_who_comes_to_rest_where_nobody_tells_of_it_is_shown_soon(place: Place) -> None:
    """A process without an outbox ends a run: the feed says so."""
    async with Feed(place.store) as feed, showing(place, feed=feed) as outbox:
        await outbox.changed("r1")
        await known(place, await sheet_of(place))
        fail(place, "Ended elsewhere.")
        await until(shows(place, "Ended elsewhere."))


# --- where one run is shown in several places ------------------------------------------------------


@pytest.fixture
def two(walled: Store) -> dict[str, Wall]:
    return {"quiet": a_wall(), "busy": a_wall()}


@pytest.mark.at_length
async def test_a_place_that_is_slow_or_limited_holds_up_no_other(walled: Store, two: dict[str, Wall]) -> None:
    two["busy"].trouble = lambda: TransientError("Too many requests.", LONG)
    async with Outbox(walled, WallChannel(walled, two)) as outbox:
        await outbox.changed("r1")
        await until(lambda: two["quiet"].writings == 1)
        walled.write_now(runs.update_run, "r1", status=RunStatus.FAILED, error_text="Over.")
        await outbox.ended("r1")
        await until(lambda: "failed Over." in two["quiet"].notes.values())
        assert two["busy"].notes == {}
        assert await outbox.catch_up() == ["r1"], "it is shown in one place, and not in the other"
    two["busy"].trouble = lambda: None
    async with Outbox(walled, WallChannel(walled, two)):
        await until(lambda: "failed Over." in two["busy"].notes.values())
    assert [len(wall.notes) for wall in two.values()] == [1, 1]


async def test_what_the_other_side_asks_for_is_waited_out_and_the_last_word_said(walled: Store) -> None:
    wall, asked = a_wall(), iter([TransientError("Too many.", 0.3), TransientError("Too many.", 0.2)])
    wall.trouble = lambda: next(asked, None)
    begun = time.monotonic()
    async with Outbox(walled, WallChannel(walled, {"wall": wall})) as outbox:
        await outbox.changed("r1")
        walled.write_now(runs.update_run, "r1", status=RunStatus.FAILED, error_text="Over.")
        await outbox.ended("r1")
        await until(lambda: [*wall.notes.values()] == ["failed Over."])
    assert time.monotonic() - begun >= 0.5
    assert wall.writings == 1, "what nobody will read any more is not said"


async def test_an_error_of_ours_in_one_run_silences_no_other(walled: Store) -> None:
    run = Run("r2", "w", 1, RunStatus.FAILED, "o/r", "t", {}, Options(), {}, "a", 0, 0)
    walled.write_now(runs.insert_run, run)
    wall, errors = a_wall(), iter([KeyError("ours")])
    wall.trouble = lambda: next(errors, None)
    async with Outbox(walled, WallChannel(walled, {"wall": wall})) as outbox:
        await until(lambda: wall.writings == 1)
        async with asyncio.timeout(60):
            while wall.writings < 2:  # what failed may not be over when the other one is written
                await outbox.catch_up()
                await asyncio.sleep(0.05)


async def test_dry_runs_and_runs_that_are_shown_nowhere_are_left_alone(walled: Store) -> None:
    dry = Run("dry", "w", 1, RunStatus.FAILED, "o/r", "t", {}, Options(dry_run=True), {}, "a", 0, 0)
    walled.write_now(runs.insert_run, dry)
    async with Outbox(walled, WallChannel(walled, {})) as outbox:
        for name in ("dry", "r1", "nobody"):
            await outbox.ended(name)
        await asyncio.sleep(0.2)
        assert not outbox._tasks or all(task.done() for task in outbox._tasks)
