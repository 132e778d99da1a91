"""Scripted misbehaviour: which requests fail, how, how often, and whether they take effect all the same."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.github.wire import Answer, Refused

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

Kind = Literal["status", "secondary", "rate", "reset", "hang"]


@dataclass(slots=True)
class Fault:
    """What happens to requests whose method and path match.

    `path` is a regular expression for the whole path, without the API's prefix. With
    `late` the operation is carried out and only its answer is lost or replaced, which is
    what a client meets when the network breaks at the worst moment.
    """

    path: str
    method: str = ".*"
    kind: Kind = "status"
    status: int = 500
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    after: int = 0
    """How many matching requests pass before."""
    seconds: float = 3600.0
    """How long a hang lasts; what `retry-after` says for a secondary limit."""
    late: bool = False

    def matches(self, method: str, path: str) -> bool:
        return bool(re.fullmatch(self.method, method) and re.fullmatch(self.path, path))


@dataclass(slots=True)
class Faults:
    """The faults that wait for their requests."""

    planned: list[Fault] = field(default_factory=list)

    def plan(self, fault: Fault) -> None:
        self.planned.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of this request, used up once."""
        for fault in self.planned:
            if not fault.matches(method, path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.planned.remove(fault)
            return fault
        return None


async def answer(fault: Fault, receive: Receive) -> Answer | None:
    """What the client gets; None where it gets nothing, because its connection is gone."""
    match fault.kind:
        case "reset":
            await _reset(receive)
            return None
        case "hang":
            await _hang(fault.seconds, receive)
            return None
        case "secondary":
            message = fault.message or "You have exceeded a secondary rate limit. Please wait a few minutes."
            refusal = Refused(403, message, retry_after=str(int(fault.seconds)))
        case "rate":
            reset = str(int(time.time() + fault.seconds))
            refusal = Refused(403, "API rate limit exceeded", x_ratelimit_remaining="0", x_ratelimit_reset=reset)
        case _:
            refusal = Refused(fault.status, fault.message or _MESSAGES.get(fault.status, "Server Error"))
    made = refusal.answer()
    made.headers.update(fault.headers)
    return made


_MESSAGES = {
    401: "Bad credentials",
    403: "Resource not accessible by integration",
    404: "Not Found",
    422: "Validation Failed",
}


async def _reset(receive: Receive) -> None:
    """Break the connection with a TCP reset, as a failing network does."""
    transport: asyncio.Transport = receive.__self__.transport  # type: ignore[attr-defined]
    raw: socket.socket = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _gone(receive)


async def _hang(seconds: float, receive: Receive) -> None:
    """Say nothing until the client gives up or the time is over, then break the connection."""
    try:
        async with asyncio.timeout(seconds):
            await _gone(receive)
    except TimeoutError:
        await _reset(receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
