"""A run that waits says so on its issue: once for each reminder, to whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.channels.reminders import Reminder
from tests.bot.github.connecting import app_client
from tests.fakes.github.scene import REPO, Scene
from tests.fakes.snapshots import asks, snapshot
from tests.fakes.tables import make_tables
from workflows.store.database import Store
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
