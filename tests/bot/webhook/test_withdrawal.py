"""An issue that is taken back while a run works on it, or waits: the run stops, and says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.bot.dispatching import Desk, desk, scene
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import REPO
from workflows.ports import Standing
from workflows.runs.withdrawal import withdrawn
from workflows.values import RunStatus

__all__ = ["desk", "github", "scene"]


def _close(desk: Desk, number: int) -> None:
    closed = {"state": "closed", "state_reason": "not_planned"}
    desk.scene.alice.patch(f"{REPO}/issues/{number}", json=closed).raise_for_status()


def _lock(desk: Desk, number: int) -> None:
    desk.scene.alice.put(f"{REPO}/issues/{number}/lock", json={"lock_reason": "off-topic"}).raise_for_status()


def _unlabel(desk: Desk, number: int) -> None:
    desk.scene.alice.delete(f"{REPO}/issues/{number}/labels/pullwright").raise_for_status()


def _delete(desk: Desk, number: int) -> None:
    desk.scene.github.remove_issue("octo/sample", number)


def _transfer(desk: Desk, number: int) -> None:
    desk.scene.github.repository("octo/elsewhere")
    desk.scene.github.remove_issue("octo/sample", number, to="octo/elsewhere")


@pytest.mark.parametrize(
    ("take_back", "why"),
    [
        (_close, "Aborted by alice: the issue was closed as not planned"),
        (_lock, "Aborted by alice: the issue was locked as off-topic"),
        (_unlabel, "Aborted by alice: the label pullwright was taken off the issue"),
        (_delete, "Aborted by alice: the issue was deleted"),
        (_transfer, "Aborted by alice: the issue was transferred"),
    ],
)
async def test_a_run_stops_when_its_issue_is_taken_back(
    desk: Desk, take_back: Callable[[Desk, int], None], why: str
) -> None:
    number = desk.scene.issue()
    desk.label(number)
    await desk.settle()
    take_back(desk, number)
    await desk.settle()
    (run,) = desk.runs()
    assert (run.status, run.error_text) == (RunStatus.ABORTED, why)


async def test_an_assignment_that_is_taken_back_stops_what_it_started_and_another_one_does_not(desk: Desk) -> None:
    number = desk.scene.issue()
    alice, path = desk.scene.alice, f"{REPO}/issues/{number}/assignees"
    alice.post(path, json={"assignees": ["helper", "alice"]}).raise_for_status()
    await desk.settle()
    alice.patch(f"{REPO}/issues/{number}", json={"assignees": ["helper"]}).raise_for_status()
    await desk.settle()
    assert desk.runs()[0].status.active
    alice.patch(f"{REPO}/issues/{number}", json={"assignees": []}).raise_for_status()
    await desk.settle()
    (run,) = desk.runs()
    assert run.status is RunStatus.ABORTED
    assert "not assigned to helper any more" in run.error_text


async def test_what_happens_before_or_after_a_run_stops_nothing(desk: Desk) -> None:
    number = desk.scene.issue()
    _lock(desk, number)
    desk.say(number, "/fix")
    await desk.settle()
    (run,) = desk.runs()
    assert run.status.active, "it was locked when somebody asked for it all the same"
    assert not withdrawn(Standing(locked=True), run.inputs)
    other = desk.scene.issue("Another")
    _close(desk, other)
    await desk.settle()
    assert desk.runs()[0].status.active


async def test_an_edit_is_kept_with_the_run_and_one_that_is_taken_back_is_none(desk: Desk) -> None:
    number = desk.scene.issue(body="As it was.")
    desk.label(number)
    await desk.settle()
    desk.scene.alice.patch(f"{REPO}/issues/{number}", json={"body": "Something else."}).raise_for_status()
    await desk.settle()
    (run,) = desk.runs()
    assert (run.status.active, run.state["edited"]["by"], run.state["edited"]["may_write"]) == (True, "alice", True)
    desk.scene.alice.patch(f"{REPO}/issues/{number}", json={"body": "As it was."}).raise_for_status()
    await desk.settle()
    assert not desk.runs()[0].state["edited"]


@pytest.mark.parametrize(
    ("standing", "inputs", "why"),
    [
        (Standing(closed=True, reason="not_planned"), {}, "the issue was closed as not planned"),
        (Standing(there=False), {}, "the issue was deleted"),
        (Standing(there=False, moved=True), {}, "the issue was transferred"),
        (Standing(locked=True, reason="spam"), {}, "the issue was locked as spam"),
        (Standing(locked=True), {"locked": True}, ""),
        (Standing(labels=(("bug", 5),)), {"asked_by": {"label": "pullwright"}}, "the label pullwright was taken off"),
        (Standing(labels=(("Pullwright", 6),)), {"asked_by": {"label": "pullwright"}}, ""),
        (Standing(assignees=(("Helper", 0),)), {"asked_by": {"assignee": "helper"}}, ""),
        (Standing(), {"asked_by": {"assignee": "helper"}}, "not assigned to helper"),
        (Standing(labels=(("bot", 6),)), {"asked_by": {"label": "pullwright", "label_id": "6"}}, ""),
        (Standing(labels=(("pullwright", 7),)), {"asked_by": {"label": "pullwright", "label_id": "6"}}, "taken off"),
        (Standing(labels=(("pullwright", 7),)), {"asked_by": {"label": "pullwright", "label_id": "0"}}, ""),
        (Standing(assignees=(("renamed", 9),)), {"asked_by": {"assignee": "helper", "assignee_id": "9"}}, ""),
        (Standing(), {}, ""),
    ],
)
def test_how_an_issue_is_found_says_the_same(standing: Standing, inputs: dict[str, object], why: str) -> None:
    found = withdrawn(standing, inputs)
    assert why in found if why else not found
