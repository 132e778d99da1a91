"""`/setup`: makes the GitHub App by GitHub's manifest flow and keeps its credentials.

Whoever reaches this server before its owner does must not become its owner: the pages open
only with the token that the server printed at its start, and only until there are credentials.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.addresses import is_local
from bot.github.manifest import Manifest, is_login, read_manifest
from bot.settings import Settings
from bot.setup import pages
from sandbox.errors import UserError

log = logging.getLogger(__name__)

STATE_SECONDS = 3600.0
"""How long a person may take on GitHub's page; GitHub's own code lives as long."""
_MOST_STATES = 50
_CODE = re.compile(r"[\w-]{1,200}", re.ASCII)
_SECONDS = 30.0
_NOT_OURS = (
    "This link is not one of ours any more: it counts once and for an hour, and not for a server that was started "
    "again. If GitHub lists the App already, delete it there; then open the link that the server printed."
)


@dataclass(slots=True)
class AppSetup:
    """The set-up of one server. `token` opens it; `address` is the whole link for the owner."""

    public_url: str
    github_url: str
    file: Path
    manifest: Manifest
    clock: Callable[[], float] = time.time
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _states: dict[str, float] = field(default_factory=dict, repr=False)
    """The states that were given out, each with the time it expires at."""
    _one: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    _used: bool = False

    @property
    def done(self) -> bool:
        """Whether the App is made: for good as long as this process lives, which goes on with what it has read."""
        return self._used or self.file.exists()

    @property
    def address(self) -> str:
        return f"{self.public_url}/setup?token={self.token}"

    def routes(self) -> list[Route]:
        return [
            Route("/setup", self.start, methods=["GET"]),
            Route("/setup/callback", self.callback, methods=["GET"]),
        ]

    async def start(self, request: Request) -> Response:
        """The page with the form that leads to GitHub."""
        if self.done:
            return self._page(pages.closed(), 404)
        if not hmac.compare_digest(request.query_params.get("token", "").encode(), self.token.encode()):
            return self._page(pages.locked(), 403)
        organization = request.query_params.get("organization", "").strip()
        if organization and not is_login(organization):
            return self._page(pages.failed("That is not the name of an organization.", self.address), 400)
        owner = f"organizations/{organization}/" if organization else ""
        action = f"{self.github_url}/{owner}settings/apps/new?state={self._new_state()}"
        form = json.dumps(self.manifest.form(self.public_url))
        return self._page(pages.form(action, form, self.manifest, organization, self.token))

    async def callback(self, request: Request) -> Response:
        """GitHub sends the person back with a code, which is worth the App's credentials once."""
        async with self._one:
            if self.done:
                return self._page(pages.closed(), 404)
            if not self._take_state(request.query_params.get("state", "")):
                return self._page(pages.failed(_NOT_OURS, ""), 403)
            code = request.query_params.get("code", "")
            if not _CODE.fullmatch(code):
                return self._page(pages.failed("GitHub sent no code.", self.address), 400)
            try:
                _must_be_writable(self.file.parent)
                made = await self._convert(code)
                slug, page = await asyncio.to_thread(self._keep, made)
            except UserError as error:
                return self._page(pages.failed(str(error), self.address), 502)
        self._used = True
        log.info("the GitHub App %s is set up", slug)
        return self._page(
            pages.made(slug, f"{page}/installations/new", str(self.file), f"{self.public_url}/admin/server/checklist")
        )

    def _page(self, body: str, status: int = 200) -> Response:
        # The token stands in the address: it is given to nobody as the referrer, and kept in no cache.
        headers = {
            "Content-Security-Policy": (
                "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; "
                f"form-action 'self' {self.github_url} {_origin(self.public_url)}"
            ),
            "Referrer-Policy": "origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return HTMLResponse(body, status, headers)

    def _new_state(self) -> str:
        now = self.clock()
        alive = [(state, until) for state, until in self._states.items() if until > now]
        self._states = dict(alive[-(_MOST_STATES - 1) :])
        state = secrets.token_urlsafe(24)
        self._states[state] = now + STATE_SECONDS
        return state

    def _take_state(self, state: str) -> bool:
        """Whether we gave it out; it counts once."""
        return self._states.pop(state, 0.0) > self.clock()

    async def _convert(self, code: str) -> Any:
        """What GitHub gives for a code. UserError with what to do where it gives nothing."""
        import httpx  # only here: the web process does without it otherwise

        from bot.github.api.transport import connections

        url = f"{api_url(self.github_url)}/app-manifests/{quote(code)}/conversions"
        headers = {"Accept": "application/vnd.github+json", "User-Agent": "pullwright"}
        try:
            async with connections(timeout=_SECONDS) as client:
                answer = await client.post(url, headers=headers)
            made = answer.json() if answer.status_code == 201 else None
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            log.warning("set-up: %s: %s", type(error).__name__, error)
            raise UserError(
                "GitHub could not be asked for the App's credentials.",
                "See whether this server reaches it, and go through /setup again. "
                "If GitHub lists the App already, delete it there first.",
            ) from error
        if not isinstance(made, dict):
            raise UserError(
                f"GitHub gave no credentials (status {answer.status_code}): a code works once, and for an hour.",
                "Delete the App on GitHub if it is there, and go through /setup again.",
            )
        return made

    def _keep(self, made: Any) -> tuple[str, str]:
        """Write the credentials; the App's slug and the address of its page."""
        from bot.github.api.credentials import AppCredentials, save

        try:
            credentials = AppCredentials(
                app_id=made["id"],
                private_key=made["pem"],
                webhook_secret=made["webhook_secret"],
                slug=made["slug"],
                client_id=made["client_id"],
                client_secret=made["client_secret"],
                api_url=api_url(self.github_url),
                web_url=self.github_url,
            )
            save(credentials, self.file)
        except (KeyError, ValueError) as error:
            raise UserError(
                "GitHub's answer lacks a part of the credentials.", "Delete the App and try again."
            ) from error
        except OSError as error:
            raise UserError(
                f"{self.file} cannot be written: {error.strerror}.", "Delete the App on GitHub and try again."
            ) from error
        page = str(made.get("html_url", ""))
        ours = page.startswith(f"{self.github_url}/")
        return credentials.slug, page if ours else f"{self.github_url}/apps/{credentials.slug}"


def make_setup(settings: Settings) -> AppSetup:
    """The set-up that the settings describe. UserError where they do not say how this server is reached."""
    if not settings.public_url:
        raise UserError(
            "No GitHub App is set up, and it is not known how GitHub reaches this server.",
            "Set PULLWRIGHT_PUBLIC_URL (for example https://pullwright.example.org) and start again; "
            "or PULLWRIGHT_GITHUB_CREDENTIALS to the file of an App that exists.",
        )
    if is_local(settings.public_url) and not is_local(settings.github_url):
        raise UserError(
            f"{settings.github_url} cannot reach {settings.public_url}, which only this machine or its network knows.",
            "Set PULLWRIGHT_PUBLIC_URL to what GitHub reaches: a name behind a reverse proxy, or a tunnel's address.",
        )
    return AppSetup(
        public_url=settings.public_url.rstrip("/"),
        github_url=settings.github_url.rstrip("/"),
        file=settings.credentials_file,
        manifest=read_manifest(),
    )


def api_url(github_url: str) -> str:
    """The API of a GitHub: a host of its own on github.com and ghe.com, a path on Enterprise servers."""
    parts = urlsplit(github_url)
    if parts.netloc == "github.com" or parts.netloc.endswith(".ghe.com"):
        return f"{parts.scheme}://api.{parts.netloc}"
    return f"{github_url.rstrip('/')}/api/v3"


def _must_be_writable(directory: Path) -> None:
    """Before the code is spent: what GitHub tells once must not get lost."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.access(directory, os.W_OK | os.X_OK):
        raise UserError(f"{directory} cannot be written.", "Make it writable for this user, then try again.")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
