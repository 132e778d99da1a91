"""Asking at a terminal: what is typed becomes the run's answer, and nothing is answered by accident."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.local.asking import answered, ask_here
from bot.local.detached import detached
from bot.local.starts import check_start
from bot.local.work import go_on
from sandbox.errors import RepositoryError, UserError
from tests.fakes.finished_run import RUN, FinishedRun, finished_run
from workflows.errors import RunError
from workflows.store.records import Question, Run
from workflows.store.run_rows import runs, waits
from workflows.values import Bounds, Issue, RunStatus

Type = Callable[[str], None]


@pytest.fixture
def type_(monkeypatch: pytest.MonkeyPatch) -> Iterator[Type]:
    """A keyboard: what is typed arrives on standard input, which is a terminal."""
    keyboard, terminal = os.openpty()
    with os.fdopen(terminal, "r") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)

        def press(text: str) -> None:
            os.write(keyboard, text.encode())

        yield press
    os.close(keyboard)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A run that asks for approval of its plan."""
    with finished_run(tmp_path, RunStatus.WAITING) as done:
        yield asking(done, "approval")


def asking(done: FinishedRun, kind: str) -> App:
    step = "approval" if kind == "approval" else "implement"
    question = Question(RUN, 0, step, kind, "Is it all\x1b[31m right?", "b", "abort", time.time(), None)
    done.store.write_now(waits.ask, question)
    return App(done.settings, done.services, detached(done.store))


def asked(app: App) -> tuple[bool, Run]:
    snapshot = app.store.read_now(runs.snapshot, RUN)
    done = asyncio.run(ask_here(app, snapshot))
    return done, app.store.read_now(runs.get_run, RUN)


def test_yes_goes_on_behind_the_question(app: App, type_: Type, capsys: pytest.CaptureFixture[str]) -> None:
    type_("y\n")
    done, run = asked(app)
    assert (done, run.status, run.current_step) == (True, RunStatus.PENDING, "reproduce")
    assert "Is it all[31m right?" in capsys.readouterr().out


def test_words_are_a_no_with_their_reason(app: App, type_: Type) -> None:
    type_("use the library\n")
    done, run = asked(app)
    assert (done, run.current_step, run.state["rejection"]) == (True, "plan", "use the library")


@pytest.mark.parametrize("text", ["\n", "\x04"])
def test_nothing_typed_leaves_it_waiting(app: App, type_: Type, text: str) -> None:
    type_(text)
    done, run = asked(app)
    assert (done, run.status) == (False, RunStatus.WAITING)


async def test_the_wait_for_a_line_can_be_interrupted(app: App, type_: Type) -> None:
    snapshot = app.store.read_now(runs.snapshot, RUN)
    waiting = asyncio.create_task(ask_here(app, snapshot))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 10)


def test_approval_and_answer_are_not_mixed_up(app: App) -> None:
    with pytest.raises(RunError, match="asks for a yes or a no"):
        asyncio.run(answered(app, RUN, "the second one", "", approval=False))
    assert asyncio.run(answered(app, RUN, "approve", "", approval=True)).current_step == "reproduce"


def test_a_question_takes_words_and_no_approval(tmp_path: Path) -> None:
    with finished_run(tmp_path, RunStatus.WAITING) as done:
        app = asking(done, "question")
        with pytest.raises(RunError, match="asks for an answer"):
            asyncio.run(answered(app, RUN, "approve", "", approval=True))
        run = asyncio.run(answered(app, RUN, "the second one", "", approval=False))
        assert (run.current_step, run.state["answer"]) == ("implement", "the second one")


def test_a_failed_run_goes_on_with_the_budget_that_is_given_now(tmp_path: Path) -> None:
    with finished_run(tmp_path, RunStatus.FAILED) as done:
        app = App(done.settings, done.services, detached(done.store))
        run = asyncio.run(go_on(app, RUN, lambda old: replace(old, bounds=Bounds(usd=9))))
        assert (run.status, run.options.bounds.usd, run.options.model) == (RunStatus.PENDING, 9, "openai/x")


def test_a_run_that_was_rolled_back_does_not_just_go_on(tmp_path: Path) -> None:
    with finished_run(tmp_path, RunStatus.ROLLED_BACK) as done:
        app = App(done.settings, done.services, detached(done.store))
        with pytest.raises(UserError, match="was rolled back"):
            asyncio.run(go_on(app, RUN))


def test_a_branch_that_exists_is_in_the_way_unless_it_is_that_of_the_live_run(tmp_path: Path) -> None:
    issue = Issue(7, "add() fails", "It does.", labels=("bug",))
    with finished_run(tmp_path, RunStatus.WAITING) as done:
        check_start(done.settings, done.repository, issue, dry_run=True)
        with pytest.raises(RepositoryError, match=r"fix/issue-7 exists already"):
            check_start(done.settings, done.repository, issue, dry_run=False)
        done.store.write_now(runs.update_run, RUN, active_key=f"issue_to_pr:{done.repository}#7")
        check_start(done.settings, done.repository, issue, dry_run=False)
