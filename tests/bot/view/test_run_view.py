"""One view of a run holds what every face says of it, and changes only with the run."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from bot.view.run_view import RunView, view_of
from tests.fakes.snapshots import asks, attempt, snapshot, viewed
from workflows.values import Options, RunStatus, StepStatus


def test_it_cannot_be_changed_and_is_the_same_for_the_same_run() -> None:
    view = viewed(status=RunStatus.FAILED, error="No.")
    with pytest.raises(FrozenInstanceError):
        view.error = "Yes."  # type: ignore[misc]
    assert view == viewed(status=RunStatus.FAILED, error="No.")


@pytest.mark.parametrize("status", RunStatus)
def test_each_status_has_its_words(status: RunStatus) -> None:
    view = viewed(status=status, error="Because.")
    assert view.headline
    assert view.sentence
    assert view.stopped == (status in (RunStatus.FAILED, RunStatus.ABORTED))
    assert ("Because." in view.sentence) == (view.stopped or status is RunStatus.ROLLED_BACK)


@pytest.mark.parametrize("status", [one for one in RunStatus if not one.active])
def test_a_run_that_stands_still_looks_the_same_later(status: RunStatus) -> None:
    told = snapshot((attempt("first", StepStatus.COMPLETED),), status=status, question=asks())
    same = {field.name for field in fields(RunView)} - {"at"}
    early, late = view_of(told, 100), view_of(told, 9000)
    assert {name: getattr(early, name) for name in same} == {name: getattr(late, name) for name in same}


def test_while_it_waits_the_time_goes_on_and_its_work_does_not() -> None:
    told = snapshot(status=RunStatus.WAITING, question=asks())
    told = replace(told, run=replace(told.run, ended_at=None))
    early, late = view_of(told, 100), view_of(told, 200)
    assert (early.seconds, late.seconds) == (95, 195)
    assert early.resting_seconds == late.resting_seconds == 15
    assert not early.ended


def test_a_pull_request_that_a_dry_run_did_not_open_has_no_number() -> None:
    state = {"pull": {"number": 0, "url": "/data/r1.md"}, "ready": True}
    pull = viewed(status=RunStatus.COMPLETED, state=state, options=Options(dry_run=True)).pull
    assert pull is not None
    assert (pull.number, pull.url, pull.draft, pull.ready) == (0, "/data/r1.md", True, True)
    assert viewed().pull is None
