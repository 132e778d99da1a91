"""A code says once, and for one login, whose an account is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fakes.postgres import postgres, postgres_url
from tests.fakes.tables import make_tables
from workflows.store import tables
from workflows.store.database import Store
from workflows.store.telegram import chats, people, updates
from workflows.store.telegram.chats import Hears
from workflows.store.telegram.people import CODE_SECONDS
from workflows.store.telegram.updates import MOST_WAITING, UpdateState

__all__ = ["postgres", "postgres_url"]

NOW = 1000.0


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = (
        request.getfixturevalue("postgres_url")
        if request.param == "postgres"
        else f"sqlite:///{tmp_path / 'app.sqlite'}"
    )
    store = Store(url)
    make_tables(store)
    yield store
    store.close()


def code_for(store: Store, account: int = 41, now: float = NOW) -> str:
    return store.write_now(people.make_code, account, "@alice", now)


def test_a_code_is_good_once_and_for_one_login(store: Store) -> None:
    code = code_for(store)
    assert store.write_now(people.redeem, f" {code.lower()} ", "alice", NOW + 1) == "@alice"
    assert store.write_now(people.redeem, code, "mallory", NOW + 2) is None
    assert store.write_now(people.redeem, code, "alice", NOW + 3) == "@alice", "a delivery is handled twice"
    assert store.read_now(people.find, 41) == people.LinkedAccount(41, "alice")


@pytest.mark.parametrize("code", ["", "AAAA", "x" * 500, "é", "' OR 1=1 --", "\x00"])
def test_what_is_no_code_links_nobody(store: Store, code: str) -> None:
    code_for(store)
    assert store.write_now(people.redeem, code, "alice", NOW) is None
    assert store.read_now(people.find, 41) is None


def test_a_code_is_over_after_a_while_and_when_there_is_a_newer_one(store: Store) -> None:
    old = code_for(store)
    assert store.write_now(people.redeem, old, "alice", NOW + CODE_SECONDS) is None
    newer = code_for(store)
    assert store.write_now(people.redeem, old, "alice", NOW + 1) is None
    assert store.write_now(people.redeem, newer, "alice", NOW + 1) == "@alice"


def test_no_code_is_kept_as_it_is(store: Store) -> None:
    code = code_for(store)
    kept = store.read_now(lambda db: str(db.execute(sa.select(tables.telegram_codes)).all()))
    assert code not in kept


def test_who_is_linked_anew_is_told_so_and_what_was_heard_is_heard_as_the_new_one(store: Store) -> None:
    store.write_now(people.redeem, code_for(store), "alice", NOW)
    place = store.write_now(chats.meet, 41, 0, private=True)
    store.write_now(chats.subscribe, place.id, "github.com/o/r", 41, Hears.ALL, NOW)
    (linked,) = store.read_now(people.untold)
    store.write_now(people.tell, linked)
    store.write_now(people.redeem, code_for(store), "alicia", NOW)
    assert store.read_now(people.untold) == [people.LinkedAccount(41, "alicia")]
    ((_, heard),) = store.read_now(chats.hearing, "github.com/o/r", NOW)
    assert heard.login == "alicia"


def test_who_is_forgotten_hears_nothing(store: Store) -> None:
    store.write_now(people.redeem, code_for(store), "alice", NOW)
    place = store.write_now(chats.meet, 41, 0, private=True)
    store.write_now(chats.subscribe, place.id, "github.com/o/r", 41, Hears.ALL, NOW)
    assert store.write_now(people.unlink_login, "alice") == 1
    assert store.read_now(people.find, 41) is None
    assert store.read_now(chats.hearing, "github.com/o/r", NOW) == []


# --- chats -----------------------------------------------------------------------------------------


def test_a_group_that_moved_keeps_what_it_hears(store: Store) -> None:
    store.write_now(people.redeem, code_for(store), "alice", NOW)
    group = store.write_now(chats.meet, -7, 0, private=False)
    store.write_now(chats.subscribe, group.id, "github.com/o/r", 41, Hears.ALL, NOW)
    store.write_now(chats.meet, -100, 0, private=False)  # somebody spoke there before we heard of it
    for _ in range(2):
        store.write_now(chats.migrate, -7, -100)
    ((place, _),) = store.read_now(chats.hearing, "github.com/o/r", NOW)
    assert (place.id, place.chat) == (group.id, -100)


def test_one_topic_that_is_closed_closes_no_other(store: Store) -> None:
    places = [store.write_now(chats.meet, -7, thread, private=False) for thread in (0, 5, 6)]
    store.write_now(chats.lose, -7, "closed", 5)
    assert [bool((one := store.read_now(chats.get, place.id)) and one.gone) for place in places] == [False, True, False]
    store.write_now(chats.lose, -7, "kicked")
    assert all((one := store.read_now(chats.get, place.id)) and one.gone for place in places)


# --- updates ---------------------------------------------------------------------------------------


def test_each_chat_is_handled_in_order_and_one_that_waits_holds_up_its_own(store: Store) -> None:
    found = [(1, 41, {"n": 1}), (2, 42, {"n": 2}), (3, 41, {"n": 3}), (1, 41, {"n": "again"})]
    store.write_now(updates.keep, found)
    assert store.read_now(updates.next_number) == 4
    assert [(one.id, one.payload) for one in store.read_now(updates.due)] == [(1, {"n": 1}), (2, {"n": 2})]
    assert [one.id for one in store.read_now(updates.due, [41])] == [2]
    store.write_now(updates.put_off, 1, 60.0)
    assert [one.id for one in store.read_now(updates.due)] == [2]
    store.write_now(updates.close, 2, UpdateState.HANDLED)
    assert store.read_now(updates.due) == []


def test_old_updates_are_forgotten_but_for_the_newest_which_says_where_to_read_on(store: Store) -> None:
    store.write_now(updates.keep, [(1, 41, {}), (2, 41, {}), (3, 41, {})])
    store.write_now(are_old(4.0))
    for number in (1, 2, 3):
        store.write_now(updates.close, number, UpdateState.HANDLED)
    assert store.read_now(updates.next_number) == 4
    assert kept_numbers(store) == [3]


@pytest.mark.parametrize("number", [1, 900])
def test_after_a_silence_of_a_week_all_is_read_and_another_number_counts(store: Store, number: int) -> None:
    store.write_now(updates.keep, [(70, 41, {}), (71, 41, {})])
    store.write_now(are_old(8.0))
    assert store.read_now(updates.next_number) == 0
    store.write_now(updates.keep, [(number, 41, {"message": {"message_id": 5}})])
    assert store.read_now(updates.next_number) == number + 1
    assert store.read_now(updates.newest_message, 41) == 5
    for one in (70, 71, number):
        store.write_now(updates.close, one, UpdateState.HANDLED)
    assert kept_numbers(store) == [number]


def are_old(days: float) -> Callable[[sa.Connection], object]:
    at = time.time() - days * 86400.0
    return lambda db: db.execute(tables.telegram_updates.update().values(received_at=at))


def kept_numbers(store: Store) -> list[int]:
    return store.read_now(lambda db: list(db.scalars(sa.select(tables.telegram_updates.c.id))))


def test_who_floods_a_chat_fills_neither_the_database_nor_the_way_of_others(store: Store) -> None:
    store.write_now(updates.keep, [(number, 666, {}) for number in range(1, 500)])
    store.write_now(updates.keep, [(500, 41, {})])
    assert [one.id for one in store.read_now(updates.due)] == [1, 500]
    store.write_now(updates.put_off, 1, 60.0)
    assert [one.id for one in store.read_now(updates.due)] == [500]
    count = store.read_now(lambda db: db.scalar(sa.select(sa.func.count()).select_from(tables.telegram_updates)))
    assert count == MOST_WAITING + 1
    assert store.read_now(updates.next_number) == 501
