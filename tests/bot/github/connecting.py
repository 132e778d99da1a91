"""Our client, connected to the stand-in for the length of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from pydantic import SecretStr

from bot.github.api.credentials import AppCredentials
from bot.github.api.http import Clock
from bot.github.api.resource import Redact
from bot.github.client import GitHub
from bot.github.repository import RepositoryClient
from tests.fakes.github.scene import Scene


@dataclass
class Hurried:
    """A clock on which waiting takes no time; `waits` are the seconds that were asked for."""

    at: float = 1_800_000_000.0
    waits: list[float] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


def credentials(scene: Scene) -> AppCredentials:
    return AppCredentials(
        app_id=scene.app.id,
        private_key=SecretStr(scene.app.pem),
        webhook_secret=SecretStr(scene.app.webhook_secret),
        slug=scene.app.slug,
        api_url=scene.github.api,
        web_url=scene.github.url,
    )


@asynccontextmanager
async def app_client(
    scene: Scene,
    hurried: Hurried | None = None,
    secrets: list[str] | None = None,
    timeout: float = 30.0,
    redact: Redact = str,
) -> AsyncIterator[GitHub]:
    """The App's client, in no hurry to wait."""
    announce = (lambda secret: None) if secrets is None else secrets.append
    clock = (hurried or Hurried()).clock
    github = GitHub(credentials(scene), announce=announce, clock=clock, timeout=httpx.Timeout(timeout), redact=redact)
    try:
        yield github
    finally:
        await github.close()


@asynccontextmanager
async def connected(
    scene: Scene,
    repository: str = "octo/sample",
    hurried: Hurried | None = None,
    timeout: float = 30.0,
    redact: Redact = str,
) -> AsyncIterator[RepositoryClient]:
    async with app_client(scene, hurried, timeout=timeout, redact=redact) as github:
        yield github.repository(scene.installation, repository)
