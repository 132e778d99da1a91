"""Who we are to GitHub: the App by its signature, an installation by tokens that are made when they are needed.

There are three tokens for each repository: one that reads, one that talks, and one
that does all of the work; and one for each thing that an owner may not have granted. None can do
anything in another repository, and where a permission was not granted, the one that talks can still say so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from weakref import WeakKeyDictionary

from bot.github.api.app_signature import Sign, sign_here
from bot.github.api.credentials import AppCredentials
from bot.github.api.errors import Gone, NotFound, Refused
from bot.github.api.http import Door
from bot.github.api.paths import repository_path
from bot.github.api.shape import Node
from bot.github.api.transport import HttpAnswer, HttpRequest

Announce = Callable[[str], None]
"""Told every new secret, so that it is never shown."""

READ: dict[str, str] = {
    "checks": "read",
    "contents": "read",
    "issues": "read",
    "metadata": "read",
    "pull_requests": "read",
}
TALK: dict[str, str] = {"issues": "write", "metadata": "read", "pull_requests": "write"}
"""A comment on a pull request takes the one or the other; nobody says which."""
WRITE: dict[str, str] = READ | {"checks": "write", "contents": "write", "issues": "write", "pull_requests": "write"}

LOGS: dict[str, str] = {"actions": "read", "metadata": "read"}
DEPLOYMENTS: dict[str, str] = {"deployments": "read", "metadata": "read"}
MEMBERS: dict[str, str] = {"members": "read", "metadata": "read"}
"""These stand alone: an installation may not have accepted them, and what lacks one keeps all else."""

Purpose = Literal["read", "talk", "write", "logs", "deployments", "members"]
PERMISSIONS: Mapping[Purpose, Mapping[str, str]] = {
    "read": READ,
    "talk": TALK,
    "write": WRITE,
    "logs": LOGS,
    "deployments": DEPLOYMENTS,
    "members": MEMBERS,
}

SIGNED_SECONDS = 480.0
"""For which a signature of the App is used: it is good for nine minutes."""
RENEW_BEFORE = 300.0
"""Seconds of life under which a token is not used any more."""


class AppBadge:
    """The App itself, which may see its installations and deliveries and make tokens."""

    key = "app"

    def __init__(self, credentials: AppCredentials, announce: Announce, sign: Sign = sign_here) -> None:
        self._credentials = credentials
        self._announce = announce
        self._sign = sign
        self._signed = ""
        self._until = 0.0
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def header(self) -> str:
        async with self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            if not self._signed or self._until <= time.monotonic():
                signed = await self._sign(self._credentials)
                self._announce(signed)
                self._signed, self._until = signed, time.monotonic() + SIGNED_SECONDS
            return f"Bearer {self._signed}"

    def renew(self, header: str) -> bool:
        """A signature is kept for minutes, and may be over for a GitHub whose clock is ahead of ours: sign anew."""
        self._signed = ""
        return True


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    good_until: float


@dataclass(frozen=True, slots=True)
class TokenBadge:
    """An installation in one repository: with a `number`, GitHub's, in that one whatever has its name by now."""

    tokens: Tokens
    installation: int
    repository: str
    purpose: Purpose
    number: int = 0

    @property
    def key(self) -> str:
        return f"installation {self.installation}"

    async def header(self) -> str:
        return f"token {await self.tokens.get(self.installation, self.repository, self.purpose, self.number)}"

    def renew(self, header: str) -> bool:
        self.tokens.forget(header.partition(" ")[2])
        return True


class Tokens:
    """The installation tokens of one App, each kept until it is about to end."""

    def __init__(self, door: Door, app: AppBadge, announce: Announce) -> None:
        self._door = door
        self._app = app
        self._announce = announce
        self._held: dict[tuple[int, str, Purpose, int], _Token] = {}
        self._names: dict[str, str] = {}
        """The names that repositories have now, by those that they had."""
        self._places: dict[tuple[int, str], int] = {}
        """The installations that cover repositories now, by those that did."""
        self._locks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Any, asyncio.Lock]] = WeakKeyDictionary()

    def name(self, repository: str) -> str:
        """The name that a repository has now, as far as we were told."""
        return self._names.get(repository, repository)

    async def get(self, installation: int, repository: str, purpose: Purpose, number: int = 0) -> str:
        """A token with at least five minutes to live, if GitHub gives such; Gone where there can be none."""
        key = (installation, repository, purpose, number)
        locks = self._locks.setdefault(asyncio.get_running_loop(), {})
        async with locks.setdefault(key, asyncio.Lock()):
            held = self._held.get(key)
            if held is None or held.good_until <= self._door.clock.now():
                held = self._held[key] = await self._make(installation, repository, PERMISSIONS[purpose], number)
            return held.value

    def forget(self, value: str) -> None:
        """GitHub does not take this token any more."""
        self._held = {key: token for key, token in self._held.items() if token.value != value}

    async def _make(self, installation: int, repository: str, permissions: Mapping[str, str], number: int) -> _Token:
        here = self._places.get((installation, repository), installation)
        try:
            return await self._ask(here, self.name(repository), permissions, number)
        except _NotInstalled as error:
            return await self._make_elsewhere(installation, repository, permissions, number, error)
        except Refused as error:
            if error.status != 422:
                raise
            lacking, where = await self._lacking(here, permissions)
            if lacking:
                raise Gone(
                    f"The installation of this App lacks the permission {lacking}.",
                    f"Grant it in the App's settings, and accept the change in the installation's settings{where}.",
                ) from None
            if "repository" not in error.message:
                raise
        return await self._make_elsewhere(
            installation, repository, permissions, number, await self._out_of_sight(here, repository)
        )

    async def _make_elsewhere(
        self, installation: int, repository: str, permissions: Mapping[str, str], number: int, otherwise: Gone
    ) -> _Token:
        """For a repository that has another name or owner now, or whose owner installed the App anew."""
        there = await self._installation_of(repository)
        name = await self._whereabouts(there, repository) if there else ""
        if not name:
            raise otherwise
        token = await self._ask(there, name, permissions, number)
        self._names[repository], self._places[installation, repository] = name, there
        return token

    async def _ask(self, installation: int, repository: str, permissions: Mapping[str, str], number: int = 0) -> _Token:
        wanted: dict[str, Any] = {"permissions": dict(permissions)}
        if number:
            wanted["repository_ids"] = [number]
        elif repository:
            wanted["repositories"] = [repository.partition("/")[2]]
        try:
            answer = await self._door.send(
                HttpRequest("POST", f"/app/installations/{installation}/access_tokens", json=wanted), self._app
            )
        except NotFound:
            raise _NotInstalled("This App is not installed there any more.", "Install it again to go on.") from None
        value = Node.of(answer.body).text("token")
        self._announce(value)
        return _Token(value, self._door.clock.now() + _life(answer) - RENEW_BEFORE)

    async def _lacking(self, installation: int, permissions: Mapping[str, str]) -> tuple[str, str]:
        """What was not granted, as "contents: write, checks: write", and where it is, as ": https://..."."""
        answer = await self._door.send(HttpRequest("GET", f"/app/installations/{installation}"), self._app)
        found = Node.of(answer.body)
        granted, url = found.table("permissions"), found.words("html_url")
        held = {name: {"read": 1, "write": 2, "admin": 3}.get(level, 0) for name, level in granted.items()}
        needed = {name: 2 if level == "write" else 1 for name, level in permissions.items() if name != "metadata"}
        lacking = [f"{name}: {permissions[name]}" for name in needed if held.get(name, 0) < needed[name]]
        return ", ".join(lacking), f": {url}" if url else ""

    async def _out_of_sight(self, installation: int, repository: str) -> Gone:
        """What to say of a repository that an installation does not cover any more."""
        name = await self._whereabouts(installation, repository)
        if not name:
            return Gone(
                f"{repository} is not there for this App any more.",
                "It was deleted, transferred, or taken from the installation; add it there to go on.",
            )
        where = f"{repository} is {name} now, and this App is not installed there."
        if name == repository:
            where = f"This App is not installed in {name} any more."
        return Gone(where, "Install it there to go on.")

    async def _installation_of(self, repository: str) -> int:
        """The installation that covers a repository now, whatever it is called by now; 0 where there is none."""
        try:
            answer = await self._door.send(HttpRequest("GET", f"{repository_path(repository)}/installation"), self._app)
        except NotFound:
            return 0
        return Node.of(answer.body).number("id")

    async def _whereabouts(self, installation: int, repository: str) -> str:
        """The name that a repository has now, empty where it is out of our sight."""
        token = await self._ask(installation, "", {"metadata": "read"})
        try:
            answer = await self._door.send(
                HttpRequest("GET", repository_path(repository)), _Once(f"installation {installation}", token.value)
            )
        except NotFound:
            return ""
        return Node.of(answer.body).text("full_name")


class _NotInstalled(Gone):
    """There is no such installation any more."""


@dataclass(frozen=True, slots=True)
class _Once:
    """A token that is used once."""

    key: str
    value: str = field(repr=False)

    async def header(self) -> str:
        return f"token {self.value}"

    def renew(self, header: str) -> bool:
        return False


def _life(answer: HttpAnswer) -> float:
    """Seconds that a new token will live, by GitHub's clock: ours may be wrong."""
    ends = Node.of(answer.body).time("expires_at")
    try:
        now = parsedate_to_datetime(answer.headers.get("date", ""))
    except (ValueError, OverflowError):
        now = datetime.now(UTC)
    return (ends - (now if now.tzinfo else now.replace(tzinfo=UTC))).total_seconds()
