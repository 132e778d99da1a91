"""Ends a process whose event loop does nothing any more, so that whatever supervises it can start it again."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import sys
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn

from workflows.cluster.heartbeat import end_process

LOOKS = 60
LOOK_SECONDS = 1.0


class Watchdog:
    """Asks a loop for a sign at each look, and ends the process where one did not come for so many looks on end.

    A loop that is busy gives its sign between two of the things that it does. Looks are
    counted, and not seconds: whoever freezes the process freezes the watchdog with it.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, looks: int = LOOKS, end: Callable[[str], NoReturn] = end_process
    ) -> None:
        self._loop = loop
        self._looks = looks
        self._end = end
        self._asked = False
        self._missed = 0

    def look(self) -> bool:
        """False where the loop is closed: there is nothing to look for any more."""
        if self._asked:
            self._missed += 1
            if self._missed < self._looks:
                return True
            faulthandler.dump_traceback(sys.stderr)  # where it hangs, for whoever is to mend it
            self._end(
                "An event loop of this process has done nothing for a long time, which is an error of ours: "
                "what stands above is where it hangs. Start it again; nothing is lost."
            )
        self._asked, self._missed = True, 0
        try:
            self._loop.call_soon_threadsafe(self._sign)
        except RuntimeError:
            return False
        return True

    def _sign(self) -> None:
        self._asked = False


@contextlib.contextmanager
def watched(
    loop: asyncio.AbstractEventLoop, *, looks: int = LOOKS, look_seconds: float = LOOK_SECONDS
) -> Iterator[None]:
    """Look after a loop until the block is left."""
    dog, over = Watchdog(loop, looks=looks), threading.Event()

    def watch() -> None:
        while not over.wait(look_seconds) and dog.look():
            pass

    thread = threading.Thread(target=watch, name="watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
