"""The handle of a running stand-in: what a test sets up, breaks, waits for and looks at, wherever it runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

Json = Any


@dataclass(slots=True)
class AppKeys:
    """What the owner of an App knows after making it."""

    id: int
    slug: str
    bot: str
    client_id: str
    client_secret: str
    pem: str = field(repr=False)
    webhook_secret: str = field(repr=False)

    def jwt(self, *, lifetime: int = 540, issued: int = -60, issuer: str = "") -> str:
        """A token that proves to be the App, for `lifetime` seconds."""
        now = int(time.time())
        claims = {"iat": now + issued, "exp": now + lifetime, "iss": issuer or str(self.id)}
        return jwt.encode(claims, _signing_key(self.pem), algorithm="RS256")


@cache
def _signing_key(pem: str) -> RSAPrivateKey:
    """The key without the check of its primes, which takes longer than all the rest of a test."""
    key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)
    return key


class GitHub:
    """A running stand-in at `url`; `api` is the base URL for clients of the API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api = f"{url}/api/v3"
        self._http = httpx.Client(timeout=60, trust_env=False, verify=False)
        self._people: dict[str, httpx.Client] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in (self._http, *self._people.values()):
            client.close()

    # --- set up

    def account(self, login: str, kind: str = "User") -> Json:
        return self._control("account", login=login, kind=kind)

    def repository(self, full_name: str, *, source: Path | str | None = None, **options: Json) -> Json:
        """`options`: private, default_branch, roles (by login), owner_kind, fork_of (a full name)."""
        return self._control("repository", full_name=full_name, source=str(source) if source else None, **options)

    def roles(self, repository: str, **roles: str) -> None:
        self._control("roles", repository=repository, roles=roles)

    def issue_types(self, repository: str, *types: str, **fields: Sequence[str]) -> dict[str, int]:
        """The types of the organisation's issues, and its fields with their options; the ids of the fields."""
        made: dict[str, int] = self._control("issue_types", repository=repository, types=types, fields=fields)
        return made

    def protect(self, repository: str, *branches: str, **what: bool) -> None:
        """Classic protection of branches or patterns; `what` it lets and asks for: `state.Repository.protected`."""
        self._control("protect", repository=repository, branches=list(branches), what=what)

    def rulesets(self, repository: str, *rulesets: Json) -> list[Json]:
        """All rulesets of a repository, as in `state.Repository.rulesets`."""
        return list(self._control("rulesets", repository=repository, rulesets=list(rulesets)))

    def pushes(self, repository: str, **how: Json) -> None:
        """How pushes are taken: `push_protection`, `file_limit` in bytes, `failing` (see `state.Repository`)."""
        self._control("pushes", repository=repository, **how)

    def signing_key(self, email: str, key: str) -> None:
        """A public key by which GitHub knows who signs."""
        self._control("signing_key", email=email, key=key)

    def remove_issue(self, repository: str, number: int, *, to: str = "") -> None:
        """Delete an issue, or transfer it."""
        self._control("remove_issue", repository=repository, number=number, to=to)

    def drafts(self, repository: str, there: bool) -> None:
        """Whether the owner's plan knows drafts of pull requests in a repository."""
        self._control("drafts", repository=repository, there=there)

    def job_log(self, repository: str, job: int, text: str) -> None:
        """What a job has printed."""
        self._control("job_log", repository=repository, job=job, text=text)

    def rename_account(self, login: str, to: str) -> None:
        """Somebody takes another login: the one of before is free for anybody."""
        self._control("rename_account", login=login, to=to)

    def transfer(self, repository: str, to: str) -> None:
        self._control("transfer", repository=repository, to=to)

    def app(
        self,
        webhook_url: str = "",
        *,
        name: str = "Pullwright",
        secret: str = "",
        permissions: Mapping[str, str] | None = None,
        events: Sequence[str] | None = None,
    ) -> AppKeys:
        """An App, by default with the permissions and events that the work on issues takes."""
        manifest = {
            "name": name,
            "webhook_secret": secret,
            "hook_attributes": {"url": webhook_url},
            "default_permissions": dict(PERMISSIONS if permissions is None else permissions),
            "default_events": list(EVENTS if events is None else events),
        }
        made = self._control("app", manifest=manifest)
        names = ("id", "slug", "bot", "client_id", "client_secret", "pem", "webhook_secret")
        return AppKeys(**{key: made[key] for key in names})

    def install(self, app: AppKeys, account: str, repositories: Sequence[str] | None = None) -> int:
        """Put an App on an account, or on some of its repositories; returns the installation's id."""
        names = None if repositories is None else list(repositories)
        made = self._control("install", app=app.id, account=account, repositories=names)
        return int(made["id"])

    def grant(self, installation: int, **changes: Json) -> None:
        """`changes`: permissions, repositories (full names)."""
        self._control("grant", installation=installation, **changes)

    # --- act

    def as_user(self, login: str) -> httpx.Client:
        """The API as a person uses it."""
        if login not in self._people:
            self.account(login)
            self._people[login] = self.client(f"ghp_{login}")
        return self._people[login]

    def client(self, token: str, **headers: str) -> httpx.Client:
        """The API with a token; the caller closes it."""
        known = {"Authorization": f"Bearer {token}", "User-Agent": "stand-in-test", **headers}
        return httpx.Client(base_url=self.api, headers=known, timeout=30, trust_env=False, verify=False)

    def token(self, app: AppKeys, installation: int, **wanted: Json) -> str:
        """An installation token; `wanted`: permissions, repositories."""
        with self.client(app.jwt()) as client:
            answer = client.post(f"/app/installations/{installation}/access_tokens", json=wanted)
        return str(answer.raise_for_status().json()["token"])

    # --- break

    def fault(self, path: str, **fault: Json) -> None:
        """See `faults.Fault`."""
        self._control("fault", path=path, **fault)

    def heal(self) -> int:
        """Forget the faults that are still planned; returns how many."""
        return int(self._control("heal")["unused"])

    def expire_tokens(self) -> None:
        """Make every installation token given out so far an expired one."""
        self._control("expire_tokens")

    def set(self, **settings: Json) -> None:
        """`token_seconds` (life of new tokens), `dropping` (deliveries fail)."""
        self._control("set", **settings)

    # --- wait and look

    def settle(self) -> None:
        """Wait until every webhook that is due was answered or failed."""
        self._control("settle")

    def requests(self) -> list[Json]:
        """Every request to the API so far: at, method, path, query, body, actor, status."""
        return list(self._control("requests"))

    def git_requests(self) -> list[Json]:
        """Every request of a git client so far: repository, service (of git's protocol), query."""
        return list(self._control("git_requests"))

    def deliveries(self, event: str = "") -> list[Json]:
        """The webhooks so far, oldest first."""
        return [one for one in self._control("deliveries") if event in ("", one["event"])]

    def hidden(self, repository: str, number: int) -> dict[str, list[bool]]:
        """Of each of the `reviews` and `comments` on code of a pull request, whether it is shown folded up."""
        return dict(self._control("hidden", repository=repository, number=number))

    def violations(self) -> list[str]:
        """Requests so far that GitHub's published description does not allow."""
        return list(self._control("violations")["requests"])

    def forgive(self) -> list[str]:
        """The violations so far, which are then forgotten."""
        return list(self._control("forgive")["requests"])

    def own_violations(self) -> list[str]:
        """Answers and payloads of the stand-in that it does not allow."""
        return list(self._control("violations")["own"])

    def _control(self, verb: str, **body: Json) -> Json:
        return self._http.post(f"{self.url}/_control/{verb}", json=body).raise_for_status().json()


PERMISSIONS = {
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
}

EVENTS = (
    "check_run",
    "create",
    "issue_comment",
    "issues",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "release",
    "repository",
)
