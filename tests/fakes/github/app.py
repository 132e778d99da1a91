"""The stand-in as an ASGI application: API, git, pages and control behind one address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.github import api, control, faults, git_http, pages, wire
from tests.fakes.github.deliveries import Outbox
from tests.fakes.github.faults import Faults
from tests.fakes.github.state import World
from tests.fakes.github.wire import Answer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def new_world(root: Path) -> World:
    """An empty GitHub whose repositories are kept below `root`."""
    root.mkdir(parents=True, exist_ok=True)
    return World(root.resolve(), Outbox(), Faults())


@dataclass(slots=True)
class StandIn:
    """The ASGI application over one world."""

    world: World

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        try:
            await self._route(scope, receive, send)
        except Exception as error:
            # a 500 of our own may be retried and go unseen, so it is kept where tests look
            self.world.own_violations.append(f"{scope['method']} {scope['path']}: {error!r}")
            raise

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/api/"):
            await api.serve(self.world, scope, receive, send)
        elif scope["path"].startswith("/_logs/"):
            await _send(_log(self.world, scope), send)
        elif git_http.split(scope["path"]):
            await self._git(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Deliver webhooks from start to end."""
        await receive()
        posting = asyncio.create_task(self.world.outbox.work())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        posting.cancel()
        with suppress(asyncio.CancelledError):
            await posting
        await send({"type": "lifespan.shutdown.complete"})

    async def _git(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self.world.faults.take(scope["method"], scope["path"])
        if fault is None:
            await git_http.serve(self.world, scope, receive, send)
            return
        if fault.late:
            await git_http.serve(self.world, scope, receive, _nowhere)
        answer = await faults.answer(fault, receive)
        if answer is not None:
            await _send(answer, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["path"]
        if path.startswith("/_control/"):
            answer = await control.carry_out(self.world, path.removeprefix("/_control/"), bytes(body))
        else:
            answer = await pages.show(self.world, scope["method"], path, scope["query_string"].decode(), bytes(body))
        await _send(answer, send)


def _log(world: World, scope: Scope) -> Answer:
    """A log as another server keeps it, which refuses credentials of GitHub's as Azure does."""
    _, repository, job = scope["path"].strip("/").split("/")
    if any(name == b"authorization" for name, _ in scope["headers"]):
        return Answer({"message": "InvalidAuthenticationInfo"}, 400)
    text = world.repositories[int(repository)].job_logs[int(job)]
    return Answer(text.encode(), 200, {"Content-Type": "text/plain; charset=utf-8"})


async def _send(answer: Answer, send: Send) -> None:
    body = wire.encode(answer) or b"null"
    headers = {"Content-Type": "application/json", **answer.headers, "Content-Length": str(len(body))}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def _nowhere(message: Message) -> None:
    """Where the answer of a late fault goes."""
