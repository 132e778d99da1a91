from __future__ import annotations

from bot.admin.attempts import columns_of
from sandbox.journal import Effect, FileAction, FileChange, JournalEntry, Where
from tests.fakes.snapshots import snapshot
from workflows.store.records import StepRun
from workflows.store.web.records import CallLine, PrintedCommand
from workflows.values import StepStatus


def changed(at: float, path: str, step: str = "implement", action: FileAction = FileAction.MODIFIED) -> JournalEntry:
    return JournalEntry(1, Where("r", step), at, change=FileChange(path, action))


def called(at: float, usd: float | None, step: str = "implement") -> CallLine:
    return CallLine(step, "implement", "m", 100, 0, usd, 1.0, at)


def printed(number: int, at: float, step: str = "implement") -> PrintedCommand:
    return PrintedCommand(number, step, "pytest", 0, "", 1.0, "", 0, at)


def test_each_attempt_has_what_happened_from_its_beginning_to_the_next_ones() -> None:
    steps = (
        StepRun("r", 0, 0, 1, "plan", StepStatus.COMPLETED, started_at=0.0, ended_at=9.0),
        StepRun("r", 0, 1, 1, "implement", StepStatus.FAILED, reason="no", started_at=10.0, ended_at=15.0),
        StepRun("r", 1, 0, 1, "implement", StepStatus.RUNNING, started_at=20.0),
    )
    seen = snapshot(steps)
    entries = [
        changed(11.0, "a", action=FileAction.CREATED),
        changed(12.0, "a"),
        changed(21.0, "b"),
        changed(12.0, "of another step", step="plan"),
        JournalEntry(2, Where("r", "implement"), 12.0, effect=Effect("push", "x")),
    ]
    calls = [called(11.0, 0.25), called(16.0, None), called(22.0, None), called(11.0, 1.0, step="plan")]
    commands = [printed(1, 12.0), printed(2, 25.0), printed(3, 12.0, step="plan")]
    first, second = columns_of(seen, "implement", entries, commands, calls, now=30.0)
    assert (first.number, first.step.reason, first.seconds) == (1, "no", 5.0)
    assert (first.files, [one.id for one in first.commands]) == ([("modified", "a")], [1])
    assert (first.calls, first.tokens, first.usd) == (2, 200, 0.25)
    assert (second.number, second.seconds, second.files) == (2, 10.0, [("modified", "b")])
    assert ([one.id for one in second.commands], second.calls, second.usd) == ([2], 1, None)
    (only,) = columns_of(seen, "plan", entries, commands, calls, now=30.0)
    assert (only.usd, only.files) == (1.0, [("modified", "of another step")])


def test_a_step_that_was_not_begun_has_no_column() -> None:
    assert columns_of(snapshot(), "pull", [], [], [], now=1.0) == []
