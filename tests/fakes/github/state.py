"""What the stand-in GitHub knows: accounts, apps, repositories, issues, pulls, and who holds which token."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.github.deliveries import Outbox
    from tests.fakes.github.faults import Faults
    from tests.fakes.github.repositories import Objects

Json = Any


def now() -> str:
    """The time as GitHub writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Account:
    """A user, an organization, or the bot user of an App."""

    id: int
    login: str
    kind: str = "User"
    name: str | None = None


@dataclass(slots=True)
class App:
    """A GitHub App. `permissions` and `events` are what its manifest asked for."""

    id: int
    slug: str
    name: str
    owner: Account
    bot: Account
    public_key: str
    private_key: str
    client_id: str
    client_secret: str
    webhook_secret: str
    webhook_url: str
    permissions: dict[str, str]
    events: list[str]
    external_url: str = "https://example.com"
    created_at: str = field(default_factory=now)


@dataclass(slots=True)
class Installation:
    """An App on an account. `repositories` are ids; None means all of the account's."""

    id: int
    app: App
    account: Account
    permissions: dict[str, str]
    repositories: set[int] | None = None
    suspended_at: str | None = None
    created_at: str = field(default_factory=now)

    def covers(self, repository: Repository) -> bool:
        if repository.owner is not self.account:
            return False
        return self.repositories is None or repository.id in self.repositories


@dataclass(slots=True)
class Token:
    """An installation token. `repositories` None means all that the installation has."""

    value: str
    installation: Installation
    permissions: dict[str, str]
    repositories: set[int] | None
    expires: float
    """Seconds since the epoch."""

    def covers(self, repository: Repository) -> bool:
        chosen = self.repositories is None or repository.id in self.repositories
        return chosen and self.installation.covers(repository)


@dataclass(slots=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(slots=True)
class Reaction:
    id: int
    user: Account
    content: str
    created_at: str = field(default_factory=now)


@dataclass(slots=True)
class Comment:
    """A comment on an issue or pull request. `app` is set where an App wrote it."""

    id: int
    user: Account
    body: str
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)
    minimized: bool = False
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)


@dataclass(slots=True)
class ReviewComment(Comment):
    """A comment on a line of a pull request's diff."""

    review_id: int = 0
    path: str = ""
    commit_id: str = ""
    line: int | None = None
    side: str = "RIGHT"
    start_line: int | None = None
    start_side: str | None = None
    diff_hunk: str = ""
    in_reply_to: int | None = None
    resolved: bool = False


@dataclass(slots=True)
class Review:
    id: int
    user: Account
    body: str
    state: str
    commit_id: str
    submitted_at: str | None = None
    minimized: bool = False


@dataclass(slots=True)
class Pull:
    """What makes an issue a pull request. `head_repo` differs from the base's for forks."""

    id: int
    head_repo: Repository
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    merged_at: str | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    reviewers: list[Account] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    comments: list[ReviewComment] = field(default_factory=list)


@dataclass(slots=True)
class Issue:
    """An issue, or with `pull` set a pull request; both share one series of numbers."""

    id: int
    number: int
    user: Account
    title: str
    body: str | None = None
    app: App | None = None
    state: str = "open"
    state_reason: str | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    locked: bool = False
    lock_reason: str | None = None
    type: str | None = None
    fields: dict[int, str] = field(default_factory=dict)
    """The chosen options by the ids of their fields."""
    acts: list[Act] = field(default_factory=list)
    pull: Pull | None = None
    closed_at: str | None = None
    closed_by: Account | None = None
    created_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)


@dataclass(slots=True)
class Act:
    """What GitHub remembers that somebody did to an issue or pull request; `event` says which field is set."""

    id: int
    actor: Account
    event: str
    app: App | None = None
    label: Label | None = None
    reviewer: Account | None = None
    type: str | None = None
    created_at: str = field(default_factory=now)


@dataclass(slots=True)
class CheckRun:
    id: int
    app: App
    name: str
    head_sha: str
    status: str = "queued"
    conclusion: str | None = None
    details_url: str | None = None
    external_id: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Json] = field(default_factory=list)
    started_at: str | None = None
    completed_at: str | None = None


@dataclass(slots=True)
class Release:
    id: int
    author: Account
    tag: str
    target: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    created_at: str = field(default_factory=now)
    published_at: str | None = None


@dataclass(slots=True)
class Repository:
    """A repository; its git objects are at `objects`. `roles` maps logins to read, triage, write, maintain, admin."""

    id: int
    owner: Account
    name: str
    objects: Objects
    private: bool = False
    archived: bool = False
    drafts: bool = True
    """Whether the owner's plan knows drafts of pull requests here."""
    default_branch: str = "main"
    description: str | None = None
    roles: dict[str, str] = field(default_factory=dict)
    protected: dict[str, Json] = field(default_factory=dict)
    """Classic protection by branch or pattern: what it lets (pushes, deletions, creations) and asks for (signatures,
    linear)."""
    rulesets: list[Json] = field(default_factory=list)
    """Each with id, name, include, exclude, rules (as the API has them) and bypass (slugs of Apps)."""
    push_protection: bool = False
    file_limit: int = 100_000_000
    """Bytes of the largest file that is taken."""
    failing: list[list[str]] = field(default_factory=list)
    """The next pushes fail like this: lines of explanation, and last the reason on the reference's line."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Branches by the names that they had."""
    gone: dict[int, str] = field(default_factory=dict)
    """Issues that are not here any more: where they were transferred to, "" for deleted ones."""
    fork_of: Repository | None = None
    labels: dict[str, Label] = field(default_factory=dict)
    issue_types: tuple[str, ...] = ()
    """Those of the organisation; who is no organisation has none here."""
    issue_fields: dict[int, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """By id, the names and options of the organisation's fields of which one option is chosen."""
    issues: dict[int, Issue] = field(default_factory=dict)
    checks: list[CheckRun] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    deployments: dict[int, Json] = field(default_factory=dict)
    job_logs: dict[int, str] = field(default_factory=dict)
    created_at: str = field(default_factory=now)
    pushed_at: str = field(default_factory=now)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def rules_for(self, app: App | None = None) -> list[Json]:
        """The active rules that an App does not bypass, each with what it includes and leaves out, and its ruleset."""
        return [
            {"include": one.get("include"), "exclude": one.get("exclude"), "ruleset": one["id"], **rule}
            for one in self.rulesets
            if app is None or app.slug not in one.get("bypass", ())
            for rule in one["rules"]
        ]

    def role(self, login: str) -> str:
        """admin, maintain, write, triage, read, or none."""
        if login == self.owner.login:
            return "admin"
        return self.roles.get(login, "none" if self.private else "read")


@dataclass(slots=True)
class World:
    """Everything, in memory; only the repositories' objects are on disk below `root`."""

    root: Path
    outbox: Outbox
    faults: Faults
    url: str = ""
    """Where the stand-in is reached, without a slash at the end; known once it listens."""
    token_seconds: float = 3600.0
    accounts: dict[str, Account] = field(default_factory=dict)
    user_tokens: dict[str, Account] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    manifests: dict[str, Json] = field(default_factory=dict)
    """Manifests that wait for their conversion, by code."""
    codes: dict[str, tuple[str, Account, str]] = field(default_factory=dict)
    """Client ids and the people who agreed to sign in there, by code."""
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    former_names: dict[str, int] = field(default_factory=dict)
    """Ids of repositories by lower-case full names that they no longer have."""
    requests: list[Json] = field(default_factory=list)
    git_requests: list[Json] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """Requests that GitHub's description does not allow."""
    own_violations: list[str] = field(default_factory=list)
    """Answers and payloads of the stand-in that GitHub's description does not allow."""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    @property
    def elsewhere(self) -> str:
        """The same place by another name: what is there counts as another server."""
        return self.url.replace("127.0.0.1", "localhost")

    def next_id(self) -> int:
        return next(self._ids)

    def account(self, login: str, kind: str = "User") -> Account:
        """The account of that login, made where there is none; users get the token `ghp_LOGIN`."""
        key = login.lower()
        if key not in self.accounts:
            self.accounts[key] = Account(self.next_id(), login, kind)
            if kind == "User":
                self.user_tokens[f"ghp_{login}"] = self.accounts[key]
        return self.accounts[key]

    def rename_account(self, old: str, new: str) -> None:
        """An account takes another login; the one that it had is free for anybody."""
        account = self.accounts.pop(old.lower())
        account.login = new
        self.accounts[new.lower()] = account
        self.user_tokens[f"ghp_{new}"] = account
        for repository in self.repositories.values():
            if old in repository.roles:
                repository.roles[new] = repository.roles.pop(old)

    def repository(self, full_name: str) -> Repository | None:
        """By its present name, in any case."""
        wanted = full_name.lower()
        return next((r for r in self.repositories.values() if r.full_name.lower() == wanted), None)

    def issue_token(
        self, installation: Installation, permissions: dict[str, str], repositories: set[int] | None
    ) -> Token:
        """A new installation token, in the long shape that GitHub gives out."""
        parts = (secrets.token_urlsafe(length) for length in (27, 240, 64))
        value = f"ghs_{installation.app.id}_{'.'.join(parts)}"
        token = Token(value, installation, permissions, repositories, time.time() + self.token_seconds)
        self.tokens[value] = token
        return token

    def app_installation(self, app: App, repository: Repository) -> Installation | None:
        """The installation through which an App sees a repository."""
        for installation in self.installations.values():
            if installation.app is app and installation.covers(repository):
                return installation
        return None
