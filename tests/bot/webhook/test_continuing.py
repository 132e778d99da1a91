"""`/fix` where an earlier run's pull request is open: what the new run is told of it."""

from __future__ import annotations

import pytest

from bot.webhook.continuing import fresh
from tests.bot.dispatching import Desk, desk, scene
from tests.fakes.github.fixture import github
from tests.fakes.github.scene import REPO
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.values import RunStatus

__all__ = ["desk", "github", "scene"]


async def _first(desk: Desk, number: int) -> tuple[Run, int]:
    """A run on the issue that opened a pull request and is over."""
    desk.label(number)
    await desk.settle()
    (run,) = desk.runs()
    pull = int(desk.scene.pull(f"fix/issue-{number}")["number"])
    desk.store.write_now(runs.merge_state, run.id, {"pull": {"number": pull, "url": "u", "draft": False}})
    desk.store.write_now(lambda db: runs.update_run(db, run.id, status=RunStatus.COMPLETED))
    return run, pull


async def _next(desk: Desk, number: int, words: str) -> Run:
    before = {run.id for run in desk.runs()}
    desk.say(number, words)
    await desk.settle()
    (made,) = [run for run in desk.runs() if run.id not in before and run.workflow == "issue_to_pr"]
    return made


async def test_a_second_request_goes_on_with_the_pull_request_that_is_open(desk: Desk) -> None:
    number = desk.scene.issue()
    first, pull = await _first(desk, number)
    run = await _next(desk, number, "/fix and the empty list too")
    there = {"run": first.id, "pull": pull, "branch": f"fix/issue-{number}", "base": "main"}
    assert (run.inputs.get("continues"), run.inputs.get("beside")) == (there, None)
    assert run.inputs["hint"] == "and the empty list too"


async def test_who_says_new_starts_afresh_and_both_are_known(desk: Desk) -> None:
    number = desk.scene.issue()
    _, pull = await _first(desk, number)
    run = await _next(desk, number, "/fix new: with a table")
    assert (run.inputs.get("continues"), run.inputs["beside"]["pull"]) == (None, pull)
    assert run.inputs["hint"] == "with a table"


@pytest.mark.parametrize("state", ["closed", "gone", "rolled back", "somebody else's"])
async def test_where_there_is_nothing_to_go_on_with_a_run_starts_afresh(desk: Desk, state: str) -> None:
    number = desk.scene.issue()
    first, pull = await _first(desk, number)
    if state == "closed":
        desk.scene.alice.patch(f"{REPO}/pulls/{pull}", json={"state": "closed"}).raise_for_status()
    elif state == "gone":
        desk.store.write_now(runs.merge_state, first.id, {"pull": {"number": 99}})
    elif state == "rolled back":
        desk.store.write_now(lambda db: runs.update_run(db, first.id, status=RunStatus.ROLLED_BACK))
    else:
        desk.scene.branch("theirs", "two.txt")
        given = {"title": "Theirs", "head": "theirs", "base": "main"}
        theirs = desk.scene.alice.post(f"{REPO}/pulls", json=given).raise_for_status().json()["number"]
        desk.store.write_now(runs.merge_state, first.id, {"pull": {"number": theirs}})
    run = await _next(desk, number, "/fix")
    assert "continues" not in run.inputs
    assert "beside" not in run.inputs


@pytest.mark.parametrize(
    ("hint", "asked"),
    [
        ("", (False, "")),
        ("new", (True, "")),
        ("NEW", (True, "")),
        ("new: with a table", (True, "with a table")),
        ("new, with a table", (True, "with a table")),
        ("new tests are missing", (False, "new tests are missing")),
        ("newline at the end", (False, "newline at the end")),
        ("and the new one", (False, "and the new one")),
    ],
)
def test_what_asks_for_a_start_afresh(hint: str, asked: tuple[bool, str]) -> None:
    assert fresh(hint) == asked
