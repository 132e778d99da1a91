"""Payloads become events of our own; what is odd about them becomes nothing, never an error."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from bot.webhook.events.conversation import Actor, Commented, EventPlace, IssueOpened, RepositoryChanged
from bot.webhook.events.reading import KNOWN, UnreadablePayload, parse
from tests.fakes.github import openapi
from tests.fakes.schema import least
from workflows.subject import Subject, SubjectKind
from workflows.values import Issue

ISSUE: dict[str, Any] = {
    "number": 7,
    "title": "It is broken",
    "body": None,
    "user": None,
    "html_url": "https://github.com/octo/sample/issues/7",
    "labels": [{"name": "bug"}, {"name": None}],
    "state": "open",
}
WHERE: dict[str, Any] = {
    "installation": {"id": 5},
    "repository": {"full_name": "octo/sample", "default_branch": "main", "archived": False},
    "sender": {"login": "alice", "id": 1, "type": "User"},
}


def test_a_deleted_account_and_an_empty_text_are_read_as_such() -> None:
    event = parse("issues", {"action": "opened", "issue": ISSUE, **WHERE})
    assert isinstance(event, IssueOpened)
    assert event.issue == Issue(7, "It is broken", "", "ghost", ISSUE["html_url"], ("bug",))
    assert event.sender == Actor("alice", 1)


def test_an_issue_that_was_transferred_asks_for_nothing_anew() -> None:
    moved = {"action": "opened", "issue": ISSUE, "changes": {"old_issue": ISSUE, "old_repository": {}}, **WHERE}
    assert parse("issues", moved) is None


def pushed(ref: str, after: str = "b" * 40, **more: Any) -> Any:
    return parse("push", {"ref": ref, "before": "a" * 40, "after": after, **more, **WHERE})


def test_a_push_to_the_default_branch_names_the_files_that_it_touches() -> None:
    commits = [{"added": ["a"], "modified": ["b", None], "removed": ["c"]}, "odd", {"added": None, "modified": ["a"]}]
    event = pushed("refs/heads/main", commits=commits)
    assert isinstance(event, BranchPushed)
    assert (event.branch, event.touched, event.all_told) == ("main", {"a", "b", "c"}, True)
    assert (event.may_touch("a"), event.may_touch("x")) == (True, False)
    assert event.subject == Subject(SubjectKind.BRANCH, "octo/sample", "github", 5, name="main")
    assert pushed("refs/heads/main", commits=None).touched == frozenset()


@pytest.mark.parametrize(
    "more",
    [{"forced": True}, {"before": "0" * 40}, {"commits": [{"added": ["a"]}] * 2048}],
    ids=["forced", "new", "many"],
)
def test_a_push_of_which_github_may_not_name_all_files_may_touch_any(more: dict[str, Any]) -> None:
    event = parse("push", {"ref": "refs/heads/main", "before": "a" * 40, "after": "b" * 40, **more, **WHERE})
    assert isinstance(event, BranchPushed)
    assert event.may_touch("x")


def test_another_default_branch_is_as_one_that_moved() -> None:
    event = parse("repository", {"action": "edited", "changes": {"default_branch": {"from": "old"}}, **WHERE})
    assert isinstance(event, BranchPushed)
    assert (event.branch, event.may_touch("x")) == ("main", True)


def test_other_branches_and_one_that_is_deleted_ask_for_nothing() -> None:
    assert pushed("refs/heads/topic") is None
    assert pushed("refs/heads/main", "0" * 40) is None
    assert pushed("refs/heads/mainly") is None


def test_an_edit_says_what_it_replaced() -> None:
    comment = {"id": 3, "body": "new", "user": {"login": "bob", "type": "Bot"}, "html_url": "u"}
    payload = {"action": "edited", "issue": ISSUE, "comment": comment, "changes": {"body": {"from": "old"}}, **WHERE}
    event = parse("issue_comment", payload)
    assert isinstance(event, Commented)
    assert (event.edited, event.before, event.body, event.author.bot) == (True, "old", "new", True)


def test_an_edit_of_something_else_than_the_text_has_nothing_new_in_it() -> None:
    comment = {"id": 3, "body": "/fix", "user": {"login": "bob"}, "html_url": "u"}
    event = parse("issue_comment", {"action": "edited", "issue": ISSUE, "comment": comment, "changes": {}, **WHERE})
    assert isinstance(event, Commented)
    assert event.before == event.body == "/fix"


def test_a_pull_request_in_the_clothes_of_an_issue_is_none() -> None:
    assert parse("issues", {"action": "labeled", "issue": {**ISSUE, "pull_request": {}}, **WHERE}) is None


@pytest.mark.parametrize("lacking", ["issue", "repository", "installation"])
def test_a_payload_without_what_it_is_about_is_refused_in_a_sentence(lacking: str) -> None:
    payload = {"action": "labeled", "issue": ISSUE, "label": {"name": "bug"}, **WHERE}
    assert parse("issues", payload) is not None
    with pytest.raises(UnreadablePayload, match=f"issues has no {lacking}"):
        parse("issues", {key: value for key, value in payload.items() if key != lacking})
    with pytest.raises(UnreadablePayload, match="issues is not as GitHub describes it"):
        parse("issues", payload | {lacking: "something else"})


def test_what_is_none_of_ours_is_not_even_looked_at() -> None:
    assert parse("watch", "no payload at all") is None
    assert parse("push", {"ref": "refs/heads/main", "installation": None}) is None
    for name in ("check_run", "check_suite", "pull_request_review"):
        assert parse(name, {"action": "created"}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(KNOWN)), st.dictionaries(st.sampled_from([*WHERE, "issue", "comment", "action"]), JSON))
def test_no_payload_is_an_error(name: str, payload: dict[str, Any]) -> None:
    for whole in (payload, {"action": "opened", "issue": ISSUE, "comment": {"id": 1}, **WHERE, **payload}):
        with suppress(UnreadablePayload):
            parse(name, whole)


def test_a_renamed_repository_is_told_by_its_new_name() -> None:
    event = parse("repository", {"action": "renamed", **WHERE})
    assert isinstance(event, RepositoryChanged)
    assert (event.action, event.place.repository) == ("renamed", "octo/sample")


# --- GitHub's published examples (@octokit/webhooks-examples, MIT), cut down to what stands for itself --------

REPOSITORY = {"id": 186853002, "full_name": "Codertocat/Hello-World", "default_branch": "master", "archived": False}
OWNER = {"login": "Codertocat", "id": 21031067, "type": "User", "site_admin": False}
THERE: dict[str, Any] = {"repository": REPOSITORY, "sender": OWNER, "installation": {"id": 5, "node_id": "MDIz"}}
CODERTOCAT = Actor("Codertocat", 21031067)
PLACE = EventPlace(5, "Codertocat/Hello-World", "master", False, 186853002)
HEAD, BASE = "ec26c3e57ca3a959ca5aad62de7213c562f8c821", "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"
TAGGED = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
WEB = "https://github.com/Codertocat/Hello-World"
PULL_REQUEST: dict[str, Any] = {
    "number": 2,
    "title": "Update the README with new information.",
    "body": "This is a pretty simple change.",
    "user": OWNER,
    "html_url": f"{WEB}/pull/2",
    "state": "open",
    "draft": False,
    "merged": False,
    "head": {"ref": "changes", "sha": HEAD, "repo": REPOSITORY},
    "base": {"ref": "master", "sha": BASE, "repo": REPOSITORY},
    "labels": [],
}
PULL = PullDetails(
    2,
    "Update the README with new information.",
    "This is a pretty simple change.",
    CODERTOCAT,
    f"{WEB}/pull/2",
    "changes",
    HEAD,
    "Codertocat/Hello-World",
    "master",
    BASE,
)
ON_PULL = (PLACE, CODERTOCAT, PULL, False)
BESIDE_A_REVIEW = {key: value for key, value in PULL_REQUEST.items() if key not in ("merged", "draft")}
RUN = {
    "id": 128620228,
    "name": "Octocoders-linter",
    "head_sha": HEAD,
    "html_url": f"{WEB}/runs/128620228",
    "conclusion": "failure",
    "check_suite": {"id": 118578147, "head_branch": "changes"},
    "app": {"slug": "github-actions"},
    "pull_requests": [{"number": 2, "head": {"ref": "changes", "sha": HEAD, "repo": {"id": 186853002}}}],
}
SUITE = {"id": 118578147, "head_branch": None, "head_sha": HEAD, "conclusion": "success", "pull_requests": []}
DEPLOYMENT = {"id": 145988746, "ref": "master", "sha": BASE, "environment": "production"}
STATUS = {"state": "success", "environment": "production", "description": "", "target_url": ""}
RELEASE = {"id": 17372790, "tag_name": "0.0.1", "target_commitish": "master", "name": None, "body": None}
COMMENT = {"id": 284312630, "path": "README.md", "body": "Maybe more emoji.", "user": None, "html_url": "u"}
LATER = {"requested_reviewer": {"login": "helper"}, "before": BASE}
ZERO = "0" * 40


@pytest.mark.parametrize(
    ("name", "payload", "event", "kind", "thing"),
    [
        (
            "pull_request",
            {"action": "opened", "number": 2, "pull_request": PULL_REQUEST},
            PullChanged(*ON_PULL, "opened"),
            SubjectKind.PULL,
            2,
        ),
        (
            "pull_request",
            {"action": "review_requested", "pull_request": PULL_REQUEST, **LATER},
            PullChanged(*ON_PULL, "review_requested", "helper"),
            SubjectKind.PULL,
            2,
        ),
        (
            "pull_request",
            {"action": "synchronize", "pull_request": PULL_REQUEST, "before": BASE, "after": HEAD},
            PullChanged(*ON_PULL, "synchronize", before=BASE),
            SubjectKind.PULL,
            2,
        ),
        (
            "pull_request_review",
            {
                "action": "submitted",
                "pull_request": BESIDE_A_REVIEW,
                "review": {"id": 237895671, "state": "commented", "body": None, "commit_id": HEAD, "html_url": "u"},
            },
            Reviewed(*ON_PULL, 237895671, "commented", "", HEAD, "u"),
            SubjectKind.PULL,
            2,
        ),
        (
            "pull_request_review_comment",
            {"action": "created", "pull_request": BESIDE_A_REVIEW, "comment": {**COMMENT, "line": None}},
            ReviewCommented(*ON_PULL, 284312630, "u", "Maybe more emoji.", Actor("ghost"), "README.md"),
            SubjectKind.PULL,
            2,
        ),
        (
            "pull_request_review_comment",
            {
                "action": "edited",
                "pull_request": BESIDE_A_REVIEW,
                "comment": {**COMMENT, "line": 3, "in_reply_to_id": 9},
                "changes": {"body": {"from": "Maybe."}},
            },
            ReviewCommented(
                *ON_PULL, 284312630, "u", "Maybe more emoji.", Actor("ghost"), "README.md", 3, 9, True, "Maybe."
            ),
            SubjectKind.PULL,
            2,
        ),
        (
            "check_run",
            {"action": "completed", "check_run": RUN},
            CheckCompleted(
                PLACE,
                CODERTOCAT,
                ReportedCheck(
                    128620228,
                    "Octocoders-linter",
                    "github-actions",
                    "failure",
                    HEAD,
                    "changes",
                    (2,),
                    f"{WEB}/runs/128620228",
                ),
            ),
            SubjectKind.PULL,
            2,
        ),
        (
            "check_suite",
            {"action": "completed", "check_suite": SUITE},
            ChecksCompleted(PLACE, CODERTOCAT, ReportedCheck(118578147, "", "", "success", HEAD)),
            SubjectKind.BRANCH,
            "",
        ),
        (
            "push",
            {"ref": "refs/tags/simple-tag", "before": ZERO, "after": TAGGED, "created": True, "base_ref": None},
            TagPushed(PLACE, CODERTOCAT, "simple-tag", after=TAGGED),
            SubjectKind.TAG,
            "simple-tag",
        ),
        (
            "push",
            {"ref": "refs/tags/simple-tag", "before": TAGGED, "after": ZERO, "deleted": True, "head_commit": None},
            TagPushed(PLACE, CODERTOCAT, "simple-tag", before=TAGGED),
            SubjectKind.TAG,
            "simple-tag",
        ),
        (
            "release",
            {"action": "published", "release": RELEASE},
            ReleaseChanged(PLACE, CODERTOCAT, "published", 17372790, "0.0.1", target="master"),
            SubjectKind.TAG,
            "0.0.1",
        ),
        (
            "deployment_status",
            {"action": "created", "deployment": DEPLOYMENT, "deployment_status": STATUS},
            Deployed(PLACE, CODERTOCAT, 145988746, "success", "production", "master", BASE),
            SubjectKind.BRANCH,
            "master",
        ),
    ],
)
def test_a_published_example_becomes_its_event(
    name: str, payload: dict[str, Any], event: Any, kind: SubjectKind, thing: int | str
) -> None:
    assert parse(name, payload | THERE) == event
    found: Subject = event.subject
    assert (found.kind, found.number or found.name, found.installation) == (kind, thing, 5)


def test_a_pull_request_from_a_fork_that_is_gone_has_no_repository_at_its_head() -> None:
    pull = PULL_REQUEST | {"head": {"ref": "changes", "sha": HEAD, "repo": None}, "user": None, "body": None}
    event = parse("pull_request", {"action": "closed", "pull_request": pull | {"state": "closed"}, **THERE})
    assert isinstance(event, PullChanged)
    assert (event.pull.head_repository, event.pull.author.login, event.closed) == ("", "ghost", True)


_OTHERS = (
    "installation_target",
    "pull_request_review_thread",
    "repository_advisory",
    "repository_dispatch",
    "repository_import",
    "repository_ruleset",
    "repository_vulnerability_alert",
)
"""Events whose names begin like one that we know."""


def test_the_least_that_github_describes_is_understood() -> None:
    """Of each event that is known, a payload with nothing but what its published schema requires."""
    described = openapi.published()
    if described is None:
        pytest.skip(openapi.MISSING)
    understood = set()
    for name, schema in described.index["webhooks"].items():
        event, action = _event_and_action(name)
        if event:
            payload = least(schema, described.index["components"]) | {"installation": {"id": 5, "node_id": "x"}}
            if parse(event, payload | {"action": action}) is not None:
                understood.add(event)
    assert understood == KNOWN - {"push"}, "a push of the least is none of a tag"


def _event_and_action(name: str) -> tuple[str, str]:
    """The known event of a published name like "check-run-completed", of several the longest; "" where it is none."""
    flat = name.replace("-", "_")
    if flat.startswith(_OTHERS):
        return "", ""
    found = max((one for one in KNOWN if f"{flat}_".startswith(f"{one}_")), key=len, default="")
    return found, flat[len(found) + 1 :]
