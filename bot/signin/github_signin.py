"""Signing in with GitHub, through the App's own OAuth: we learn the login, and give the token back at once.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bot.access.refusals import RequestRefused
from bot.github.api.credentials import AppCredentials
from sandbox.errors import TransientError

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

_SECONDS = 15.0
_AGAIN = "Sign in once more."


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to GitHub and back. Whoever comes back must hold the `state`; the code is worth nothing without proof."""

    state: str
    proof: str

    @classmethod
    def new(cls) -> Attempt:
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        """https://datatracker.ietf.org/doc/html/rfc7636#section-4.2"""
        return base64.urlsafe_b64encode(hashlib.sha256(self.proof.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class GitHubSignIn:
    """The App as one may sign in through it; `callback` is the whole address that GitHub sends people back to."""

    credentials: AppCredentials
    callback: str

    @property
    def is_set_up(self) -> bool:
        return bool(self.credentials.client_id and self.credentials.client_secret)

    def address(self, attempt: Attempt) -> str:
        """Where a person agrees."""
        asked = {
            "client_id": self.credentials.client_id,
            "redirect_uri": self.callback,
            "state": attempt.state,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.credentials.web_url}/login/oauth/authorize?{urlencode(asked)}"

    async def person(self, code: str, attempt: Attempt) -> tuple[str, int]:
        """Whose code that is: their login, and their number on GitHub.

        RequestRefused where GitHub does not take it, TransientError where it does not answer.
        """
        import httpx  # only here: most web processes never sign anybody in

        from bot.github.api.transport import connections

        try:
            async with connections(timeout=_SECONDS, headers={"User-Agent": "pullwright"}) as client:
                token = await self._token(client, code, attempt)
                try:
                    return await self._person(client, token)
                finally:
                    await self._give_back(client, token)
        except (httpx.HTTPError, ValueError) as error:
            raise TransientError("GitHub could not be asked who you are.") from error

    async def _token(self, client: httpx.AsyncClient, code: str, attempt: Attempt) -> str:
        fields = {
            "client_id": self.credentials.client_id,
            "client_secret": self._secret,
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": attempt.proof,
        }
        url = f"{self.credentials.web_url}/login/oauth/access_token"
        answer = await client.post(url, data=fields, headers={"Accept": "application/json"})
        found = _object(answer)
        if "access_token" not in found:
            log.warning("GitHub signs nobody in: %s", str(found.get("error", answer.status_code))[:100])
            raise RequestRefused(403, "GitHub did not confirm who you are.", _AGAIN)
        return str(found["access_token"])

    async def _person(self, client: httpx.AsyncClient, token: str) -> tuple[str, int]:
        headers = {"Accept": "application/vnd.github+json", "Authorization": f"Bearer {token}"}
        found = _object(await client.get(f"{self.credentials.api_url}/user", headers=headers))
        login, account = found.get("login"), found.get("id")
        if not isinstance(login, str) or not login or not isinstance(account, int) or account <= 0:
            raise RequestRefused(403, "GitHub did not say who you are.", _AGAIN)
        return login, account

    async def _give_back(self, client: httpx.AsyncClient, token: str) -> None:
        """Have GitHub forget the token: nothing here needs it. One that stays ends by itself within hours."""
        url = f"{self.credentials.api_url}/applications/{self.credentials.client_id}/token"
        answer = await client.request(
            "DELETE",
            url,
            json={"access_token": token},
            auth=(self.credentials.client_id, self._secret),
            headers={"Accept": "application/vnd.github+json"},
        )
        if not answer.is_success:
            log.info("GitHub keeps a user's token until it ends: status %s", answer.status_code)

    @property
    def _secret(self) -> str:
        secret = self.credentials.client_secret
        return secret.get_secret_value() if secret is not None else ""


def _object(answer: httpx.Response) -> dict[str, Any]:
    """The object of an answer; {} where it holds none."""
    found = answer.json() if answer.content else {}
    return found if isinstance(found, dict) else {}
