"""What the client reads from GitHub, cut down to what is used; texts are as people wrote them, not to be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from workflows.effects.items import (
    ActInfo,
    CheckInfo,
    CodeComment,
    CommentInfo,
    FailedCheck,
    FieldValue,
    ListedIssue,
    PullInfo,
    ReleaseInfo,
    ReviewInfo,
    UserInfo,
)

__all__ = [
    "ActInfo",
    "AppInfo",
    "CheckInfo",
    "CodeComment",
    "CommentInfo",
    "CommitInfo",
    "Comparison",
    "DeliveryInfo",
    "FailedCheck",
    "FieldValue",
    "InstallationInfo",
    "IssueInfo",
    "ListedIssue",
    "PullInfo",
    "ReleaseInfo",
    "RepositoryInfo",
    "ReviewInfo",
    "UserInfo",
]


@dataclass(frozen=True, slots=True)
class RepositoryInfo:
    """A repository; `full_name` is the one it has now, whatever it was asked for by."""

    id: int
    full_name: str
    default_branch: str
    url: str
    archived: bool = False
    disabled: bool = False
    private: bool = False
    fork: bool = False
    has_issues: bool = True


@dataclass(frozen=True, slots=True)
class IssueInfo:
    """An issue, or with `pull` a pull request seen as one."""

    number: int
    title: str
    body: str
    author: UserInfo
    url: str
    state: str = "open"
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    locked: bool = False
    pull: bool = False


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit; the logins are empty where GitHub knows no account of that address."""

    sha: str
    message: str
    author_login: str = ""
    author_email: str = ""
    committer_login: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What `head` has that `base` has not. `status` is identical, ahead, behind or diverged.

    GitHub shows at most 250 commits and 300 files; `ahead_by` is the whole number.
    """

    status: str
    ahead_by: int
    behind_by: int
    merge_base: str
    commits: tuple[CommitInfo, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppInfo:
    """The App as GitHub knows it: what was asked for at its making."""

    id: int
    slug: str
    name: str
    url: str
    permissions: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstallationInfo:
    """The App on one account, with what its owner granted."""

    id: int
    account: str
    suspended: bool = False
    selection: str = "all"
    permissions: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryInfo:
    """One attempt of GitHub's to deliver a webhook. `guid` is the same for all attempts of one event."""

    id: int
    guid: str
    event: str
    action: str
    delivered_at: datetime
    status: str
    status_code: int
    redelivery: bool = False

    @property
    def delivered(self) -> bool:
        return 200 <= self.status_code < 400
