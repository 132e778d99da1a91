"""The parts of GitHub's webhook payloads that we read; whatever else a payload holds is passed over.

Tolerant on purpose: of a deleted account GitHub sends null, of an empty text null or nothing,
and fields come and go. Only what an event is nothing without is required.
https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.github.api.shape import fit


def _names(value: Any) -> tuple[str, ...]:
    """Labels come as objects, in old payloads as plain names."""
    given = value if isinstance(value, list) else ()
    names = (one.get("name") if isinstance(one, dict) else one for one in given)
    return tuple(fit(name) for name in names if isinstance(name, str) and name)


def _objects(value: Any) -> tuple[Any, ...]:
    return tuple(one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


_Text = Annotated[str, AfterValidator(fit)]
_Number = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
"""Of what GitHub counts; a database holds no more."""
_Labels = Annotated[tuple[str, ...], BeforeValidator(_names)]
_Count = Annotated[_Number | None, BeforeValidator(lambda value: value if type(value) is int else None)]
"""A number that may be missing, and is none where it is odd."""


class _Part(BaseModel):
    """Null is as nothing, whatever it stands for."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, value: Any) -> Any:
        return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value


class Account(_Part):
    login: _Text
    id: _Number = 0
    type: _Text = "User"


class Named(_Part):
    name: _Text = ""
    id: _Number = 0


class RepositoryPart(_Part):
    full_name: _Text
    id: _Number = 0
    default_branch: _Text = ""
    archived: bool = False


class Installation(_Part):
    id: _Number
    account: Account | None = None


class IssuePart(_Part):
    number: _Number
    title: _Text = ""
    body: _Text = ""
    user: Account | None = None
    html_url: _Text = ""
    labels: _Labels = ()
    state: _Text = "open"
    state_reason: _Text = ""
    locked: bool = False
    active_lock_reason: _Text = ""
    pull_request: Any = None
    """There only where the issue is a pull request."""


class Comment(_Part):
    """On an issue, or with `path` on the code of a pull request."""

    id: _Number
    body: _Text = ""
    user: Account | None = None
    html_url: _Text = ""
    created_at: _Text = ""
    updated_at: _Text = ""
    path: _Text = ""
    line: _Count = None
    in_reply_to_id: _Count = None


class Ref(_Part):
    ref: _Text = ""
    sha: _Text = ""
    repo: RepositoryPart | None = None
    """Of a pull request's head None where the fork was deleted."""


class PullRequest(_Part):
    number: _Number
    title: _Text = ""
    body: _Text = ""
    user: Account | None = None
    html_url: _Text = ""
    state: _Text = "open"
    draft: bool = False
    merged: bool = False
    """Not there beside a review."""
    head: Ref = Ref()
    base: Ref = Ref()
    labels: _Labels = ()


class ReviewPart(_Part):
    id: _Number
    state: _Text = ""
    body: _Text = ""
    commit_id: _Text = ""
    html_url: _Text = ""


class AppName(_Part):
    slug: _Text = ""


class PullNumber(_Part):
    number: _Number


class Checks(_Part):
    """What a check run and a suite of them have in common."""

    id: _Number
    conclusion: _Text = ""
    head_sha: _Text = ""
    app: AppName | None = None
    pull_requests: Annotated[tuple[PullNumber, ...], BeforeValidator(_objects)] = ()


class CheckSuite(Checks):
    head_branch: _Text = ""


class SuiteOfRun(_Part):
    head_branch: _Text = ""


class CheckRunPart(Checks):
    name: _Text = ""
    html_url: _Text = ""
    details_url: _Text = ""
    check_suite: SuiteOfRun | None = None


class Release(_Part):
    id: _Number
    tag_name: _Text = ""
    name: _Text = ""
    body: _Text = ""
    draft: bool = False
    prerelease: bool = False
    target_commitish: _Text = ""
    html_url: _Text = ""


class Deployment(_Part):
    id: _Number
    ref: _Text = ""
    sha: _Text = ""
    environment: _Text = ""


class DeploymentStatus(_Part):
    state: _Text = ""
    environment: _Text = ""
    description: _Text = ""
    target_url: _Text = ""
    log_url: _Text = ""


class Before(_Part):
    """One changed field of an edit; `from` is what it was."""

    before: _Text = Field("", alias="from")


class BaseBefore(_Part):
    """Which branch a pull request led to before it was led to another one."""

    ref: Before | None = None


class Changes(_Part):
    base: BaseBefore | None = None
    body: Before | None = None
    title: Before | None = None
    default_branch: Before | None = None


def _paths(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list) else ()
    return tuple(fit(path) for path in given if isinstance(path, str))


_Paths = Annotated[tuple[str, ...], BeforeValidator(_paths)]


class PushedCommit(_Part):
    added: _Paths = ()
    modified: _Paths = ()
    removed: _Paths = ()


class Payload(_Part):
    """Any webhook: a part that its event does not carry is None."""

    action: _Text = ""
    installation: Installation | None = None
    repository: RepositoryPart | None = None
    sender: Account | None = None
    issue: IssuePart | None = None
    comment: Comment | None = None
    label: Named | None = None
    assignee: Account | None = None
    pull_request: PullRequest | None = None
    requested_reviewer: Account | None = None
    review: ReviewPart | None = None
    check_run: CheckRunPart | None = None
    check_suite: CheckSuite | None = None
    release: Release | None = None
    deployment: Deployment | None = None
    deployment_status: DeploymentStatus | None = None
    ref: _Text = ""
    commits: Annotated[tuple[PushedCommit, ...], BeforeValidator(_objects)] = ()
    forced: bool = False
    before: _Text = ""
    after: _Text = ""
    changes: Changes | None = None
