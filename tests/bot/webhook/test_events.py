"""Payloads become events of our own; what is odd about them becomes nothing, never an error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.webhook.events import (
    KNOWN,
    Actor,
    Commented,
    IssueOpened,
    RepositoryChanged,
    parse,
)
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


@pytest.mark.parametrize("lacking", ["issue", "repository", "installation", "label"])
def test_a_payload_without_what_it_is_about_is_nothing(lacking: str) -> None:
    payload = {"action": "labeled", "issue": ISSUE, "label": {"name": "bug"}, **WHERE}
    assert parse("issues", payload) is not None
    assert parse("issues", {key: value for key, value in payload.items() if key != lacking}) is None
    assert parse("issues", payload | {lacking: "something else"}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(KNOWN)), st.dictionaries(st.sampled_from([*WHERE, "issue", "comment", "action"]), JSON))
def test_no_payload_is_an_error(name: str, payload: dict[str, Any]) -> None:
    parse(name, payload)
    parse(name, {"action": "opened", "issue": ISSUE, "comment": {"id": 1}, **WHERE, **payload})


def test_a_renamed_repository_is_told_by_its_new_name() -> None:
    event = parse("repository", {"action": "renamed", **WHERE})
    assert isinstance(event, RepositoryChanged)
    assert (event.action, event.place.repository) == ("renamed", "octo/sample")
