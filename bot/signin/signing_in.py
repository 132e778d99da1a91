"""The routes by which people sign in and out: with GitHub, or as the operator by a one-time link."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from bot.access.gate import AccessGate
from bot.access.loopback import is_local
from bot.access.people.visitors import OPERATOR_NAME, Need, WebVisit
from bot.access.refusals import RequestRefused
from bot.signin.github_signin import Attempt, GitHubSignIn
from bot.signin.links import ONCE
from workflows.store import audit
from workflows.store.web import admins, sessions

log = logging.getLogger(__name__)

START = "/signin/github"
CALLBACK = "/signin/callback"
OUT = "/signout"
HOME = "/admin"
_ATTEMPT_SECONDS = 600
_MOST_PATH = 1000
"""A cookie holds four thousand characters."""
_NOT_YOURS = "This sign-in was not begun in this browser, or is too old."


@dataclass(frozen=True, slots=True)
class SigningIn:
    """`github` gives the way through GitHub, None where there is none."""

    gate: AccessGate
    github: Callable[[], GitHubSignIn | None]

    def routes(self) -> Sequence[BaseRoute]:
        return (
            self.gate.route(START, self._start, Need.OPEN),
            self.gate.route(CALLBACK, self._callback, Need.OPEN),
            self.gate.route(ONCE, self._once, Need.OPEN),
            self.gate.route(OUT, self._out, Need.OPEN, methods=("POST",)),
        )

    def _cookie(self, request: Request) -> str:
        return f"{self.gate.identities.cookie(request)}-attempt"

    async def _start(self, request: Request, visit: WebVisit) -> Response:
        """Send a person to GitHub; what they hold meanwhile says that it is they who come back."""
        way, attempt = self._way(), Attempt.new()
        answer = RedirectResponse(way.address(attempt), 303)
        held = ":".join((attempt.state, attempt.proof, quote(_ours(request.query_params.get("next", "")), safe="/")))
        secure = self.gate.identities.is_secure(request)
        answer.set_cookie(
            self._cookie(request),
            held,
            max_age=_ATTEMPT_SECONDS,
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    async def _callback(self, request: Request, visit: WebVisit) -> Response:
        way = self._way()
        state, _, rest = request.cookies.get(self._cookie(request), "").partition(":")
        proof, _, following = rest.partition(":")
        given = request.query_params.get("state", "")
        if not state or not hmac.compare_digest(state.encode(), given.encode()):
            raise RequestRefused(403, _NOT_YOURS, "Sign in once more.")
        if not (code := request.query_params.get("code", "")):
            raise RequestRefused(403, "GitHub sent no code: nobody agreed.", "Sign in once more.")
        login, account = await way.person(code, Attempt(state, proof))
        answer = RedirectResponse(_ours(unquote(following)), 303)
        answer.delete_cookie(self._cookie(request), path="/")
        await self._begin(request, answer, login, account)
        return answer

    async def _once(self, request: Request, visit: WebVisit) -> Response:
        """The link that the server printed: for whoever sits at this machine, once."""
        token = request.query_params.get("token", "")
        if request.method != "GET":
            raise RequestRefused(
                405, "This link is opened once, and that was no opening of it.", headers={"Allow": "GET"}
            )
        if not is_local(request):
            raise RequestRefused(
                403,
                "This link is for the machine itself.",
                "Open it there, at its own address, or sign in with GitHub.",
            )
        if not await self.gate.store.write(sessions.take_link, token):
            raise RequestRefused(
                403, "This link was used, or is too old.", "`pullwright signin` prints another one on this machine."
            )
        answer = RedirectResponse(_ours(request.query_params.get("next", "")), 303)
        await self._begin(request, answer)
        return answer

    async def _out(self, request: Request, visit: WebVisit) -> Response:
        answer = RedirectResponse(HOME, 303)
        await self.gate.identities.sign_out(request, answer)
        return answer

    async def _begin(self, request: Request, answer: Response, login: str = "", account: int = 0) -> None:
        """A new session in place of the one that the browser held, if any; without a login it is the operator's."""
        store, identities = self.gate.store, self.gate.identities
        if before := identities.held(request):
            await store.write(sessions.end, before)
        secret = await store.write(sessions.begin, login, account, operator=not login)
        identities.sign_in(request, answer, secret)
        await store.write(audit.note, login or OPERATOR_NAME, "admin", "sign in", "", _by(account))
        if login.lower() not in identities.admins or not login:
            return
        await store.write(admins.note, login.lower(), account)
        if not await identities.is_admin(login, account):
            words = "another account (%d) than the admin of before has the login %s: if it is meant, name it as %s:%d"
            log.warning(words, account, login, login, account)

    def _way(self) -> GitHubSignIn:
        way = self.github()
        if way is None or not way.is_set_up:
            raise RequestRefused(
                404,
                "Signing in with GitHub is not set up here.",
                "It takes the App's client_id and client_secret in its credentials, and PULLWRIGHT_PUBLIC_URL.",
            )
        return way


def _by(account: int) -> dict[str, str | int]:
    return {"by": "github", "account": account} if account else {"by": "link"}


def _ours(path: str) -> str:
    """Where to go on: a page of ours, and nothing that a browser reads as another host."""
    plain = f"{path}/".startswith((f"{HOME}/", f"{HOME}?")) and path.isascii() and path.isprintable()
    return path if plain and len(path) <= _MOST_PATH and "//" not in path and not set(path) & set('\\:;,"<> ') else HOME
