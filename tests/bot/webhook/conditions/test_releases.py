"""What of tags, releases and the default branch has release notes written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.webhook.decisions import Ignore, StartRun, TriggerName
from bot.webhook.events.code import BranchPushed, ReleaseChanged, TagPushed
from bot.webhook.events.conversation import Actor
from tests.bot.webhook.test_routing import PLACE, Given, routed
from workflows.policy.config.config_file import parse
from workflows.release_notes.proposal.proposals import Proposal
from workflows.runs.principal import Role
from workflows.subject import Subject, SubjectKind

BOB = Actor("bob", 3)
MOVED = BranchPushed(PLACE, BOB, "main", frozenset({"a.py"}))
OF_TAG = Proposal(9, "release-notes/1-1-0", "c", "v1.0.0", "d", "v1.1.0", "CHANGES.md", "")
OF_BRANCH = replace(OF_TAG, number=8, until_name="main", asked="v1.0.0..main")
TAG = Subject(SubjectKind.TAG, "octo/sample", "github", 5, name="v1.1.0")
MAIN = Subject(SubjectKind.BRANCH, "octo/sample", "github", 5, name="main")


def started(subject: Subject, hint: str, part: str, *also: StartRun) -> StartRun:
    why = TriggerName.CHANGELOG
    return StartRun("release_notes", subject, why, hint, told=False, by_rule=True, part=part, also=also)


async def test_a_branch_that_moves_has_those_written_anew_that_are_proposed_of_what_it_has() -> None:
    given = Given(proposed=[OF_TAG, OF_BRANCH], held=Role.NONE)
    assert await routed(MOVED, given) == started(MAIN, "v1.0.0..main", "#8")


@pytest.mark.parametrize(("touched", "told"), [({"CHANGES.md"}, True), ({"a.py"}, False)])
async def test_those_of_a_tag_are_only_where_their_file_has_changed(touched: set[str], told: bool) -> None:
    event = replace(MOVED, touched=frozenset(touched))
    decision = await routed(event, Given(proposed=[OF_TAG]))
    assert decision == started(TAG, "v1.1.0", "#9") if told else isinstance(decision, Ignore)
    assert isinstance(await routed(replace(MOVED, all_told=False), Given(proposed=[OF_TAG])), StartRun)


async def test_a_branch_that_moves_means_nothing_where_nothing_is_proposed_or_that_is_switched_off() -> None:
    assert isinstance(await routed(MOVED), Ignore)
    of_another = replace(OF_BRANCH, until_name="1.x")
    assert isinstance(await routed(MOVED, Given(proposed=[of_another])), Ignore)
    off = parse("triggers: {changelog: false}\n")
    assert isinstance(await routed(MOVED, Given(off, proposed=[OF_BRANCH])), Ignore)


@pytest.mark.parametrize("name", ["nightly", "latest", "before-merge"])
async def test_a_tag_that_is_no_version_has_none_written(name: str) -> None:
    assert isinstance(await routed(TagPushed(PLACE, BOB, name, "", "1" * 40)), Ignore)


async def test_all_that_are_open_and_made_old_are_written_anew_each_once() -> None:
    beside = replace(OF_BRANCH, number=7, asked="core-1.0..main")
    closed = replace(OF_TAG, number=6, until_name="v0.9.0")
    elsewhere = replace(OF_TAG, number=5, path="core/CHANGES.md")
    given = Given(proposed=[OF_TAG, OF_BRANCH, closed, beside, elsewhere], closed={6})
    event = replace(MOVED, touched=frozenset({"CHANGES.md"}))
    also = started(MAIN, "v1.0.0..main", "#8"), started(MAIN, "core-1.0..main", "#7")
    assert await routed(event, given) == started(TAG, "v1.1.0", "#9", *also)
    assert 5 not in given.looked_at, "what is not touched is not asked for"


@pytest.mark.parametrize(("tag", "withdrawn"), [("v1.1.0", True), ("v1.0.0", False), ("nightly", False)])
async def test_a_tag_that_is_deleted_has_its_notes_withdrawn_where_there_are_any(tag: str, withdrawn: bool) -> None:
    given = Given(proposed=[OF_TAG], held=Role.NONE)
    decision = await routed(TagPushed(PLACE, BOB, tag, "1" * 40), given)
    if withdrawn:
        assert decision == StartRun("notes_withdrawal", TAG, TriggerName.TAG, told=False, by_rule=True)
    else:
        assert isinstance(decision, Ignore)
    gone = ReleaseChanged(PLACE, BOB, "deleted", 1, tag, draft=True)
    assert isinstance(await routed(gone, replace(given, asked=[])), StartRun if withdrawn else Ignore)
    off = parse("triggers: {tag: false}\n")
    assert isinstance(await routed(TagPushed(PLACE, BOB, tag, "1" * 40), Given(off, proposed=[OF_TAG])), Ignore)
