"""Bodies of webhooks are bounded, whoever sends them and however many do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from bot.webhook.intake.inbox import MOST_BYTES, NotADelivery
from bot.webhook.intake.request_body import SMALL, Bodies, Left

if TYPE_CHECKING:
    from starlette.types import Receive

LARGE = b"x" * (2 * SMALL)


def sending(parts: Iterable[bytes], *, whole: bool = True) -> Receive:
    """What a server hands on of a request; one that is not `whole` is never heard of again."""
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if whole:
        messages[-1]["more_body"] = False
    coming = iter(messages)

    async def receive() -> Any:
        for message in coming:
            return message
        return await asyncio.Future()

    return receive


async def status(bodies: Bodies, receive: Receive) -> int:
    with pytest.raises(NotADelivery) as refused:
        await bodies.read({}, receive)
    return refused.value.status


async def test_a_body_is_put_together() -> None:
    assert await Bodies().read({}, sending([b"a", b"b", b""])) == b"ab"


async def test_a_body_that_does_not_come_to_its_end_is_given_up_and_not_held_any_longer() -> None:
    bodies = Bodies(seconds=0.01, most=len(LARGE))
    assert await status(bodies, sending([LARGE], whole=False)) == 408
    assert await bodies.read({}, sending([LARGE])) == LARGE


async def test_what_all_hold_together_is_bounded_and_small_ones_pass_all_the_same() -> None:
    bodies = Bodies(most=len(LARGE))
    holding = asyncio.create_task(bodies.read({}, sending([LARGE], whole=False)))
    await asyncio.sleep(0)
    assert await status(bodies, sending([LARGE])) == 503
    assert await bodies.read({}, sending([b"x" * SMALL])) == b"x" * SMALL
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert await bodies.read({}, sending([LARGE])) == LARGE


async def test_a_body_may_be_as_large_as_githubs_are_and_no_larger() -> None:
    half = bytes(MOST_BYTES // 2)
    assert len(await Bodies().read({}, sending([half, half]))) == MOST_BYTES
    assert await status(Bodies(), sending([half, half, b"x"], whole=False)) == 413


async def test_who_leaves_in_the_middle_is_no_error() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(Left):
        await Bodies().read({}, receive)
