"""What a forge shows of what is on it, cut down to what is used; texts are as people wrote them, not to be trusted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UserInfo:
    """An account. `kind` is User, Organization or Bot; `email` is empty where it is not public."""

    id: int
    login: str
    name: str = ""
    email: str = ""
    kind: str = "User"

    @property
    def commit_email(self) -> str:
        """The public address, else GitHub's own that leads to this account."""
        return self.email or f"{self.id}+{self.login}@users.noreply.github.com"


@dataclass(frozen=True, slots=True)
class CommentInfo:
    """A comment on an issue or pull request; `app` is the slug of the App that wrote it, else empty."""

    id: int
    body: str
    author: UserInfo
    url: str
    app: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The option that was chosen in a field of an issue. `field` is its id; values of other kinds are not read."""

    field: int
    name: str
    option: str


@dataclass(frozen=True, slots=True)
class ListedIssue:
    """One issue of a list. `state` is open or closed; `type` is "" where it has none."""

    number: int
    title: str
    body: str
    state: str = "open"
    labels: tuple[str, ...] = ()
    type: str = ""
    fields: tuple[FieldValue, ...] = ()


@dataclass(frozen=True, slots=True)
class ActInfo:
    """What somebody did to an issue or pull request: "labeled" it `label`, "review_requested" of `reviewer`.

    Where a `type` stands, the issue was given it.
    """

    event: str
    by: str
    label: str = ""
    reviewer: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class ReviewInfo:
    """A review of a pull request; `state` is PENDING, COMMENTED, APPROVED, CHANGES_REQUESTED or DISMISSED."""

    id: int
    body: str
    author: UserInfo
    state: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ThreadInfo:
    """A thread of comments on code; `body` is its first one's, `ours` whether that is by us.

    `waved_away`: somebody else answered, or pointed a thumb down.
    """

    id: str
    body: str
    ours: bool
    resolved: bool
    waved_away: bool
    disliked: bool = False
    """Somebody pointed a thumb down."""
    first: int = 0
    """The id of the comment that it begins with."""
    hidden: bool = False
    """That one is shown folded up."""


@dataclass(frozen=True, slots=True)
class CodeComment:
    """A comment on code. `thread` is the one that it answers, or itself; `line` is 0 where its line is gone."""

    id: int
    thread: int
    body: str
    author: UserInfo
    path: str
    line: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class FailedCheck:
    """What a check says of itself. `notes` are its annotations, as `path:line: text`; `log` the end of its job's.

    `unlogged` says why there is no log, as the end of a sentence.
    """

    name: str
    commit: str
    conclusion: str
    text: str = ""
    notes: tuple[str, ...] = ()
    log: str = ""
    unlogged: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """A release, or with `draft` what may become one."""

    id: int
    tag: str
    body: str
    author: UserInfo
    draft: bool
    url: str = ""
    target: str = ""
    """The branch or commit that its tag is put at when a draft is published, where there is no such tag yet."""
    title: str = ""
    was_out: bool = False
    """Whether it is or was published: deleting its tag makes a release a draft again."""
    files: int = 0
    """So many were attached to it."""


@dataclass(frozen=True, slots=True)
class PullInfo:
    """A pull request. `node` is its id for GraphQL; `head_repository` is empty where the fork is gone."""

    number: int
    url: str
    node: str
    title: str
    body: str
    state: str
    draft: bool
    merged: bool
    head: str
    head_commit: str
    head_repository: str
    base: str
    base_commit: str
    author: UserInfo
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """A check run of ours. `conclusion` is empty until `status` is completed."""

    id: int
    name: str
    head_commit: str
    status: str
    conclusion: str = ""
    external_id: str = ""
    url: str = ""
