"""The client of one GitHub App: its installations, its deliveries, and the way to each repository."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

import httpx

from bot.github.api.app_signature import Sign, sign_here
from bot.github.api.auth import Announce, AppBadge, TokenBadge, Tokens
from bot.github.api.credentials import AppCredentials
from bot.github.api.http import Clock, Door
from bot.github.api.models import AppInfo, DeliveryInfo, InstallationInfo
from bot.github.api.paths import repository_path
from bot.github.api.quota import QuotaSeen
from bot.github.api.rate_limit import Pace
from bot.github.api.resource import Redact
from bot.github.api.shape import Node
from bot.github.api.transport import TIMEOUT, HttpRequest, Wire
from bot.github.repository import RepositoryClient

log = logging.getLogger(__name__)

MOST_DELIVERIES = 50_000
_PAGE = 100


def _nobody(secret: str) -> None:
    """Nobody is told of secrets."""


def _unchanged(text: str) -> str:
    """Nothing is known that would have to be taken out."""
    return text


class GitHub:
    """GitHub as one App sees it. Usable from several event loops; nothing is sent before the first call.

    `announce` is told every secret: those of the credentials at once, tokens as they are made.
    `redact` takes them, and whatever else is secret here, out of all that is posted.
    """

    def __init__(
        self,
        credentials: AppCredentials,
        *,
        announce: Announce = _nobody,
        redact: Redact = _unchanged,
        clock: Clock | None = None,
        timeout: httpx.Timeout = TIMEOUT,
        sign: Sign = sign_here,
    ) -> None:
        self.credentials = credentials
        self._announce = announce
        self._redact = redact
        for secret in credentials.secrets:
            announce(secret)
        self._wire = Wire(credentials.api_url, timeout=timeout)
        self._door = Door(self._wire, clock=clock, pace=Pace())
        self._app = AppBadge(credentials, announce, sign)
        self._tokens = Tokens(self._door, self._app, announce)

    def guard(self, hold: Callable[[], Awaitable[object]]) -> None:
        """Await `hold` from now on before anything is changed; what it raises is raised instead."""
        self._door.hold = hold

    @property
    def quotas(self) -> Mapping[tuple[str, str], QuotaSeen]:
        """What GitHub said last is left of its limits, by (whose, kind)."""
        return self._door.quotas.seen

    def repository(self, installation: int, full_name: str, number: int = 0) -> RepositoryClient:
        """A repository as an installation of the App sees it; cheap, and asks nothing.

        With a `number`, GitHub's, its tokens are good for that one alone, and git is not led to another one that took
        over the name.
        """
        reader = TokenBadge(self._tokens, installation, full_name, "read", number)
        talker, writer = replace(reader, purpose="talk"), replace(reader, purpose="write")
        return RepositoryClient(
            self._door, self._tokens, reader, talker, writer, self.credentials, self._announce, self._redact, number
        )

    async def app(self) -> AppInfo:
        """The App as it is registered."""
        found = Node.of((await self._door.send(HttpRequest("GET", "/app"), self._app)).body)
        return AppInfo(
            found.number("id"),
            found.text("slug"),
            found.text("name"),
            found.text("html_url"),
            found.table("permissions"),
            found.texts("events"),
        )

    async def installations(self) -> list[InstallationInfo]:
        """Every account that has the App."""
        pages = self._door.pages(HttpRequest("GET", "/app/installations"), self._app)
        return [_installation(one) async for page in pages for one in Node.of(page).items()]

    async def installation(self, number: int) -> InstallationInfo:
        answer = await self._door.send(HttpRequest("GET", f"/app/installations/{number}"), self._app)
        return _installation(Node.of(answer.body))

    async def installation_of(self, full_name: str) -> int:
        """The installation that covers a repository; NotFound where there is none."""
        answer = await self._door.send(HttpRequest("GET", f"{repository_path(full_name)}/installation"), self._app)
        return Node.of(answer.body).number("id")

    async def any_repository(self, installation: int) -> str:
        """One of the repositories that an installation covers, "" where it covers none."""
        badge = TokenBadge(self._tokens, installation, "", "read")
        asked = HttpRequest("GET", "/installation/repositories", {"per_page": 1})
        found = Node.of((await self._door.send(asked, badge)).body)
        return next((one.text("full_name") for one in found.some("repositories")), "")

    async def hook_url(self) -> str:
        """Where GitHub delivers webhooks to, empty where that was not set."""
        answer = await self._door.send(HttpRequest("GET", "/app/hook/config"), self._app)
        return Node.of(answer.body).words("url")

    async def deliveries(self, since: datetime, most: int = MOST_DELIVERIES) -> list[DeliveryInfo]:
        """The attempts to deliver webhooks since a time, newest first.

        GitHub keeps them for three days.
        """
        found: list[DeliveryInfo] = []
        async for one in self._deliveries(most):
            if one.delivered_at < since:
                break
            if len(found) == most:
                log.warning(
                    "GitHub's log has more than %d deliveries since %s: the older ones were not seen", most, since
                )
                break
            found.append(one)
        return found

    async def redeliver(self, delivery: int) -> None:
        """Ask GitHub to try a delivery again."""
        await self._door.send(HttpRequest("POST", f"/app/hook/deliveries/{delivery}/attempts"), self._app)

    async def close(self) -> None:
        """Close the connections; the client can be used again."""
        await self._wire.close()

    async def _deliveries(self, most: int) -> AsyncIterator[DeliveryInfo]:
        pages = most // _PAGE + 2
        async for page in self._door.pages(HttpRequest("GET", "/app/hook/deliveries"), self._app, pages):
            for one in Node.of(page).items():
                yield _delivery(one)


def _installation(found: Node) -> InstallationInfo:
    account = found.maybe("account")
    return InstallationInfo(
        id=found.number("id"),
        account=account.words("login") or account.words("slug"),
        suspended=bool(found.words("suspended_at")),
        selection=found.words("repository_selection", "all"),
        permissions=found.table("permissions"),
        events=found.texts("events"),
        url=found.words("html_url"),
    )


def _delivery(found: Node) -> DeliveryInfo:
    return DeliveryInfo(
        id=found.number("id"),
        guid=found.text("guid"),
        event=found.text("event"),
        action=found.words("action"),
        delivered_at=found.time("delivered_at"),
        status=found.words("status"),
        status_code=found.number("status_code") if found.filled("status_code") else 0,
        redelivery=found.flag("redelivery"),
    )
