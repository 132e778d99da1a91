"""The parts of payloads that we read: what is null, missing, old or odd in them is nothing, and no reason to refuse."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from bot.webhook.events import payloads
from bot.webhook.events.payloads import Account, Changes, CheckRunPart, Comment, IssuePart, Payload, PullRequest

PARTS = [
    one
    for one in vars(payloads).values()
    if isinstance(one, type) and issubclass(one, BaseModel) and one.__module__ == payloads.__name__
]


def needed(part: type[BaseModel]) -> dict[str, Any]:
    """The least that it is made of."""
    fields = part.model_fields.items()
    return {name: "x" if "str" in str(field.annotation) else 1 for name, field in fields if field.is_required()}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: str(part.__name__))
def test_null_is_as_nothing_in_every_part(part: type[BaseModel]) -> None:
    least = part.model_validate(needed(part))
    nulls = {field.alias or name: None for name, field in part.model_fields.items()}
    assert part.model_validate({**nulls, **needed(part)}) == least


@pytest.mark.parametrize("number", [-1, 2**63, "7", 7.5, True, None])
def test_a_number_that_no_database_holds_is_refused(number: object) -> None:
    with pytest.raises(ValidationError):
        IssuePart.model_validate({"number": number})
    assert IssuePart.model_validate({"number": 2**63 - 1}).number == 2**63 - 1


def test_a_place_in_code_that_is_odd_is_none_and_the_comment_is_read() -> None:
    for odd in ("7", None, 1.5, True, []):
        read = Comment.model_validate({"id": 1, "line": odd, "in_reply_to_id": odd})
        assert (read.line, read.in_reply_to_id) == (None, None)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ([{"name": "bug"}, {"name": None}, {}, "old", 5, None, {"name": ""}], ("bug", "old")),
        (None, ()),
        ({"name": "bug"}, ()),
        ("bug", ()),
        ([{"name": "a\0b\ud800"}], ("a\ufffdb\ufffd",)),
    ],
)
def test_labels_are_read_as_objects_and_as_plain_names(given: object, read: tuple[str, ...]) -> None:
    assert IssuePart.model_validate({"number": 1, "labels": given}).labels == read


def test_a_list_that_holds_something_else_is_read_as_far_as_it_can_be() -> None:
    check = CheckRunPart.model_validate({"id": 1, "pull_requests": [None, {"number": 3}, "x"]})
    assert [one.number for one in check.pull_requests] == [3]
    push = Payload.model_validate({"commits": [None, {"added": ["a", None, 5], "removed": None}, "x"]})
    assert [one.added for one in push.commits] == [("a",)]


def test_what_no_database_takes_is_marked_wherever_text_stands() -> None:
    pull = PullRequest.model_validate({"number": 1, "title": "a\0", "head": {"ref": "\udcff", "repo": None}})
    assert (pull.title, pull.head.ref, pull.head.repo) == ("a\ufffd", "\ufffd", None)
    assert Account.model_validate({"login": "\0"}).login == "\ufffd"


def test_what_was_before_an_edit_is_read_by_github_s_own_word_for_it() -> None:
    changes = Changes.model_validate({"base": {"ref": {"from": "main"}, "sha": {"from": "1"}}, "body": {"from": None}})
    assert changes.base is not None
    assert changes.base.ref is not None
    assert changes.base.ref.before == "main"
    assert changes.body is not None
    assert changes.body.before == ""
