"""From a request to its visitor: by the session that their browser holds, or by a key."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection
from starlette.responses import Response

from bot.access.loopback import is_local
from bot.access.people.session_cookies import SessionCookies
from bot.access.people.visitors import Visitor
from bot.access.refusals import RequestRefused
from workflows.errors import StoreError, TransientError
from workflows.store.database import Store
from workflows.store.web import admins, keys, sessions
from workflows.store.web.keys import KeyScope

NOBODY = Visitor("")
_LONGEST_PORT = 5


@dataclass(frozen=True, slots=True)
class Identities:
    """Tells who somebody is. `secure` says that browsers come by TLS.

    `admins` are logins in lower case, each with GitHub's number of the account that is meant, 0 where none is named.
    """

    store: Store
    admins: Mapping[str, int] = field(default_factory=dict)
    secure: bool = False
    cookies: SessionCookies = field(default_factory=SessionCookies)

    def cookie(self, request: HTTPConnection) -> str:
        """Its name; a browser takes the prefix only with TLS, for this host alone.

        It holds the port that was asked for: cookies are a host's, and two servers on one machine would end each
        other's sessions.
        """
        name = "__Host-pullwright" if self.is_secure(request) else "pullwright"
        port = request.headers.get("host", "").rpartition(":")[2]
        return f"{name}-{port}" if port.isascii() and port.isdigit() and len(port) <= _LONGEST_PORT else name

    def is_secure(self, request: HTTPConnection) -> bool:
        """Whether a cookie is for TLS only. Not on the machine itself, where some browsers would drop it."""
        return self.secure and not is_local(request)

    async def of(self, request: HTTPConnection) -> Visitor:
        """Whose request it is; NOBODY where nothing says so. RequestRefused for a key that is no good."""
        if (given := request.headers.get("authorization")) is not None:
            return await self._by_key(given)
        secret = self.held(request)
        session = await self.store.read(sessions.find, secret) if secret else None
        if session is None:
            return NOBODY
        admin = session.operator or await self.is_admin(session.login, session.account)
        return Visitor(session.login, session.operator, admin, account=session.account)

    def held(self, request: HTTPConnection) -> str:
        """The secret of the session that a browser holds; "" where it holds none, or one that we did not sign."""
        return self.cookies.read(request.cookies.get(self.cookie(request), ""))

    async def is_admin(self, login: str, account: int) -> bool:
        """Whether the settings name them.

        A login that somebody gave up is free for anybody. So where no number is named with it, it means whoever first
        signed in with it, whatever they are called by now; who has it now and is another one is nobody here.
        """
        if not login:
            return False
        if account and account in self.admins.values():
            return True
        unnumbered = [name for name, number in self.admins.items() if not number]
        if not unnumbered:
            return False
        first = await self.store.read(admins.first_of, unnumbered)
        return account in first.values() or login.lower() in set(unnumbered) - set(first)

    def sign_in(self, request: HTTPConnection, answer: Response, secret: str) -> None:
        """Have a browser hold a session."""
        self._set(request, answer, self.cookies.sign(secret), int(sessions.SESSION_SECONDS))

    async def sign_out(self, request: HTTPConnection, answer: Response) -> None:
        if secret := self.held(request):
            await self.store.write(sessions.end, secret)
        self._set(request, answer, "", 0)

    def _set(self, request: HTTPConnection, answer: Response, value: str, seconds: int) -> None:
        name, secure = self.cookie(request), self.is_secure(request)
        answer.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")

    async def _by_key(self, given: str) -> Visitor:
        kind, _, text = given.partition(" ")
        key = await self.store.read(keys.find, text.strip()) if kind.lower() == "bearer" else None
        if key is None:
            raise RequestRefused(
                401,
                "That key is not good: unknown, revoked, or over.",
                "`pullwright keys create` makes one.",
                {"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        if keys.is_worth_noting(key):
            with suppress(StoreError, TransientError):  # a full disk keeps nobody from reading
                await self.store.write(keys.used, key)
        admin = KeyScope.ADMIN in key.scopes
        return Visitor(key.login, operator=not key.login, admin=admin, key=key, account=key.account)
