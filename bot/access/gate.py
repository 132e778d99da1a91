"""What stands before every route: it asks who comes and whether they may, and only then the route answers.

A route says what it needs where it is declared, so that none can forget to ask; a test walks the table of all routes.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.access.headers import hardened
from bot.access.people.identity import NOBODY, Identities
from bot.access.people.visitors import Need, RoleSource, Visitor, WebVisit
from bot.access.rate import Rate
from bot.access.refusals import NOT_KNOWN, RefusalWords, RequestRefused, words_of
from bot.access.same_site import SAFE, is_ours
from sandbox.errors import TransientError, UserError
from workflows.store.database import Store
from workflows.store.web.keys import KeyScope

log = logging.getLogger(__name__)

Endpoint = Callable[[Request, WebVisit], Awaitable[Response]]
DrawRefusal = Callable[[Request, RefusalWords], Response]


class GuardedRoute(Route):
    """A route behind a gate. `need` and `scope` are what it takes."""

    def __init__(
        self,
        path: str,
        asked: Callable[[Request], Awaitable[Response]],
        endpoint: Endpoint,
        methods: Sequence[str],
        need: Need,
        scope: KeyScope,
    ) -> None:
        super().__init__(path, asked, methods=list(methods), include_in_schema=False)
        self.behind = endpoint
        self.need = need
        self.scope = scope


@dataclass(slots=True)
class AccessGate:
    """Makes guarded routes. `draw` says how a refusal looks; `keys` whether a key opens them, beside a session.

    `roles` may remember for a while what people are, for what is shown; `asked` tells how it is when something is done.
    """

    store: Store
    identities: Identities
    roles: RoleSource
    asked: RoleSource
    draw: DrawRefusal
    keys: bool = False
    rate: Rate = field(default_factory=Rate)

    def route(
        self,
        path: str,
        endpoint: Endpoint,
        need: Need,
        *,
        methods: Sequence[str] = ("GET",),
        scope: KeyScope = KeyScope.READ,
    ) -> GuardedRoute:
        async def asked(request: Request) -> Response:
            return await self._answer(request, endpoint, need, scope)

        return GuardedRoute(path, asked, endpoint, methods, need, scope)

    async def _answer(self, request: Request, endpoint: Endpoint, need: Need, scope: KeyScope) -> Response:
        try:
            answer = await self._admitted(request, endpoint, need, scope)
        except (UserError, TransientError) as error:
            answer = self.draw(request, words_of(error))
        except Exception:  # a root: whoever asked is told a number, and no inner words
            number = secrets.token_hex(6)
            log.exception("request %s: an error of ours at %s", number, request.url.path)
            words = f"Pullwright itself failed at this. Whoever runs it finds the details in its log under {number}."
            answer = self.draw(request, RefusalWords(500, words))
        return hardened(answer)

    async def _admitted(self, request: Request, endpoint: Endpoint, need: Need, scope: KeyScope) -> Response:
        _must_be_text(request)
        visitor = await self._visitor(request)
        refused = self._refusal(request, visitor, need, scope)
        if refused is not None:
            return self.draw(request, refused)
        roles = self.roles if request.method in SAFE else self.asked
        visit, named = WebVisit(visitor, self.store, roles), request.path_params
        if need is Need.RUN:
            visit = replace(visit, run=await visit.need_run(str(named["run"])))
        elif need is Need.REPOSITORY:
            visit = replace(visit, repository=await visit.need_repository(str(named["repository"])))
        return await endpoint(request, visit)

    async def _visitor(self, request: Request) -> Visitor:
        """Keys open the API alone; on a page a key is nobody."""
        if not self.keys and "authorization" in request.headers:
            return NOBODY
        return await self.identities.of(request)

    def _refusal(self, request: Request, visitor: Visitor, need: Need, scope: KeyScope) -> RefusalWords | None:
        if visitor is NOBODY and need is not Need.OPEN:
            return NOT_KNOWN
        if visitor.key is None and not is_ours(request.method, request.headers):
            return RefusalWords(403, "This was asked for by another site.", "Open the page here, and ask from there.")
        if need is Need.OPEN:
            return None
        if seconds := self.rate.take(visitor.id):
            after = {"Retry-After": str(max(1, round(seconds)))}
            return RefusalWords(429, "That is too often.", "Wait, then ask again.", after)
        if not visitor.has(scope):
            return RefusalWords(403, f"This key has not the scope {scope}.", "Make one that has it.")
        if need is Need.ADMIN and not visitor.admin:
            return RefusalWords(403, "This is for whoever runs this server.", "PULLWRIGHT_ADMINS names them.")
        return None


def _must_be_text(request: Request) -> None:
    """RequestRefused for what no database takes as text."""
    given = [str(value) for value in request.path_params.values()]
    given += [part for pair in request.query_params.multi_items() for part in pair]
    if any("\x00" in one or one.encode("utf-8", "ignore").decode() != one for one in given):
        raise RequestRefused(400, "The address is no text.")
