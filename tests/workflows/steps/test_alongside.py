"""Work beside a step's own: it is done with the step at the latest, and on how it ends nothing depends."""

from __future__ import annotations

import asyncio

import pytest

from workflows.steps.alongside import alongside


async def _nothing() -> None:
    pass


async def _never() -> None:
    await asyncio.Event().wait()


async def test_it_is_waited_for() -> None:
    may_end = asyncio.Event()

    async def work() -> None:
        await may_end.wait()

    async with alongside(work, "test") as other:
        assert not other.done
        asyncio.get_running_loop().call_soon(may_end.set)
        await other.ended(_nothing)
        assert other.done


async def test_the_step_may_be_left_while_it_waits() -> None:
    async def leaves() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        async with alongside(_never, "test") as other:
            await other.ended(leaves)
    assert other.done


@pytest.mark.parametrize("fails", [False, True])
async def test_what_is_not_done_is_stopped_and_has_tidied_up_when_the_step_ends(fails: bool) -> None:
    tidied = asyncio.Event()

    async def work() -> None:
        try:
            await _never()
        finally:
            await asyncio.sleep(0)
            tidied.set()

    try:
        async with alongside(work, "test"):
            await asyncio.sleep(0)
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        assert fails
    assert tidied.is_set()


async def test_that_it_failed_is_logged_and_the_step_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise OSError("no room")

    async with alongside(work, "run X") as other:
        await other.ended(_nothing)
    assert "run X: no room" in caplog.text


async def test_without_any_there_is_nothing_to_wait_for() -> None:
    async with alongside(None, "test") as other:
        assert other.done
        await other.ended(_nothing)
