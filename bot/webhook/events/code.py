"""What happened on GitHub to code: pull requests, reviews, checks, tags, releases, deployments."""

from __future__ import annotations

from dataclasses import dataclass

from bot.webhook.events.conversation import GHOST, About, Actor
from workflows.subject import Subject, SubjectKind

_NOBODY = Actor(GHOST)


@dataclass(frozen=True, slots=True)
class PullDetails:
    """A pull request. `head_repository` differs from the base's for forks, and is "" where the fork is gone."""

    number: int
    title: str = ""
    body: str = ""
    author: Actor = _NOBODY
    url: str = ""
    head: str = ""
    head_commit: str = ""
    head_repository: str = ""
    base: str = ""
    base_commit: str = ""
    draft: bool = False
    merged: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnPull(About):
    """Something about a pull request; `closed` as it is since."""

    pull: PullDetails
    closed: bool

    @property
    def subject(self) -> Subject:
        return self._subject(SubjectKind.PULL, self.pull.number)

    @property
    def url(self) -> str:
        return self.pull.url


@dataclass(frozen=True, slots=True)
class PullChanged(OnPull):
    """`action` is GitHub's: opened, ready_for_review, synchronize, closed, reopened, review_requested, edited, ...

    `requested` is the login that was asked for a review, "" for a team. `before` is the head that a push replaced.
    `other_base` says that it was led to another branch, or to the same one by another name.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request
    """

    action: str
    requested: str = ""
    before: str = ""
    other_base: bool = False


@dataclass(frozen=True, slots=True)
class Reviewed(OnPull):
    """A review was submitted. `state` is approved, changes_requested or commented; `commit` is what was reviewed.

    A reply in a thread comes with a review of its own, which is empty.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=submitted#pull_request_review
    """

    review: int
    state: str
    body: str
    commit: str
    address: str

    @property
    def url(self) -> str:
        return self.address


@dataclass(frozen=True, slots=True)
class ReviewCommented(OnPull):
    """A comment on the code of a pull request, new or edited; `before` and `author` as in `Commented`.

    `thread` is the comment that it replies to, 0 where it begins one; `line` is 0 for one on a whole file, and
    where the line is gone since.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request_review_comment
    """

    comment: int
    address: str
    body: str
    author: Actor
    path: str
    line: int = 0
    thread: int = 0
    edited: bool = False
    before: str = ""
    at: float = 0.0

    @property
    def url(self) -> str:
        return self.address


@dataclass(frozen=True, slots=True)
class ReportedCheck:
    """A check, or all checks of one App on a commit. `app` is the slug of whose it is.

    `conclusion` is success, failure, neutral, cancelled, timed_out, action_required, stale, startup_failure or
    skipped. `pulls` are the pull requests of this repository with that head; for a fork's GitHub names none.
    """

    id: int
    name: str
    app: str
    conclusion: str
    commit: str
    branch: str = ""
    pulls: tuple[int, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class OnCheck(About):
    check: ReportedCheck

    @property
    def subject(self) -> Subject:
        """The one pull request of that head, else the branch."""
        if len(self.check.pulls) == 1:
            return self._subject(SubjectKind.PULL, self.check.pulls[0])
        return self._subject(SubjectKind.BRANCH, name=self.check.branch)

    @property
    def url(self) -> str:
        return self.check.url


@dataclass(frozen=True, slots=True)
class CheckCompleted(OnCheck):
    """One check is done. https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=completed#check_run"""


@dataclass(frozen=True, slots=True)
class ChecksCompleted(OnCheck):
    """All checks of an App on a commit are done, with what they came to together.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads?actionType=completed#check_suite
    """


# --- tags, releases, deployments -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TagPushed(About):
    """A tag was made, moved or deleted: `before` is "" for a new one, `after` for one that is gone.

    Each is the id of the tag's object where it has one, else of the commit. GitHub tells of no more than
    three tags that are pushed together.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    """

    tag: str
    before: str = ""
    after: str = ""

    @property
    def subject(self) -> Subject:
        return self._subject(SubjectKind.TAG, name=self.tag)


@dataclass(frozen=True, slots=True)
class BranchPushed(About):
    """The default branch moved, or is another one. `touched` are the files of its new commits.

    Those are not `all_told` of a branch that was forced or is new, nor of more commits than GitHub names.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    """

    branch: str
    touched: frozenset[str] = frozenset()
    all_told: bool = True

    def may_touch(self, path: str) -> bool:
        return path in self.touched or not self.all_told

    @property
    def subject(self) -> Subject:
        return self._subject(SubjectKind.BRANCH, name=self.branch)


@dataclass(frozen=True, slots=True)
class ReleaseChanged(About):
    """`action` is GitHub's: created (drafts too), published, released, edited, deleted, ...

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#release
    """

    action: str
    release: int
    tag: str
    name: str = ""
    body: str = ""
    draft: bool = False
    prerelease: bool = False
    target: str = ""
    address: str = ""

    @property
    def subject(self) -> Subject:
        return self._subject(SubjectKind.TAG, name=self.tag)

    @property
    def url(self) -> str:
        return self.address


@dataclass(frozen=True, slots=True)
class Deployed(About):
    """How a deployment goes. `state` is pending, queued, in_progress, success, failure, error or inactive.

    `ref` is what was deployed (a branch, a tag or a commit), `commit` what that was then.
    https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status
    """

    deployment: int
    state: str
    environment: str
    ref: str
    commit: str
    description: str = ""
    log: str = ""

    @property
    def subject(self) -> Subject:
        return self._subject(SubjectKind.BRANCH, name=self.ref)

    @property
    def url(self) -> str:
        return self.log
