"""What shell lines in a box printed is written down, each with its own words, and what is ours is not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox.backend import BoxCommand, BoxSpec, Kill
from sandbox.environment.set_up import ITSELF, Printed, inside
from tests.fakes.memory_box import MemoryBox, says
from workflows.workspace.recording_box import HeldLog, RecordingBox


class Kept(list[Printed]):
    async def keep(self, commands: Sequence[Printed]) -> None:
        self.extend(commands)


@pytest.fixture
def box(tmp_path: Path) -> MemoryBox:
    made = MemoryBox(BoxSpec("b", tmp_path / "tree", tmp_path / "home"))
    made.on("pytest", says("1 failed", exit_code=1))
    made.on("hang", says("", exit_code=137, killed=Kill.TIMEOUT))
    return made


async def test_a_line_is_kept_as_the_repository_has_it_with_how_it_ended(box: MemoryBox) -> None:
    kept = Kept()
    recording = RecordingBox(box, kept.keep)
    outcome = await recording.run(BoxCommand(shell=inside(f"export A=1\n{ITSELF}pytest -q")))
    assert (outcome.exit_code, outcome.output) == (1, "1 failed")
    await recording.run(BoxCommand(shell="hang"))
    assert [(one.command, one.exit_code, one.output, one.killed) for one in kept] == [
        ("pytest -q", 1, "1 failed", ""),
        ("hang", 137, "", Kill.TIMEOUT.value),
    ]
    assert recording.spec is box.spec


async def test_our_own_are_not_kept_nor_in_a_prepared_box_what_is_run_outside_of_it(box: MemoryBox) -> None:
    kept = Kept()
    await RecordingBox(box, kept.keep).run(BoxCommand(argv=("pytest", "-q")))
    prepared = RecordingBox(box, kept.keep, prepared=True)
    await prepared.run(BoxCommand(shell="pytest ours"))
    assert kept == []
    await prepared.run(BoxCommand(shell=inside("pytest theirs")))
    assert [one.command for one in kept] == ["pytest theirs"]
    assert len(box.commands) == 3, "all are run, kept or not"


async def test_a_log_that_is_held_gives_all_in_order() -> None:
    log = HeldLog()
    one, other = Printed("a", 0, 1.0, "", ""), Printed("b", 1, 1.0, "", "")
    await log.add("r1", "verify", [one])
    await log.add("r1", "verify", [other, one])
    assert log.held == [one, other, one]
    assert HeldLog().held == []
