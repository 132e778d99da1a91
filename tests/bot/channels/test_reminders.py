"""A run that waits says so on its issue: once for each reminder, to whoever asked for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels.reminders import InAllPlaces, Reminder
from tests.bot.github.connecting import app_client
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.snapshots import asks, snapshot
from tests.fakes.tables import make_tables
from workflows.errors import TransientError, UserError
from workflows.store.database import Store
from workflows.store.records import Question, Run
from workflows.values import Issue, to_json


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    yield store
    store.close()


async def test_each_reminder_is_one_comment_however_often_it_is_told(scene: Scene, store: Store) -> None:
    number = scene.issue("It is broken")
    inputs = {
        "forge": "github",
        "installation": scene.installation,
        "repository": "octo/sample",
        "issue": to_json(Issue(number, "It is broken", "")),
        "requester": {"login": "alice"},
    }
    run = replace(snapshot().run, inputs=inputs)
    async with app_client(scene) as github:
        reminder = Reminder(store, github.repository, scene.github.url)
        for time in (1, 1, 2):
            await reminder(run, asks(), time)
        await reminder(replace(run, inputs={"issue": inputs["issue"]}), asks(), 3)  # a local one
    said = [one["body"] for one in scene.alice.get(f"{REPO}/issues/{number}/comments").raise_for_status().json()]
    assert [body.splitlines()[0] for body in said] == [f"<!-- pullwright:reminder:r1:0:{n} -->" for n in (1, 2)]
    assert "@alice: run `r1` has waited for an answer to its question since" in said[0]


@pytest.mark.parametrize(
    ("first", "second", "raised"),
    [
        (None, None, None),
        (TransientError("away"), None, TransientError),
        (UserError("gone"), None, UserError),
        (UserError("gone"), TransientError("away"), TransientError),
        (TransientError("away"), UserError("gone"), TransientError),
    ],
)
async def test_where_one_place_cannot_be_told_the_others_are(
    first: Exception | None, second: Exception | None, raised: type[Exception] | None
) -> None:
    told: list[str] = []

    def teller(name: str, error: Exception | None) -> Callable[[Run, Question, int], Awaitable[None]]:
        async def tell(run: Run, question: Question, number: int) -> None:
            told.append(name)
            if error is not None:
                raise error

        return tell

    several = InAllPlaces([teller("one", first), teller("two", second)])
    with pytest.raises(raised) if raised is not None else nullcontext():
        await several(snapshot().run, asks(), 1)
    assert told == ["one", "two"]
