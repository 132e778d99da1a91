"""What of tags, releases and the default branch has release notes written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.webhook.decisions import Ignore, StartRun, TriggerName
from bot.webhook.events.code import BranchPushed, TagPushed
from bot.webhook.events.conversation import Actor
from tests.bot.webhook.test_routing import PLACE, Given, routed
from workflows.policy.config.config_file import parse
from workflows.release_notes.proposals import Proposal
from workflows.runs.principal import Role
from workflows.subject import Subject, SubjectKind

BOB = Actor("bob", 3)
MOVED = BranchPushed(PLACE, BOB, "main", frozenset({"a.py"}))
OF_TAG = Proposal(9, "release-notes/1-1-0", "c", "v1.0.0", "d", "v1.1.0", "CHANGES.md", "")
OF_BRANCH = replace(OF_TAG, number=8, until_name="main", asked="v1.0.0..main")
TAG = Subject(SubjectKind.TAG, "octo/sample", "github", 5, name="v1.1.0")
MAIN = Subject(SubjectKind.BRANCH, "octo/sample", "github", 5, name="main")


def started(subject: Subject, hint: str) -> StartRun:
    return StartRun("release_notes", subject, TriggerName.CHANGELOG, hint, told=False, by_rule=True)


async def test_a_branch_that_moves_has_those_written_anew_that_are_proposed_of_what_it_has() -> None:
    given = Given(proposed=[OF_TAG, OF_BRANCH], held=Role.NONE)
    assert await routed(MOVED, given) == started(MAIN, "v1.0.0..main")


@pytest.mark.parametrize(("touched", "told"), [({"CHANGES.md"}, True), ({"a.py"}, False)])
async def test_those_of_a_tag_are_only_where_their_file_has_changed(touched: set[str], told: bool) -> None:
    event = replace(MOVED, touched=frozenset(touched))
    decision = await routed(event, Given(proposed=[OF_TAG]))
    assert decision == started(TAG, "v1.1.0") if told else isinstance(decision, Ignore)
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
