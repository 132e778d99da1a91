"""What the journal holds of effects is read as it was written, also by versions of before."""

from __future__ import annotations

import json

import pytest

from sandbox.errors import RollbackRefused
from sandbox.journal import Effect, JournalEntry, Where
from workflows.effects.code.branch import CreateBranch
from workflows.effects.code.check import CreateCheck
from workflows.effects.code.push import PushCommits
from workflows.effects.code.release import DraftRelease
from workflows.effects.code.release_text import PublishRelease, WriteRelease
from workflows.effects.code.restart import RestartBranch
from workflows.effects.code.withdrawn_draft import DeleteDraft
from workflows.effects.conversation.closed_pull import ClosePull
from workflows.effects.conversation.comment import PostComment
from workflows.effects.conversation.file_comment import CommentOnFile
from workflows.effects.conversation.issue_field import SetIssueField
from workflows.effects.conversation.issue_type import SetIssueType
from workflows.effects.conversation.labels import AddLabels
from workflows.effects.conversation.pull import OpenPull
from workflows.effects.conversation.pull_text import PullState, UpdatePull
from workflows.effects.conversation.reply import ReplyInThread
from workflows.effects.conversation.review import PostReview
from workflows.effects.conversation.review_request import RequestReview
from workflows.effects.conversation.thread import ReopenThread, ResolveThread
from workflows.effects.kind import RemoteEffect
from workflows.effects.table import EFFECTS, known, read

ONE, TWO = "1" * 40, "2" * 40

STORED: list[tuple[str, str, str, RemoteEffect]] = [
    (
        "create_branch",
        "fix/issue-7",
        f'{{"branch": "fix/issue-7", "commit": "{ONE}"}}',
        CreateBranch("fix/issue-7", ONE),
    ),
    ("push", "b", f'{{"branch": "b", "before": "{ONE}", "after": "{TWO}"}}', PushCommits("b", ONE, TWO)),
    (
        "push",
        "b",
        f'{{"branch": "b", "before": "{ONE}", "after": "{TWO}", "others": "yes"}}',
        PushCommits("b", ONE, TWO, others=True),
    ),
    ("restart_branch", "b", f'{{"branch": "b", "before": "{ONE}", "after": "{TWO}"}}', RestartBranch("b", ONE, TWO)),
    ("open_pull", "b", f'{{"branch": "b", "commit": "{ONE}"}}', OpenPull("b", ONE)),
    (
        "update_pull",
        "#3",
        '{"number": 3, "before": {"title": "A", "body": "all", "draft": false},'
        ' "after": {"title": "B", "body": "0af", "draft": true}}',
        UpdatePull(3, PullState("A", "all", False), PullState("B", "0af", True)),
    ),
    ("close_pull", "#3", '{"number": 3, "marker": "<!-- a -->"}', ClosePull(3, "<!-- a -->")),
    ("add_labels", "#3", '{"number": 3, "labels": ["bug", "bot"]}', AddLabels(3, ("bug", "bot"))),
    ("set_issue_type", "#3", '{"number": 3, "name": "Bug"}', SetIssueType(3, "Bug")),
    (
        "set_issue_field",
        "Priority of #3",
        '{"number": 3, "field": 5, "name": "Priority", "option": "High"}',
        SetIssueField(3, 5, "Priority", "High"),
    ),
    (
        "write_release",
        "v1",
        '{"release": 4, "tag": "v1", "before": "", "after": "0af"}',
        WriteRelease(4, "v1", "", "0af"),
    ),
    (
        "reply_in_thread",
        "#3 thread 5",
        '{"number": 3, "thread": 5, "marker": "<!-- a -->", "digest": "0af"}',
        ReplyInThread(3, 5, "<!-- a -->", "0af"),
    ),
    (
        "delete_release",
        "v1",
        '{"release": 4, "tag": "v1", "title": "One", "body": "News", "at": "main"}',
        DeleteDraft(4, "v1", "One", "News", "main"),
    ),
    ("publish_release", "v1", '{"release": 4, "tag": "v1"}', PublishRelease(4, "v1")),
    ("request_review", "#3", '{"number": 3, "login": "alice"}', RequestReview(3, "alice")),
    (
        "post_comment",
        "#3",
        '{"number": 3, "marker": "<!-- a -->", "digest": "0af"}',
        PostComment(3, "<!-- a -->", "0af"),
    ),
    (
        "create_check",
        "Review on 1111111111",
        f'{{"name": "Review", "commit": "{ONE}", "external_id": "r1"}}',
        CreateCheck("Review", ONE, "r1"),
    ),
    ("post_review", "#3", '{"number": 3, "marker": "<!-- a -->"}', PostReview(3, "<!-- a -->")),
    (
        "comment_on_file",
        "#3 a.py",
        '{"number": 3, "path": "a.py", "marker": "<!-- a -->", "digest": "0af"}',
        CommentOnFile(3, "a.py", "<!-- a -->", "0af"),
    ),
    (
        "resolve_thread",
        "#3 PRRT_1",
        '{"number": 3, "thread": "PRRT_1"}',
        ResolveThread(3, "PRRT_1"),
    ),
    ("reopen_thread", "#3 PRRT_1", '{"number": 3, "thread": "PRRT_1"}', ReopenThread(3, "PRRT_1")),
    ("create_release", "v1", '{"tag": "v1", "marker": "<!-- a -->"}', DraftRelease("v1", "<!-- a -->")),
]
"""Rows as the first version wrote them: the journal's word, the target, the payload."""


@pytest.mark.parametrize(("kind", "target", "payload", "value"), STORED, ids=lambda one: str(one)[:20])
def test_a_row_of_before_is_read_and_written_again_the_same(
    kind: str, target: str, payload: str, value: RemoteEffect
) -> None:
    stored = Effect(kind, target, json.loads(payload))
    assert read(stored) == value
    assert value.effect == stored, "else a repeated step would not find its own row again"
    assert json.loads(json.dumps(value.payload())) == value.payload()


def test_every_kind_has_a_row_of_before() -> None:
    assert {kind for kind, *_ in STORED} == set(EFFECTS)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"branch": "b"},
        {"branch": None, "commit": ONE},
        {"branch": ["b"], "commit": ONE},
        {"branch": 7, "commit": ONE},
    ],
)
def test_a_row_in_another_shape_is_refused_and_left_out(payload: dict[str, object]) -> None:
    odd = Effect("create_branch", "b", payload)
    with pytest.raises(RollbackRefused, match=r"'create_branch' \(b\) cannot be read"):
        read(odd)
    assert known([entry(odd)]) == []


def test_what_a_later_version_adds_to_a_payload_is_read_past() -> None:
    later = Effect("create_branch", "b", {"branch": "b", "commit": ONE, "why": "because"})
    assert read(later) == CreateBranch("b", ONE)


def test_a_rollback_s_own_rows_are_no_effects_that_could_be_undone() -> None:
    rows = [Effect("undo_create_branch", "b", {"seq": 1}), Effect("hand_over_open_pull", "b", {"seq": 2})]
    assert known([entry(row) for row in rows]) == []


def entry(effect: Effect) -> JournalEntry:
    return JournalEntry(1, Where("r1", "pull"), 0.0, effect=effect)
