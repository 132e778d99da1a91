"""The one door to GitHub: every request passes here, is repeated as the answers say, and ends in our own errors.

Waiting is bounded: where GitHub asks for more patience than there is, TransientError says
for how long, and the run is taken up again then. While GitHub is away altogether, no request
is let through but one at a time that looks whether it is back. A request that creates
something is repeated only after a look whether the first one, whose answer was lost, made it.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.github.api.errors import Refused, TransientError, message_of, refusal
from bot.github.api.quota import Quotas
from bot.github.api.rate_limit import Pace
from bot.github.api.transport import HttpAnswer, HttpRequest, Unreachable, Wire
from workflows.breaker import Breaker

Look = Callable[[], Awaitable[Any]]
"""Finds what an earlier request made: the JSON that it would have answered with, None where there is none."""

TRIES = 5
PATIENCE = 75.0
"""Seconds that one call may take, all its tries together: a limit of a minute fits, and so does one hang."""
FAILURES = 2 * TRIES
"""In a row, after which GitHub counts as away: more than one call can have, so that it is not for what one asks."""
_NEUTRAL = HttpRequest("GET", "/rate_limit")
"""What is asked before GitHub counts as away: one part of it may be out while all others answer. It costs nothing.
https://docs.github.com/en/rest/rate-limit/rate-limit#get-rate-limit-status-for-the-authenticated-user
"""
_REDIRECTS = (301, 302, 307, 308)
_MOST_REDIRECTS = 3
_MOST_PAGES = 100


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as the door knows it: seconds since the epoch, and how to let some pass."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


class Badge(Protocol):
    """Credentials. `key` names whose limits they count against."""

    @property
    def key(self) -> str: ...

    async def header(self) -> str:
        """The Authorization header."""
        ...

    def renew(self, header: str) -> bool:
        """GitHub did not take this header: whether the next `header` will be another."""
        ...


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why to try again. `after` in seconds, None where nothing was said; `sent`: it may have been carried out."""

    sentence: str
    after: float | None = None
    sent: bool = False
    limit: bool = False

    @property
    def silence(self) -> bool:
        """Whether GitHub itself did not answer; what it asks of us is an answer."""
        return not self.limit


class Door:
    """Sends requests. One for each GitHub that is talked to."""

    def __init__(self, wire: Wire, *, clock: Clock | None = None, pace: Pace | None = None) -> None:
        self.clock = clock or Clock()
        self._wire = wire
        self._pace = pace or Pace()
        self.quotas = Quotas()
        self._breaker = Breaker("GitHub", failures=FAILURES, now=self.clock.now)
        self.hold: Callable[[], Awaitable[object]] = _anybody
        """Awaited right before each request that changes something: of several workers, one that is gone ends there."""
        self._closed: dict[str, float] = {}
        """Until when GitHub wants to hear nothing more from a key."""
        self._seen: OrderedDict[tuple[str, str], HttpAnswer] = OrderedDict()

    async def send(self, request: HttpRequest, badge: Badge, *, made: Look | None = None) -> HttpAnswer:
        """The answer. UserError where GitHub refuses, TransientError where patience was not enough.

        `made` must be given for requests that create something.
        """
        assert made is not None or not request.creates, f"{request} must be able to find what it made"
        patience = _Patience(self.clock)
        renewed = False
        while True:
            await self._wait_for_leave(request, badge, patience)
            header = await badge.header()
            if request.method != "GET":
                await self.hold()
            answer = await self._visit(request, badge.key, header)
            if isinstance(answer, HttpAnswer):
                if answer.status < 400:
                    return answer
                if answer.status == 401 and not renewed and badge.renew(header):
                    renewed = True
                    continue
                raise refusal(answer.status, answer.body, answer.headers, str(request))
            if answer.limit and answer.after is not None:
                self._closed[badge.key] = self.clock.now() + answer.after
            given_up = await patience.spend(answer)
            if answer.sent and made is not None and (there := await made()) is not None:
                return HttpAnswer(200, there)
            if given_up is not None:
                raise self._breaker.refusal(str(given_up)) or given_up

    async def pages(self, request: HttpRequest, badge: Badge, most: int = _MOST_PAGES) -> AsyncIterator[Any]:
        """The bodies of a list's pages, one after the other, each read when it is asked for."""
        params = {"per_page": 100, **request.params}
        request = replace(request, params=params)
        for _ in range(most):
            answer = await self.send(request, badge)
            yield answer.body
            if not answer.next:
                return
            self._must_be_inside(answer.next)
            request = replace(request, path=answer.next, params={})
        raise Refused(f"GitHub's list of {request.path.partition('?')[0]} does not end.")

    async def _wait_for_leave(self, request: HttpRequest, badge: Badge, patience: _Patience) -> None:
        """Wait while GitHub wants us to, and for a place in the budget where something is made."""
        while (left := self._closed.get(badge.key, 0.0) - self.clock.now()) > 0:
            await patience.wait(left, "GitHub asked us to wait")
        self._closed.pop(badge.key, None)
        while request.makes_content and (left := self._pace.wait(badge.key, self.clock.now())) > 0:
            await patience.wait(left, "We may post no more for the moment")

    async def _visit(self, request: HttpRequest, key: str, header: str) -> HttpAnswer | _Trouble:
        """One try, unless GitHub is away."""
        with self._breaker.visit() as visit:
            answer = await self._try(request, key, header)
            silent = isinstance(answer, _Trouble) and answer.silence
            if silent and self._breaker.strained and not isinstance(await self._try(_NEUTRAL, key, header), _Trouble):
                silent = False
            if isinstance(answer, _Trouble) and silent:
                visit.failed(answer.after)
            else:
                visit.answered()
        return answer

    async def _try(self, request: HttpRequest, key: str, header: str) -> HttpAnswer | _Trouble:
        """One try and the redirects that it leads to."""
        for _ in range(_MOST_REDIRECTS + 1):
            try:
                answer = await self._ask(request, key, header)
            except Unreachable as error:
                return _Trouble(str(error), sent=error.sent)
            self.quotas.note(key, answer.headers, self.clock.now())
            if answer.status not in _REDIRECTS:
                return _trouble(answer, self.clock.now()) or answer
            # GitHub wants the same method there, and our credentials go nowhere else.
            location = answer.headers.get("location", "")
            if request.elsewhere and not self._wire.inside(location):
                return answer
            self._must_be_inside(location)
            request = replace(request, path=location, params={})
        raise Refused(f"GitHub sends {request} in circles.")

    async def _ask(self, request: HttpRequest, key: str, header: str) -> HttpAnswer:
        """With the ETag of the last answer, if there is one: what has not changed costs nothing of the limit."""
        name = (key, f"{request} {sorted(request.params.items())} {request.accept}")
        seen = self._seen.get(name) if request.method == "GET" else None
        answer = await self._wire.ask(request, header, seen.headers.get("etag", "") if seen else "")
        if answer.status == 304 and seen is not None:
            answer = seen
        if request.method == "GET" and answer.status == 200 and "etag" in answer.headers:
            self._remember(name, answer)
        return answer

    def _remember(self, name: tuple[str, str], answer: HttpAnswer) -> None:
        if answer.size > _LARGEST_SEEN:
            return
        self._seen[name] = answer
        self._seen.move_to_end(name)
        while len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)

    def _must_be_inside(self, address: str) -> None:
        if not self._wire.inside(address):
            raise Refused(
                "GitHub's answer leads to another server, which gets nothing from us.", "Check the API's URL."
            )


async def _anybody() -> None:
    """Whoever asks: there is one worker, or this process is none."""


_MOST_SEEN = 256
_LARGEST_SEEN = 64 * 1024


class _Patience:
    """What one call has left to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries = 0
        self._until = clock.now() + PATIENCE

    async def spend(self, trouble: _Trouble) -> TransientError | None:
        """Wait before the next try; what to raise where there is none."""
        self._tries += 1
        pause = trouble.after
        if pause is None:
            pause = random.uniform(0.5, 1.0) * 2 ** (self._tries - 1)
        if self._tries >= TRIES:
            return TransientError(f"{trouble.sentence} ({TRIES} tries).", pause)
        await self.wait(pause, trouble.sentence)
        return None

    async def wait(self, seconds: float, why: str) -> None:
        if self._clock.now() + seconds > self._until:
            raise TransientError(f"{why}; to be tried again in {seconds:.0f} s.", seconds)
        await self._clock.sleep(seconds)


def _trouble(answer: HttpAnswer, now: float) -> _Trouble | None:
    """Why an answer is worth another try; None where it is not."""
    status, headers = answer.status, answer.headers
    if status >= 500 or status == 408:
        return _Trouble(f"GitHub has trouble (status {status})", _seconds(headers), sent=True)
    message = message_of(answer.body).lower()
    spent = headers.get("x-ratelimit-remaining") == "0"
    limited = status == 429 or "retry-after" in headers or spent or "rate limit" in message or "abuse" in message
    if status not in (403, 429) or not limited:
        return None
    after = _seconds(headers)
    if after is None and spent:
        after = max(_number(headers.get("x-ratelimit-reset", "")) - now, 0.0) + 1.0
    # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api: a minute at the least
    return _Trouble("GitHub limits how much we may ask", 60.0 if after is None else after, limit=True)


def _seconds(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    return _number(value) if value else None


def _number(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 60.0
    return max(seconds, 0.0) if math.isfinite(seconds) else 60.0
