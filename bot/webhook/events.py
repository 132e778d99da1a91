"""What happened on GitHub, in our own words: nothing behind this module sees a payload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from bot.webhook import payloads
from bot.webhook.payloads import Payload
from workflows.values import Issue

GHOST = "ghost"
"""The login that GitHub itself shows for a deleted account."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `bot` is true for every App and for accounts that GitHub marks as bots."""

    login: str
    id: int = 0
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened: through which installation, in which repository ("owner/name").

    `number` is GitHub's id of the repository, which stays when its name changes; 0 where it is not said.
    """

    installation: int
    repository: str
    default_branch: str = ""
    archived: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class IssueAssigned:
    """https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=assigned#issues"""

    place: Place
    sender: Actor
    issue: Issue
    closed: bool
    assignee: str


@dataclass(frozen=True, slots=True)
class IssueLabeled:
    """https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=labeled#issues"""

    place: Place
    sender: Actor
    issue: Issue
    closed: bool
    label: str


@dataclass(frozen=True, slots=True)
class IssueOpened:
    """https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=opened#issues"""

    place: Place
    sender: Actor
    issue: Issue
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Commented:
    """A comment on an issue or, where `on_pull`, on a pull request.

    `before` is the text that an edit replaced; it is "" for a new comment. The sender is who
    wrote or edited: commands are judged by that account. `author` is whose comment it is.
    `at` is when this text was written, in seconds since the epoch; 0 where GitHub does not say.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
    """

    place: Place
    sender: Actor
    issue: Issue
    closed: bool
    on_pull: bool
    comment: int
    url: str
    body: str
    author: Actor
    edited: bool = False
    before: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class PullChanged:
    """`action` is GitHub's: opened, synchronize, closed, reopened, edited, ...

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
    """

    place: Place
    sender: Actor
    action: str
    number: int
    branch: str
    head: str
    merged: bool


@dataclass(frozen=True, slots=True)
class RepositoryChanged:
    """`action` is GitHub's: renamed, transferred, archived, unarchived, deleted, ...

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository
    """

    place: Place
    sender: Actor
    action: str


@dataclass(frozen=True, slots=True)
class InstallationChanged:
    """`action` is GitHub's: created, deleted, suspend, unsuspend, new_permissions_accepted, added, removed.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#installation
    """

    installation: int
    account: str
    action: str


Event = IssueAssigned | IssueLabeled | IssueOpened | Commented | PullChanged | RepositoryChanged | InstallationChanged
OnIssue = IssueAssigned | IssueLabeled | IssueOpened | Commented


def parse(name: str, payload: Mapping[str, Any]) -> Event | None:
    """The event of a delivery; None where it is none that we know, or lacks what we need of it."""
    reader = _READERS.get(name)
    if reader is None:
        return None
    try:
        return reader(Payload.model_validate(payload))
    except (ValidationError, _Lacking, RecursionError):
        return None


class _Lacking(Exception):
    """A payload without a part that its event is nothing without."""


def _issues(payload: Payload) -> Event | None:
    issue = _need(payload.issue)
    place, sender, closed = _place(payload), _actor(payload.sender), issue.state == "closed"
    if issue.pull_request is not None:
        return None
    match payload.action:
        case "assigned":
            return IssueAssigned(place, sender, _issue(issue), closed, _need(payload.assignee).login)
        case "labeled":
            return IssueLabeled(place, sender, _issue(issue), closed, _need(payload.label).name)
        case "opened" if payload.changes is None:  # one that was transferred says where from, and asks for nothing
            return IssueOpened(place, sender, _issue(issue), closed)
    return None


def _comment(payload: Payload) -> Event | None:
    if payload.action not in ("created", "edited"):
        return None
    issue, comment = _need(payload.issue), _need(payload.comment)
    edited = payload.action == "edited"
    changed = payload.changes.body if payload.changes else None
    return Commented(
        place=_place(payload),
        sender=_actor(payload.sender),
        issue=_issue(issue),
        closed=issue.state == "closed",
        on_pull=issue.pull_request is not None,
        comment=comment.id,
        url=comment.html_url,
        body=comment.body,
        author=_actor(comment.user),
        edited=edited,
        # an edit that does not say what it replaced has changed something else: nothing in it is new
        before="" if not edited else changed.before if changed else comment.body,
        at=_seconds(comment.updated_at if edited else comment.created_at),
    )


def _pull(payload: Payload) -> Event:
    pull = _need(payload.pull_request)
    place, sender = _place(payload), _actor(payload.sender)
    return PullChanged(place, sender, payload.action, pull.number, pull.head.ref, pull.head.sha, bool(pull.merged))


def _repository(payload: Payload) -> Event:
    return RepositoryChanged(_place(payload), _actor(payload.sender), payload.action)


def _installation(payload: Payload) -> Event:
    installation = _need(payload.installation)
    account = installation.account.login if installation.account else GHOST
    return InstallationChanged(installation.id, account, payload.action)


_READERS: Mapping[str, Callable[[Payload], Event | None]] = {
    "issues": _issues,
    "issue_comment": _comment,
    "pull_request": _pull,
    "repository": _repository,
    "installation": _installation,
    "installation_repositories": _installation,
}

KNOWN = frozenset(_READERS)
"""The events that `parse` can make something of; any other delivery is answered and not kept."""


def _place(payload: Payload) -> Place:
    repository = _need(payload.repository)
    return Place(
        _need(payload.installation).id,
        repository.full_name,
        repository.default_branch,
        repository.archived,
        repository.id,
    )


def _actor(account: payloads.Account | None) -> Actor:
    if account is None:
        return Actor(GHOST)
    return Actor(account.login, account.id, account.type == "Bot" or account.login.endswith("[bot]"))


def _issue(issue: payloads.Issue) -> Issue:
    author = issue.user.login if issue.user else GHOST
    return Issue(issue.number, issue.title, issue.body, author, issue.html_url, issue.labels)


def _seconds(stamp: str) -> float:
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _need(part: Any) -> Any:
    if part is None:
        raise _Lacking
    return part
