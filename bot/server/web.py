"""What this server answers over HTTP: the webhook, its health, and a line for people."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.github.features import GIVEN_ANYWAY, HEARD, RIGHTS_HEARD
from bot.webhook.intake.inbox import Inbox, NotADelivery, checked, signature
from bot.webhook.intake.request_body import Bodies, Left
from sandbox.errors import TransientError, UserError
from workflows.store.cluster import pauses
from workflows.store.database import Store
from workflows.store.web import role_changes

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)

_HEALTH_SECONDS = 5.0
_VERSION = version("pullwright")

STORED = Response(b"stored", 202, media_type="text/plain")
IGNORED = Response(b"ignored: nothing is done with this event", 202, media_type="text/plain")


RIGHTS = frozenset((*GIVEN_ANYWAY, *RIGHTS_HEARD.events, "repository"))
"""Events after which somebody may have another role than before."""


def make_web(
    store: Store,
    inbox: Inbox,
    secret: Callable[[], bytes | None],
    routes: Sequence[BaseRoute] = (),
    rights_changed: Callable[[], None] = lambda: None,
) -> Starlette:
    """The application. `secret` gives the webhook's secret, None while none is set up yet.

    `rights_changed` is called where an event says that somebody may have another role; other processes see it within
    a second.
    """

    async def changed() -> None:
        await store.write(role_changes.note)  # before it is acknowledged: other processes look at it
        rights_changed()

    health = Health(store)
    return Starlette(
        routes=[
            Route("/webhook", Webhook(inbox, secret, changed), methods=["POST"]),
            Route("/health", health, methods=["GET"]),
            Route("/", _front, methods=["GET"]),
            *routes,
        ]
    )


def make_health(store: Store) -> Starlette:
    """What a process answers that only works."""
    return Starlette(routes=[Route("/health", Health(store), methods=["GET"])])


class Webhook:
    """`POST /webhook`. Plain ASGI: a request costs its checks and its commit, and nothing else."""

    def __init__(
        self, inbox: Inbox, secret: Callable[[], bytes | None], rights_changed: Callable[[], Awaitable[None]]
    ) -> None:
        self._inbox = inbox
        self._rights_changed = rights_changed
        self._secret = secret
        self._bodies = Bodies()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._answer(Headers(scope=scope), receive)
        except NotADelivery as refused:
            # of a body that is refused for itself the rest shall not come; any other is read to its end and dropped
            close = {"Connection": "close"} if refused.status in (408, 413) else {}
            answer = PlainTextResponse(refused.sentence, refused.status, close)
        except (TransientError, UserError):
            answer = PlainTextResponse("The delivery could not be stored; send it again later.", 503)
        except Left:
            return
        await answer(scope, receive, send)

    async def _answer(self, headers: Headers, receive: Receive) -> Response:
        secret = self._secret()
        if secret is None:
            raise NotADelivery(503, "No App is set up yet.")
        signature(headers)  # a body that comes without one is not even read
        delivery = checked(headers, await self._bodies.read(headers, receive), secret)
        if delivery.event in RIGHTS:
            await self._rights_changed()
        if delivery.event not in HEARD:
            return IGNORED
        await self._inbox.keep(delivery)
        return STORED


class Health:
    """`GET /health`: 200 where the database answers, else 503; and whether all work is paused, which is no illness."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem, paused = "", None
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                paused = await self._store.read(pauses.exactly, pauses.EVERYTHING) is not None
        except TimeoutError:
            problem = "the database does not answer"
        except (TransientError, UserError) as error:
            log.warning("health: %s", error)
            problem = "the database cannot be used"
        backend = self._store.url.get_backend_name()
        found = {"status": problem or "ok", "version": _VERSION, "database": backend, "paused": paused}
        await JSONResponse(found, 503 if problem else 200)(scope, receive, send)


async def _front(request: Request) -> Response:
    return PlainTextResponse(f"Pullwright {_VERSION} is at work. GitHub delivers to /webhook.\n")
