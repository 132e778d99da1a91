"""What stands behind `/fix` reaches the model with the issue."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.steps_by_hand import by_hand
from workflows.services import StepContext
from workflows.steps.asking import asked_for
from workflows.store.records import StepRun
from workflows.store.run_rows import runs
from workflows.values import StepStatus


def test_the_words_behind_a_command_are_read_with_the_issue(tmp_path: Path) -> None:
    with by_hand(tmp_path, {"a.txt": "a\n"}) as hand:
        here = StepRun(hand.id, 0, 1, 1, "parse", StepStatus.RUNNING)
        plain = StepContext(hand.run, here, hand.services)
        assert asked_for(plain) == plain.issue
        inputs = {**hand.run.inputs, "hint": "keep the old name working"}
        hand.store.write_now(lambda db: runs.update_run(db, hand.id, inputs=inputs))
        hinted = StepContext(hand.run, here, hand.services)
        assert asked_for(hinted).body.endswith("Whoever asked for this work added:\n\nkeep the old name working")
        assert hinted.issue == plain.issue, "the snapshot itself stays as it was"
