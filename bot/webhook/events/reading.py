"""From a payload to the event that it tells of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from bot.webhook.events import payloads
from bot.webhook.events.code import (
    BranchPushed,
    CheckCompleted,
    ChecksCompleted,
    Deployed,
    PullChanged,
    PullDetails,
    ReleaseChanged,
    ReportedCheck,
    ReviewCommented,
    Reviewed,
    TagPushed,
)
from bot.webhook.events.conversation import (
    GHOST,
    Actor,
    Commented,
    Event,
    EventPlace,
    InstallationChanged,
    IssueAssigned,
    IssueChanged,
    IssueLabeled,
    IssueOpened,
    RepositoryChanged,
)
from bot.webhook.events.payloads import Account, Named, Payload
from sandbox.errors import UserError
from workflows.values import Issue

_NO_COMMIT = "0" * 40
_TAGS = "refs/tags/"
_MOST_COMMITS = 2048
"""So many commits GitHub names of a push."""
_OWN_HOOK = "A webhook of the repository's own names none: use the App's."


class UnreadablePayload(UserError):
    """A payload without a part that its event is nothing without."""


def parse(name: str, payload: object) -> Event | None:
    """The event of a delivery; None where it tells of nothing that we know. UnreadablePayload where it is misshapen."""
    reader = _READERS.get(name)
    if reader is None:
        return None
    try:
        return reader(Payload.model_validate(payload))
    except (ValidationError, RecursionError) as error:
        raise UnreadablePayload(f"The payload of this {name} is not as GitHub describes it.") from error
    except _Lacking as error:
        remedy = _OWN_HOOK if str(error) == "installation" else ""
        raise UnreadablePayload(f"The payload of this {name} has no {error}.", remedy) from None


class _Lacking(Exception):
    """The name of the part that is not there."""


def _issues(payload: Payload) -> Event | None:
    issue = _need(payload.issue, "issue")
    if issue.pull_request is not None:
        return None
    told = (_place(payload), _actor(payload.sender), _issue(issue), issue.state == "closed")
    label, assignee = payload.label or Named(), payload.assignee or Account(login="")
    locked = issue.locked
    match payload.action:
        case "assigned":
            return IssueAssigned(*told, assignee.login, assignee.id, locked=locked)
        case "labeled":
            return IssueLabeled(*told, label.name, label.id, locked=locked)
        case "opened" if payload.changes is None:  # one that was transferred says where from, and asks for nothing
            return IssueOpened(*told, locked=locked)
        case "closed":
            return IssueChanged(*told, "closed", issue.state_reason, locked=locked)
        case "locked":
            return IssueChanged(*told, "locked", issue.active_lock_reason, locked=True)
        case "unlabeled" as lost:
            return IssueChanged(*told, lost, name=label.name, id=label.id, locked=locked)
        case "unassigned" as lost:
            return IssueChanged(*told, lost, name=assignee.login, id=assignee.id, locked=locked)
        case "deleted" | "transferred" as gone:
            return IssueChanged(*told, gone, locked=locked)
        case "edited" if payload.changes and (payload.changes.body or payload.changes.title):
            return IssueChanged(*told, "edited", locked=locked)
    return None


def _comment(payload: Payload) -> Event | None:
    if payload.action not in ("created", "edited"):
        return None
    issue, comment = _need(payload.issue, "issue"), _need(payload.comment, "comment")
    return Commented(
        place=_place(payload),
        sender=_actor(payload.sender),
        issue=_issue(issue),
        closed=issue.state == "closed",
        on_pull=issue.pull_request is not None,
        comment=comment.id,
        address=comment.html_url,
        body=comment.body,
        author=_actor(comment.user),
        locked=issue.locked,
        **_edit(payload, comment),
    )


def _pull(payload: Payload) -> Event:
    pull, asked = _need(payload.pull_request, "pull_request"), payload.requested_reviewer
    return PullChanged(
        *_on_pull(payload, pull),
        action=payload.action,
        requested=asked.login if asked else "",
        before=payload.before if payload.action == "synchronize" else "",
        other_base=payload.action == "edited" and payload.changes is not None and payload.changes.base is not None,
    )


def _review(payload: Payload) -> Event | None:
    if payload.action != "submitted":
        return None
    pull, review = _need(payload.pull_request, "pull_request"), _need(payload.review, "review")
    told = _on_pull(payload, pull)
    return Reviewed(*told, review.id, review.state.lower(), review.body, review.commit_id, review.html_url)


def _review_comment(payload: Payload) -> Event | None:
    if payload.action not in ("created", "edited"):
        return None
    pull, comment = _need(payload.pull_request, "pull_request"), _need(payload.comment, "comment")
    return ReviewCommented(
        *_on_pull(payload, pull),
        comment=comment.id,
        address=comment.html_url,
        body=comment.body,
        author=_actor(comment.user),
        path=comment.path,
        line=comment.line or 0,
        thread=comment.in_reply_to_id or 0,
        **_edit(payload, comment),
    )


def _check(payload: Payload) -> Event | None:
    if payload.action != "completed":
        return None
    run = _need(payload.check_run, "check_run")
    branch = run.check_suite.head_branch if run.check_suite else ""
    url = run.html_url or run.details_url
    return CheckCompleted(_place(payload), _actor(payload.sender), _checked(run, run.name, branch, url))


def _checks(payload: Payload) -> Event | None:
    if payload.action != "completed":
        return None
    suite = _need(payload.check_suite, "check_suite")
    return ChecksCompleted(_place(payload), _actor(payload.sender), _checked(suite, "", suite.head_branch, ""))


def _push(payload: Payload) -> Event | None:
    default = payload.repository.default_branch if payload.repository else ""
    before, after = (_commit(one) for one in (payload.before, payload.after))
    if default and after and payload.ref == f"refs/heads/{default}":
        touched = frozenset(path for one in payload.commits for path in (*one.added, *one.modified, *one.removed))
        all_told = payload.before != _NO_COMMIT and not payload.forced and len(payload.commits) < _MOST_COMMITS
        return BranchPushed(_place(payload), _actor(payload.sender), default, touched, all_told)
    if not payload.ref.startswith(_TAGS):
        return None
    return TagPushed(_place(payload), _actor(payload.sender), payload.ref.removeprefix(_TAGS), before, after)


def _release(payload: Payload) -> Event:
    release = _need(payload.release, "release")
    return ReleaseChanged(
        _place(payload),
        _actor(payload.sender),
        action=payload.action,
        release=release.id,
        tag=release.tag_name,
        name=release.name,
        body=release.body,
        draft=release.draft,
        prerelease=release.prerelease,
        target=release.target_commitish,
        address=release.html_url,
    )


def _deployment(payload: Payload) -> Event:
    deployment, status = _need(payload.deployment, "deployment"), _need(payload.deployment_status, "deployment_status")
    return Deployed(
        _place(payload),
        _actor(payload.sender),
        deployment=deployment.id,
        state=status.state.lower(),
        environment=status.environment or deployment.environment,
        ref=deployment.ref,
        commit=deployment.sha,
        description=status.description,
        log=status.log_url or status.target_url,
    )


def _repository(payload: Payload) -> Event:
    if payload.changes and payload.changes.default_branch:  # nothing is pushed, and another file holds
        place = _place(payload)
        return BranchPushed(place, _actor(payload.sender), place.default_branch, all_told=False)
    return RepositoryChanged(_place(payload), _actor(payload.sender), payload.action)


def _installation(payload: Payload) -> Event:
    installation = _need(payload.installation, "installation")
    account = installation.account.login if installation.account else GHOST
    return InstallationChanged(installation.id, account, payload.action)


_READERS: Mapping[str, Callable[[Payload], Event | None]] = {
    "issues": _issues,
    "issue_comment": _comment,
    "pull_request": _pull,
    "pull_request_review": _review,
    "pull_request_review_comment": _review_comment,
    "check_run": _check,
    "check_suite": _checks,
    "push": _push,
    "release": _release,
    "deployment_status": _deployment,
    "repository": _repository,
    "installation": _installation,
    "installation_repositories": _installation,
}

KNOWN = frozenset(_READERS)
"""The events that `parse` can make something of."""


def _place(payload: Payload) -> EventPlace:
    repository = _need(payload.repository, "repository")
    return EventPlace(
        _need(payload.installation, "installation").id,
        repository.full_name,
        repository.default_branch,
        repository.archived,
        repository.id,
    )


def _actor(account: payloads.Account | None) -> Actor:
    if account is None:
        return Actor(GHOST)
    return Actor(account.login, account.id, account.type == "Bot" or account.login.endswith("[bot]"))


def _issue(issue: payloads.IssuePart) -> Issue:
    author = issue.user.login if issue.user else GHOST
    return Issue(issue.number, issue.title, issue.body, author, issue.html_url, issue.labels)


def _on_pull(payload: Payload, pull: payloads.PullRequest) -> tuple[EventPlace, Actor, PullDetails, bool]:
    there = pull.head.repo
    told = PullDetails(
        number=pull.number,
        title=pull.title,
        body=pull.body,
        author=_actor(pull.user),
        url=pull.html_url,
        head=pull.head.ref,
        head_commit=pull.head.sha,
        head_repository=there.full_name if there else "",
        base=pull.base.ref,
        base_commit=pull.base.sha,
        draft=pull.draft,
        merged=pull.merged,
        labels=pull.labels,
    )
    return _place(payload), _actor(payload.sender), told, pull.state == "closed"


def _checked(one: payloads.Checks, name: str, branch: str, url: str) -> ReportedCheck:
    app = one.app.slug if one.app else ""
    pulls = tuple(pull.number for pull in one.pull_requests)
    return ReportedCheck(one.id, name, app, one.conclusion, one.head_sha, branch, pulls, url)


def _edit(payload: Payload, comment: payloads.Comment) -> dict[str, Any]:
    """Whether it is one, what it replaced, and when the text was written."""
    edited = payload.action == "edited"
    changed = payload.changes.body if payload.changes else None
    # an edit that does not say what it replaced has changed something else: nothing in it is new
    before = "" if not edited else changed.before if changed else comment.body
    return {
        "edited": edited,
        "before": before,
        "at": _seconds(comment.updated_at if edited else comment.created_at),
    }


def _commit(text: str) -> str:
    return "" if text == _NO_COMMIT else text


def _seconds(stamp: str) -> float:
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _need(part: Any, name: str) -> Any:
    if part is None:
        raise _Lacking(name)
    return part
