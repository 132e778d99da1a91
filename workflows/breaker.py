"""A circuit breaker: while a service outside is away, it is not asked by everybody all the time.

    closed ──(many failures in a row)──> open ──(the cool-down is over)──> half open
      ^                                   ^                                    │
      │                                   └──(it failed; a longer cool-down)───┤
      └────────────────────────(the one probe was answered)────────────────────┘

What a service refuses to one request is an answer like any other: only its silence counts.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Lock

from workflows.errors import TransientError

log = logging.getLogger(__name__)

_LONGEST_ASKED = 3600.0
_PROBE = 15.0
"""Seconds for which everybody else waits while a probe is under way: it may well hang until it is given up."""


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class Visit:
    """One call to the service; whoever makes it says how it was answered, or nothing where that is not known."""

    __slots__ = ("_at_once", "_epoch", "_failed", "_rest")

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch
        self._failed: bool | None = None
        self._rest = 0.0
        self._at_once = False

    def answered(self) -> None:
        self._failed = False

    def failed(self, rest: float | None = None, *, at_once: bool = False) -> None:
        """The service was not there, and asked to be left alone for `rest` seconds; `at_once`: by everybody."""
        self._failed, self._rest, self._at_once = True, rest or 0.0, at_once


class Breaker:
    """The breaker of one service, shared by all threads and loops of this process.

    It opens after `failures` in a row, for `first` seconds; the cool-down doubles with each
    probe that fails, up to `most`. `now` is a clock in seconds. `error` is what is raised
    while it is open.
    """

    def __init__(
        self,
        service: str,
        *,
        failures: int,
        first: float = 15.0,
        most: float = 600.0,
        now: Callable[[], float] = time.monotonic,
        error: type[TransientError] = TransientError,
    ) -> None:
        self._service = service
        self._failures = failures
        self._first = first
        self._most = most
        self._now = now
        self._error = error
        self._lock = Lock()
        self._state = State.CLOSED
        self._in_a_row = 0
        self._cool_down = first
        self._until = 0.0
        self._probing = False
        self._epoch = 0
        """Counts the changes of state: what was asked before one says nothing about what is after it."""

    @property
    def state(self) -> State:
        with self._lock:
            return self._state

    @property
    def strained(self) -> bool:
        """Whether one more failure opens it, or keeps it open: who makes a call may first ask something else."""
        with self._lock:
            return self._state is not State.CLOSED or self._in_a_row + 1 >= self._failures

    @contextmanager
    def visit(self) -> Iterator[Visit]:
        """One call to the service; the error, with what is left of the cool-down, where it is not to be made now."""
        with self._lock:
            rest = self._rest()
            if rest <= 0 and self._state is not State.CLOSED:
                self._turn(State.HALF_OPEN)
                self._probing = True
            visit = Visit(self._epoch)
        if rest > 0:
            raise self._away("", rest)
        try:
            yield visit
        finally:
            with self._lock:
                if visit._epoch == self._epoch:
                    self._learn(visit)

    def refusal(self, why: str = "") -> TransientError | None:
        """What to raise for a call that failed with `why`, where the service is away altogether by now."""
        with self._lock:
            return None if self._state is State.CLOSED else self._away(why, max(self._rest(), 1.0))

    def _rest(self) -> float:
        """Seconds for which the service is not to be asked."""
        if self._state is State.CLOSED:
            return 0.0
        return _PROBE if self._probing else self._until - self._now()

    def _learn(self, visit: Visit) -> None:
        """What a call says about the service."""
        probe, self._probing = self._probing, False
        if visit._failed is None:
            return  # where it was the probe, the next call is one
        if not visit._failed:
            self._in_a_row, self._cool_down = 0, self._first
            if probe:
                self._turn(State.CLOSED)
            return
        self._in_a_row += 1
        if probe:
            self._cool_down = min(self._cool_down * 2, self._most)
        if probe or visit._at_once or self._in_a_row >= self._failures:
            self._until = self._now() + max(self._cool_down, min(visit._rest, _LONGEST_ASKED))
            self._turn(State.OPEN)

    def _turn(self, state: State) -> None:
        if state is not self._state:
            level = logging.WARNING if state is State.OPEN else logging.INFO
            log.log(level, "%s: the circuit is %s", self._service, state)
        self._state = state
        self._epoch += 1

    def _away(self, why: str, rest: float) -> TransientError:
        words = why or f"{self._service} does not answer"
        return self._error(f"{words.rstrip('.')}; it is asked again in {rest:.0f} s.", rest, away=True)
