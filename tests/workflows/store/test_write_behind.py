"""What is written beside the work comes to the disk in its order, or not at all from some point on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from workflows.store.database import Store
from workflows.store.write_behind import WriteBehind

TABLE = sa.Table("said", sa.MetaData(), sa.Column("number", sa.Integer, primary_key=True))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'said.sqlite'}")
    TABLE.metadata.create_all(opened.engine)
    yield opened
    opened.close()


def says(number: int) -> Callable[[sa.Connection], None]:
    return lambda db: db.execute(TABLE.insert(), {"number": number}) and None


def said(store: Store) -> list[int]:
    return list(store.read_now(lambda db: db.scalars(sa.select(TABLE.c.number).order_by(TABLE.c.number)).all()))


def count_of(db: sa.Connection) -> int:
    return int(db.execute(sa.select(sa.func.count()).select_from(TABLE)).scalar_one())


async def test_what_waits_is_written_in_one_transaction_with_whatever_asks_for_an_answer(store: Store) -> None:
    behind, commits = WriteBehind(store), list[object]()
    sa.event.listen(store.engine, "commit", commits.append)
    for number in range(3):
        behind.note(says(number))
    behind.begin()
    assert await behind.write(count_of) == 3
    assert len(commits) == 1


async def test_what_is_noted_meanwhile_is_written_behind_it(store: Store) -> None:
    behind = WriteBehind(store)
    seen = list[list[int]]()

    async def look() -> None:
        seen.append(said(store))
        if len(seen) == 1:
            behind.note(says(2), look)

    behind.note(says(1), look)
    await behind.settled()
    assert seen == [[1], [1, 2]]


async def test_nothing_is_written_before_it_is_begun(store: Store) -> None:
    behind = WriteBehind(store)
    behind.note(says(1))
    await asyncio.sleep(0.05)
    assert said(store) == []
    await behind.settled()
    assert said(store) == [1]


async def test_nothing_is_written_behind_what_could_not_be(store: Store) -> None:
    store.write_now(says(1))
    behind = WriteBehind(store)
    behind.note(says(1))  # which is there already
    behind.note(says(2))
    for number in (3, 4):
        with pytest.raises(sa.exc.IntegrityError):
            await behind.settled()
        behind.note(says(number))
    with pytest.raises(sa.exc.IntegrityError):
        await behind.write(count_of)
    await behind.close()
    assert said(store) == [1]


async def test_who_is_cut_off_while_waiting_can_still_have_all_of_it_written(store: Store) -> None:
    behind = WriteBehind(store)
    behind.note(says(1))
    waiting = asyncio.ensure_future(behind.settled())
    await asyncio.sleep(0)
    behind.note(says(2))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await behind.close()
    assert said(store) == [1, 2]


async def test_a_worker_that_does_not_count_any_more_writes_nothing_and_is_told_so(store: Store) -> None:
    class Ended(BaseException):
        """Stands for the end of the process."""

    def refuse(db: sa.Connection) -> None:
        raise Ended

    behind = WriteBehind(store)
    store.fence = refuse
    behind.note(says(1))
    with pytest.raises(Ended):
        await behind.write(count_of)
    store.fence = None
    assert said(store) == []
