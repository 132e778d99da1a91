"""How a server ends: it takes on nothing more, lets what is under way finish for a while, and hands over the rest."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

_ASKING = (signal.SIGTERM, signal.SIGINT)
_LOOK_SECONDS = 0.05


class Stopped(Exception):
    """The process was asked to end before it was at work."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What a process is asked by signals: `asked` to end in order, `hurried` to do so without patience."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hurried: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self) -> None:
        """Ask; the second time is for somebody who does not want to wait."""
        (self.hurried if self.asked.is_set() else self.asked).set()

    @contextlib.asynccontextmanager
    async def gives_up(self) -> AsyncIterator[None]:
        """The block is left as soon as the process is asked to end; Stopped is raised then."""
        try:
            async with asyncio.timeout(None) as patience:
                watch = asyncio.create_task(self._end(patience))
                try:
                    yield
                finally:
                    watch.cancel()
        except TimeoutError:
            if not patience.expired():
                raise
            raise Stopped from None

    async def _end(self, patience: asyncio.Timeout) -> None:
        await self.asked.wait()
        patience.reschedule(asyncio.get_running_loop().time())


def stopped_by_signals() -> Stop:
    """SIGTERM or SIGINT asks; the second of them hurries. What came since `put_off_signals` is heard now."""
    stop = Stop()
    for number in _ASKING:
        asyncio.get_running_loop().add_signal_handler(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKING)
    return stop


def put_off_signals() -> None:
    """Until `stopped_by_signals`: who is told that we listen may ask us to end before our loop begins."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING)


class Work(Protocol):
    """A worker, as its end needs it."""

    @property
    def runs_at_work(self) -> frozenset[str]:
        """The runs that are in the middle of a step."""
        ...

    @property
    def deliveries_at_work(self) -> int: ...

    async def take_no_more(self) -> None:
        """Begin no segment, step or delivery; returns at once."""
        ...


async def drain(work: Work, seconds: float, stop: Stop, say: Callable[[str], None]) -> None:
    """Wait until nothing is under way, for `seconds` at most; what still is then is for the caller to interrupt."""
    await work.take_no_more()
    if not _busy(work):
        return
    say(f"Draining: {_counted(work)} at work, up to {seconds:g} s. Once more to end at once.")
    deadline = time.monotonic() + seconds
    while _busy(work) and time.monotonic() < deadline:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                await stop.hurried.wait()
                break
    if runs := sorted(work.runs_at_work):
        say(f"Handed over in the middle of a step: {', '.join(runs)}.")


def _busy(work: Work) -> bool:
    return bool(work.runs_at_work or work.deliveries_at_work)


def _counted(work: Work) -> str:
    """`2 runs`, `1 run and 3 deliveries`."""
    counts = ((len(work.runs_at_work), "run", "runs"), (work.deliveries_at_work, "delivery", "deliveries"))
    return " and ".join(f"{number} {one if number == 1 else many}" for number, one, many in counts if number)
