"""What happened on GitHub, in our own words: nothing behind `reading.parse` sees a payload.

Here to issues, repositories and installations; `code_events` has pull requests and what is about commits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from workflows.subject import Subject, SubjectKind
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
class EventPlace:
    """Where it happened: through which installation, in which repository ("owner/name").

    `number` is GitHub's id of the repository, which stays when its name changes; 0 where it is not said.
    """

    installation: int
    repository: str
    default_branch: str = ""
    archived: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class About(ABC):
    """Something that happened to one thing of a repository, its `subject`; the sender is who did it."""

    place: EventPlace
    sender: Actor

    @property
    @abstractmethod
    def subject(self) -> Subject:
        """What it happened to."""

    @property
    def url(self) -> str:
        """Where a person sees it, "" where GitHub does not say."""
        return ""

    def _subject(self, kind: SubjectKind, number: int = 0, name: str = "") -> Subject:
        return Subject(kind, self.place.repository, "github", self.place.installation, number, name)


@dataclass(frozen=True, slots=True)
class OnIssue(About):
    """Something about an issue, or about a pull request seen as one; `closed` as it is since."""

    issue: Issue
    closed: bool
    locked: bool = field(default=False, kw_only=True)
    """Whether its conversation is."""

    @property
    def subject(self) -> Subject:
        return self._subject(SubjectKind.ISSUE, self.issue.number)

    @property
    def url(self) -> str:
        return self.issue.url


@dataclass(frozen=True, slots=True)
class IssueAssigned(OnIssue):
    """https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=assigned#issues"""

    assignee: str
    assignee_id: int = 0


@dataclass(frozen=True, slots=True)
class IssueLabeled(OnIssue):
    """https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=labeled#issues"""

    label: str
    label_id: int = 0
    """Stays when it is called otherwise."""


@dataclass(frozen=True, slots=True)
class IssueOpened(OnIssue):
    """https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=opened#issues"""

    closed: bool = False


@dataclass(frozen=True, slots=True)
class IssueChanged(OnIssue):
    """What may mean that work on an issue is not wanted any more, or not as it was.

    `change` is GitHub's action: closed, deleted, transferred, locked, unassigned, unlabeled, edited. `reason` is why it
    was closed or locked, as GitHub has it ("not_planned"); `name` the label or account that it lost, with its `id`.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues
    """

    change: str
    reason: str = ""
    name: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Commented(OnIssue):
    """A comment on an issue or, where `on_pull`, on a pull request.

    `before` is the text that an edit replaced; it is "" for a new comment. The sender is who
    wrote or edited: commands are judged by that account. `author` is whose comment it is.
    `at` is when this text was written, in seconds since the epoch; 0 where GitHub does not say.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
    """

    on_pull: bool
    comment: int
    address: str
    body: str
    author: Actor
    edited: bool = False
    before: str = ""
    at: float = 0.0

    @property
    def subject(self) -> Subject:
        return self._subject(SubjectKind.PULL if self.on_pull else SubjectKind.ISSUE, self.issue.number)

    @property
    def url(self) -> str:
        return self.address


@dataclass(frozen=True, slots=True)
class RepositoryChanged:
    """`action` is GitHub's: renamed, transferred, archived, unarchived, deleted, ...

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#repository
    """

    place: EventPlace
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


Event = About | RepositoryChanged | InstallationChanged
