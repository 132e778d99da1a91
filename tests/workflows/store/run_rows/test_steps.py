"""Where a step is done again from, after parts of a run were taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.tables import make_tables
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run, StepRun
from workflows.store.run_rows import runs, steps
from workflows.values import Options, RunStatus, StepStatus


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    store.write_now(runs.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    store.write_now(runs.insert_run, Run("r", "w", 1, RunStatus.PENDING, "r", "t", {}, Options(), {}, "a", 0, 0))
    yield store
    store.close()


@pytest.mark.parametrize(
    ("way", "key", "found"),
    [
        ("work check", "check", 1),
        ("work check move check", "check", 3),
        ("work check move -check", "check", 3),  # the run stands right before it
        ("work check -move -check", "move", 2),
        ("work check -move -check", "check", 1),  # the first one still counts
        ("work -check -move -check", "move", None),
        ("work -check -check", "check", 1),  # attempts at one place
        ("work -check work check", "check", 3),
        ("work", "check", None),
    ],
)
def test_a_step_begins_again_where_its_newest_attempt_that_counts_began_or_where_the_run_stands(
    store: Store, way: str, key: str, found: int | None
) -> None:
    for ordinal, word in enumerate(way.split()):
        reason = steps.ROLLED_BACK if word.startswith("-") else ""
        row = StepRun("r", 0, ordinal, 1, word.lstrip("-"), StepStatus.COMPLETED, reason=reason)
        store.write_now(steps.begin_step, row)
    beginning = store.read_now(steps.beginning_of, "r", key)
    assert (beginning.ordinal if beginning else None) == found


def test_time_in_which_several_steps_were_at_work_at_once_counts_once() -> None:
    def made(begun: float, ended: float | None) -> StepRun:
        return StepRun("r", 0, 0, 1, "a", StepStatus.COMPLETED, started_at=begun, ended_at=ended)

    assert steps.worked([made(0, 10), made(20, 25)]) == 15
    assert steps.worked([made(0, 10), made(2, 5), made(8, 12), made(30, None)]) == 12
    assert steps.worked([]) == 0
