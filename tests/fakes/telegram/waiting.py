"""What the tests of chats wait for: a run that asks, a worker at its orders, updates that are handled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa

from tests.fakes.telegram.chatting import ALICE, Chatting
from tests.fakes.telegram.world import Said
from workflows.store import tables
from workflows.store.web import orders
from workflows.store.web.orders import OrderKind, OrderState
from workflows.values import RunStatus


async def asking(chats: Chatting) -> Said:
    """A run that waits for a yes, and its message."""
    chats.run("261120-aaaaa", status=RunStatus.WAITING, asks="approval", step="approval", question="The plan")
    await chats.outbox.changed("261120-aaaaa")
    return await chats.shown(ALICE, "The plan")


@asynccontextmanager
async def working(chats: Chatting, result: dict[str, object]) -> AsyncIterator[list[OrderKind]]:
    """A worker that does every order with this result; what it did."""
    done: list[OrderKind] = []

    async def work() -> None:
        while True:
            for order in await chats.store.write(orders.take):
                done.append(order.kind)
                await chats.store.write(orders.close, order, OrderState.DONE, result)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(work())
    try:
        yield done
    finally:
        task.cancel()


def updates_put_off(db: sa.Connection) -> int:
    columns = tables.telegram_updates.c
    return int(db.scalar(sa.select(sa.func.count()).where(columns.attempts > 0)) or 0)


async def until_handled(chats: Chatting) -> None:
    def waiting(db: sa.Connection) -> int:
        columns = tables.telegram_updates.c
        return int(db.scalar(sa.select(sa.func.count()).where(columns.status == "stored")) or 0)

    while chats.store.read_now(waiting):
        await chats.handled()
        await asyncio.sleep(0.02)
