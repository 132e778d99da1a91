"""What can be done now is said in commands that work as they stand, here and there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.commands.table import COMMANDS
from bot.view import next_actions
from tests.fakes.snapshots import asks, snapshot
from workflows.store.records import Snapshot
from workflows.values import Bounds, Options, RunStatus


def failed(*advice: str, usd: float | None = 2.0, status: RunStatus = RunStatus.FAILED) -> Snapshot:
    told = snapshot(status=status, current="second", options=Options(bounds=Bounds(usd=usd)))
    return replace(told, run=replace(told.run, advice=advice))


def test_a_failure_without_advice_can_be_gone_on_with_retried_and_taken_back() -> None:
    assert next_actions.as_comments(failed()) == ["/retry", "/retry second", "/rollback hard", "/fix"]
    assert next_actions.on_server(failed()) == [
        "pullwright show r1",
        "pullwright resume r1",
        "pullwright retry r1 second",
        "pullwright rollback r1 --hard",
    ]


@pytest.mark.parametrize(
    ("words", "comment", "command"),
    [
        ("resume", "/retry", "pullwright resume r1"),
        ("retry third", "/retry third", "pullwright retry r1 third"),
        ("skip", "/skip", "pullwright skip r1"),
        ("rollback", "/rollback hard", "pullwright rollback r1 --hard"),
        ("resume with a larger budget", "/retry budget=4", "pullwright resume r1 --max-cost 4"),
    ],
)
def test_advice_of_steps_becomes_commands(words: str, comment: str, command: str) -> None:
    for status in (RunStatus.FAILED, RunStatus.ABORTED):
        assert next_actions.as_comments(failed(words, status=status))[0] == comment
        assert next_actions.on_server(failed(words, status=status))[1] == command


def test_what_is_no_command_is_no_suggestion_on_the_server_and_skip_is_one_only_where_it_is_advised() -> None:
    told = failed("say in it what should be different, then start again")
    assert next_actions.on_server(told) == ["pullwright show r1", "pullwright rollback r1 --hard"]
    assert "/skip" not in next_actions.as_comments(failed())


def test_a_step_that_the_run_s_own_definition_does_not_have_is_not_suggested() -> None:
    for words in ("retry plan", "retry Third", "retry implement now"):
        assert next_actions.as_comments(failed(words)) == ["/rollback hard", "/fix"]
        assert next_actions.on_server(failed(words)) == ["pullwright show r1", "pullwright rollback r1 --hard"]
    done = snapshot(status=RunStatus.COMPLETED)
    assert next_actions.as_comments(done) == ["/rollback hard"], "it has no step verify"


@pytest.mark.parametrize(
    ("workflow", "again"),
    [
        ("issue_to_pr", ["/fix"]),
        ("explain", ["/explain QUESTION"]),
        ("review_pr", ["/review"]),
        ("triage", ["/triage"]),
        ("gone", []),
    ],
)
def test_anew_is_begun_by_the_workflow_s_own_command(workflow: str, again: list[str]) -> None:
    told = failed("resume")
    told = replace(told, run=replace(told.run, workflow=workflow, inputs={"forge": "github"}))
    assert next_actions.as_comments(told) == ["/retry", "/rollback hard", *again]
    assert all(line.split()[0].removeprefix("/") in COMMANDS for line in again)


@pytest.mark.parametrize("workflow", ["explain", "review_pr", "triage"])
def test_what_changes_nothing_where_there_is_no_forge_is_not_taken_back_there(workflow: str) -> None:
    told = failed("resume")
    told = replace(told, run=replace(told.run, workflow=workflow))
    assert next_actions.on_server(told) == ["pullwright show r1", "pullwright resume r1"]
    done = replace(told, run=replace(told.run, status=RunStatus.COMPLETED))
    assert next_actions.on_server(done) == ["pullwright show r1"]


def test_without_a_bound_in_dollars_there_is_no_larger_one() -> None:
    told = failed("resume with a larger budget", "resume", usd=None)
    assert next_actions.as_comments(told) == ["/retry", "/rollback hard", "/fix"]
    assert "pullwright resume r1" in next_actions.on_server(told)


def test_where_a_server_has_the_run_only_those_are_suggested_beside_it_that_need_not_wait_for_its_end() -> None:
    for status in RunStatus:
        told = failed("resume", status=status)
        told = replace(told, run=replace(told.run, inputs={"forge": "github"}))
        verbs = {line.split()[1] for line in next_actions.on_server(told)}
        assert verbs <= {"show", "diff", "abort"}
    assert next_actions.as_comments(failed("say more in it")) == ["/rollback hard", "/fix"], "no words that are none"


@pytest.mark.parametrize("status", list(RunStatus))
@pytest.mark.parametrize("kind", ["approval", "question", ""])
def test_every_suggestion_is_a_command_that_there_is(status: RunStatus, kind: str) -> None:
    told = snapshot(status=status, current="second", question=asks(kind) if kind else None)
    for line in next_actions.as_comments(told):
        assert line.split()[0].removeprefix("/") in COMMANDS
    for line in next_actions.on_server(told):
        assert re.fullmatch(r"pullwright (show|diff|answer|approve|reject|abort|resume|retry|rollback) r1( .*)?", line)
