"""Deliveries are taken up until each has come to its end, whatever is away or breaks in between."""

from __future__ import annotations

import asyncio
import errno

import pytest
import sqlalchemy as sa

from bot.github.api.http import FAILURES, TRIES
from bot.webhook.deliveries import MOST_ATTEMPTS
from bot.webhook.handler import Errand
from tests.bot.dispatching import Desk, desk, scene
from tests.fakes.github.fixture import github
from workflows.store.tables import deliveries as table

__all__ = ["desk", "github", "scene"]


async def test_what_github_cannot_do_now_is_tried_again(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.arrive()
    desk.scene.github.fault("/repos/octo/sample/contents/.*", status=503, times=TRIES)
    await desk.settle()
    assert len(desk.runs()) == 1
    desk.scene.github.heal()


async def test_while_github_is_away_a_delivery_waits_without_using_up_its_attempts(desk: Desk) -> None:
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.scene.github.fault("/repos/octo/sample/contents/.*", status=503, times=FAILURES + MOST_ATTEMPTS)
    await desk.settle()
    assert len(desk.runs()) == 1
    assert {status for status, _ in desk.outcomes()} == {"handled", "ignored"}


async def test_while_github_does_not_know_us_a_delivery_waits_for_whoever_mends_that(desk: Desk) -> None:
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.store.write_now(lambda db: db.execute(table.update().values(attempts=MOST_ATTEMPTS - 1)))
    desk.scene.github.fault("/app/installations/.*", status=401, times=6)
    await desk.settle()
    assert len(desk.runs()) == 1
    assert {status for status, _ in desk.outcomes()} == {"handled", "ignored"}


async def test_while_the_database_cannot_be_used_a_delivery_waits_for_whoever_mends_that(desk: Desk) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.arrive()
    desk.store.write_now(lambda db: db.execute(table.update().values(attempts=MOST_ATTEMPTS - 1)))
    desk.store.write_now(lambda db: db.execute(sa.text("ALTER TABLE workflow_runs RENAME TO elsewhere")))
    settling = asyncio.create_task(desk.settle())
    await asyncio.sleep(1.0)
    assert "failed" not in {status for status, _ in desk.outcomes()}
    desk.store.write_now(lambda db: db.execute(sa.text("ALTER TABLE elsewhere RENAME TO workflow_runs")))
    await settling
    assert len(desk.runs()) == 1
    assert {status for status, _ in desk.outcomes()} == {"handled", "ignored"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE])
async def test_while_this_machine_lacks_room_a_delivery_waits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    run, left = Errand.run, [3]

    async def ran(errand: Errand) -> str:
        left[0] -= 1
        if left[0] >= 0:
            raise OSError(number, "no room")
        return await run(errand)

    monkeypatch.setattr(Errand, "run", ran)
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.store.write_now(lambda db: db.execute(table.update().values(attempts=MOST_ATTEMPTS - 1)))
    await desk.settle()
    assert len(desk.runs()) == 1
    assert {status for status, _ in desk.outcomes()} == {"handled", "ignored"}


async def test_what_github_could_not_do_for_hours_ends_after_a_number_of_attempts(desk: Desk) -> None:
    desk.began = 1000.0
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.scene.github.fault("/repos/octo/sample/contents/.*", status=503, times=10_000)
    await desk.settle()
    assert desk.runs() == []
    assert [status for status, _ in desk.outcomes()].count("failed") >= 1
    desk.scene.github.heal()


async def test_a_delivery_that_ends_the_process_each_time_is_given_up(desk: Desk) -> None:
    desk.label(desk.scene.issue())
    await desk.arrive()
    desk.store.write_now(lambda db: db.execute(table.update().values(attempts=MOST_ATTEMPTS)))
    await desk.settle()
    assert desk.runs() == []
    assert {status for status, _ in desk.outcomes()} == {"failed"}


async def test_a_suspended_installation_is_a_clear_end(desk: Desk) -> None:
    desk.label(desk.scene.issue())
    await desk.arrive()
    with desk.scene.github.client(desk.scene.app.jwt()) as app:
        app.put(f"/app/installations/{desk.scene.installation}/suspended").raise_for_status()
    await desk.settle()
    assert desk.runs() == []
    assert any("suspended" in why for _, why in desk.outcomes())


async def test_what_a_process_that_ends_was_handling_is_due_for_the_next_one_and_no_attempt_was_made(
    desk: Desk,
) -> None:
    number = desk.scene.issue()
    desk.scene.github.fault(".*/collaborators/.*", kind="hang", seconds=60)
    desk.label(number)
    await desk.arrive()
    working = asyncio.create_task(desk.dispatch.run())
    while not desk.dispatch.at_work:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)  # now it waits for GitHub's answer
    desk.dispatch.interrupt()
    await working
    kept = desk.store.read_now(lambda db: db.execute(table.select().where(table.c.status == "stored")).all())
    assert [(one.attempts, one.due_at) for one in kept] == [(0, 0.0)]
    assert not desk.dispatch.at_work
