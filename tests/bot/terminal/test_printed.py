"""What each command of a run printed is shown whole, and nothing in it speaks to the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.terminal.printed import printed_in
from sandbox.environment.set_up import Printed
from tests.fakes.finished_run import RUN, FinishedRun, finished_run
from workflows.errors import RunError
from workflows.secrets.redaction import Redactor
from workflows.store.run_rows import runs
from workflows.store.run_rows.printed import PrintedLog


@pytest.fixture
def done(tmp_path: Path) -> Iterator[FinishedRun]:
    with finished_run(tmp_path) as made:
        yield made


def log(done: FinishedRun) -> PrintedLog:
    return PrintedLog(done.store, Redactor())


def shown(done: FinishedRun, step: str | None = None) -> str:
    return printed_in(done.settings, RUN, step)


async def test_a_step_or_all_of_them_are_shown_in_order_with_how_each_command_ended(done: FinishedRun) -> None:
    before = shown(done, "implement")
    commands = [Printed("make a", 0, 1.25, "one\ntwo\n", ""), Printed("make b", 137, 3.0, "", "memory")]
    await log(done).add(RUN, "implement", commands)
    text = shown(done, "implement")
    ours = text.removeprefix(before) if "No command" not in before else text
    assert "implement: $ make a\none\ntwo\n(exit code 0, 1.2 s)\n" in ours
    assert ours.index("make a") < ours.index("make b")
    assert "(stopped: memory, 3.0 s)" in ours
    assert "implement: $ make a" in shown(done)


async def test_what_was_printed_cannot_write_over_the_terminal(done: FinishedRun) -> None:
    hostile = Printed("echo \x1b[2J", 0, 0.0, "\x1b]0;title\x07\u202e\udcff", "")
    await log(done).add(RUN, "plan", [hostile])
    text = shown(done, "plan")
    assert "echo" in text
    assert not {"\x1b", "\x07", "\u202e"} & set(text)


async def test_a_command_with_a_name_that_is_no_text_is_kept_all_the_same(done: FinishedRun) -> None:
    await log(done).add(RUN, "plan", [Printed("pytest test_\udcff.py \0", 1, 0.0, "failed\n", "")])
    assert "$ pytest test_" in shown(done, "plan")
    assert "failed" in shown(done, "plan")


def test_a_step_without_commands_and_one_that_is_none_are_told(done: FinishedRun) -> None:
    assert shown(done, "approval") == "No command was run in approval.\n"
    with pytest.raises(RunError) as refused:
        shown(done, "approve")
    assert "approval" in refused.value.remedy
    done.store.write_now(runs.update_run, RUN, cleaned_at=1.0)
    with pytest.raises(RunError, match="cleaned up"):
        shown(done)
