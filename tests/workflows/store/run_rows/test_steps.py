"""How the time of attempts is counted."""

from __future__ import annotations

from workflows.store.records import StepRun
from workflows.store.run_rows import steps
from workflows.values import StepStatus


def test_time_in_which_several_steps_were_at_work_at_once_counts_once() -> None:
    def made(begun: float, ended: float | None) -> StepRun:
        return StepRun("r", 0, 0, 1, "a", StepStatus.COMPLETED, started_at=begun, ended_at=ended)

    assert steps.worked([made(0, 10), made(20, 25)]) == 15
    assert steps.worked([made(0, 10), made(2, 5), made(8, 12), made(30, None)]) == 12
    assert steps.worked([]) == 0
