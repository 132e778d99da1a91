"""How many pushes in a row were looked at, which is what a pause of reviews goes by."""

from __future__ import annotations

import pytest

from workflows.review_pr.history.pausing import counted
from workflows.store.records import Run
from workflows.values import Options, RunStatus


def run(at: int, *, push: bool) -> Run:
    inputs = {"quiet": push}
    return Run(f"r{at}", "review_pr", 1, RunStatus.COMPLETED, "r", "", inputs, Options(), {}, "a", 0, 0, created_at=at)


@pytest.mark.parametrize(
    ("pushes", "count"),
    [("", 0), ("p", 1), ("a", 0), ("app", 2), ("pap", 1), ("ppp", 3), ("ppa", 0)],
)
def test_pushes_count_from_the_last_review_that_was_asked_for(pushes: str, count: int) -> None:
    """From the eldest to the newest: `a` was asked for, `p` was pushed."""
    rows = [run(at, push=what == "p") for at, what in enumerate(pushes)]
    assert counted(rows) == counted(rows[::-1]) == count
