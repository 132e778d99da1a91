"""The buttons below a run's message are those that its state allows, and mean the run as it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.telegram.shown.keyboard import ACTIONS, Press, bound, keys_of, presses
from tests.fakes.snapshots import asks, snapshot
from tests.fakes.tables import make_tables
from workflows.registry import READ_ONLY, WORKFLOWS
from workflows.store.database import Store
from workflows.store.records import Snapshot
from workflows.store.run_rows import runs
from workflows.store.telegram import buttons, chats
from workflows.store.telegram.chats import ChatPlace
from workflows.values import RunStatus


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(opened)
    opened.write_now(runs.insert_run, snapshot().run)
    yield opened
    opened.close()


def place(store: Store, *, private: bool) -> ChatPlace:
    return store.write_now(chats.meet, 77 if private else -77, 0, private=private)


def of(told: Snapshot, workflow: str) -> Snapshot:
    return replace(told, run=replace(told.run, workflow=workflow))


@pytest.mark.parametrize(
    ("told", "rows"),
    [
        (snapshot(status=RunStatus.PENDING), [[Press.ABORT]]),
        (snapshot(status=RunStatus.RUNNING), [[Press.ABORT]]),
        (snapshot(status=RunStatus.WAITING, question=asks()), [[Press.APPROVE, Press.REJECT], [Press.ABORT]]),
        (snapshot(status=RunStatus.WAITING, question=asks("question")), [[Press.ABORT]]),
        (snapshot(status=RunStatus.WAITING), [[Press.ABORT]]),
        (snapshot(status=RunStatus.FAILED), [[Press.RETRY, Press.ROLLBACK]]),
        (snapshot(status=RunStatus.ABORTED), [[Press.RETRY, Press.ROLLBACK]]),
        (snapshot(status=RunStatus.COMPLETED), [[Press.ROLLBACK]]),
        (snapshot(status=RunStatus.ROLLED_BACK), []),
    ],
)
def test_each_state_has_its_own_and_what_was_cleaned_up_has_none(told: Snapshot, rows: list[list[Press]]) -> None:
    assert [list(row) for row in presses(told)] == rows
    assert presses(replace(told, run=replace(told.run, cleaned_at=1.0))) == []


def test_what_changes_nothing_cannot_be_taken_back() -> None:
    assert READ_ONLY
    for workflow in WORKFLOWS:
        shown = {
            press for status in RunStatus for row in presses(of(snapshot(status=status), workflow)) for press in row
        }
        assert (Press.ROLLBACK in shown) is (workflow not in READ_ONLY), workflow


def test_every_press_takes_the_role_of_its_action() -> None:
    assert set(ACTIONS) == set(Press)


async def test_a_button_stays_the_same_as_long_as_it_means_the_same(store: Store) -> None:
    told, group = snapshot(status=RunStatus.WAITING, question=asks()), place(store, private=False)
    first, again = [await keys_of(store, group, told, presses(told)) for _ in range(2)]
    assert first == again
    assert [[key.label for key in row] for row in first] == [["✅ Approve", "✏️ Reject…"], ["⏹ Abort"]]
    newer = replace(told, run=replace(told.run, segment=1))
    asked_anew = replace(told, question=replace(asks(), binding="other"))
    tokens = {key.data for row in first for key in row}
    for other in (newer, asked_anew):
        assert tokens.isdisjoint(key.data for row in await keys_of(store, group, other, presses(other)) for key in row)
    assert max(len(token.encode()) for token in tokens) <= 64, "more Telegram does not carry"


def test_in_a_private_chat_it_is_its_owner_s_and_in_a_group_whoever_s_is_named(store: Store) -> None:
    told = snapshot(status=RunStatus.WAITING, question=asks())
    private, group = (place(store, private=one) for one in (True, False))
    assert bound(private, told, Press.APPROVE).account == private.chat
    assert bound(group, told, Press.APPROVE).account == 0
    assert bound(group, told, Press.APPROVE, account=5).account == 5
    assert (bound(group, told, Press.APPROVE).binding, bound(group, snapshot(), Press.ABORT).binding) == ("b", "")


async def test_one_that_was_used_is_none_to_show_again(store: Store) -> None:
    told, group = snapshot(status=RunStatus.RUNNING), place(store, private=False)
    ((before,),) = await keys_of(store, group, told, presses(told))
    wanted = store.read_now(buttons.find, before.data)
    assert wanted is not None
    assert wanted.run_id == told.run.id
    store.write_now(lambda db: db.exec_driver_sql("UPDATE telegram_buttons SET used_at = 1"))
    ((after,),) = await keys_of(store, group, told, presses(told))
    assert after.data != before.data
