"""A run drawn as its declared steps."""

from bot.view.steps import checklist, duration, shown
from tests.fakes.snapshots import asks, attempt, snapshot
from workflows.values import RunStatus, StepStatus


def test_every_declared_step_is_there_before_it_ran() -> None:
    rows = checklist(snapshot(status=RunStatus.PENDING), now=100)
    assert [(row.key, row.state) for row in rows] == [("first", "pending"), ("second", "pending"), ("third", "pending")]


def test_a_step_shows_its_last_attempt_and_the_time_of_all() -> None:
    steps = (
        attempt("first", StepStatus.FAILED, reason="busy", started_at=10, ended_at=12),
        attempt("first", StepStatus.RUNNING, summary="trying\x1b[31m again", number=2, started_at=15),
    )
    first = checklist(snapshot(steps, current="first"), now=20)[0]
    assert (first.state, first.detail, first.seconds, first.attempts) == ("running", "trying[31m again", 7, 2)


def test_what_lies_behind_a_step_that_the_run_went_back_to_is_pending_again() -> None:
    steps = tuple(attempt(key, StepStatus.COMPLETED) for key in ("first", "second", "third"))
    rows = checklist(snapshot(steps, current="second"), now=100)
    assert [row.state for row in rows] == ["completed", "completed", "pending"]
    ended = checklist(snapshot(steps, status=RunStatus.COMPLETED, current="second"), now=100)
    assert [row.state for row in ended] == ["completed", "completed", "completed"]


def test_a_question_that_was_answered_is_done_and_took_no_time() -> None:
    steps = (attempt("first", StepStatus.WAITING), attempt("second", StepStatus.RUNNING))
    assert checklist(snapshot(steps, current="first", question=asks()), now=99)[0].state == "waiting"
    first = checklist(snapshot(steps, current="second"), now=99)[0]
    assert (first.state, first.detail, first.seconds) == ("completed", "answered", 0)


def test_nothing_that_a_terminal_would_obey_is_shown() -> None:
    assert shown("a\x1b]0;evil\x07b\r\nc\u202ed\x9b2J") == "a]0;evilb cd2J"


def test_durations_read_as_people_say_them() -> None:
    assert [duration(s) for s in (0.04, 9.94, 59, 61, 3725)] == ["0.0 s", "9.9 s", "59 s", "1 min 01 s", "1 h 02 min"]
    assert duration(59.7) == "1 min 00 s"
