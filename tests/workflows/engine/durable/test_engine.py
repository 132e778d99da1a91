"""The engine over a real DBOS on SQLite, in processes of its own."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes.toy_workflow import toy_walker
from workflows.engine.durable.ended import EndedSegments
from workflows.store.records import Run
from workflows.store.run_rows import runs, steps


def work(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.fakes.toy_workflow", str(folder), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def run_of(folder: Path, run_id: str) -> Run:
    walker = toy_walker(folder)
    try:
        return walker.store.read_now(runs.get_run, run_id)
    finally:
        walker.store.close()


def test_a_run_walks_its_steps_in_order(tmp_path: Path) -> None:
    done = work(tmp_path)
    assert done.returncode == 0, done.stderr
    run = run_of(tmp_path, done.stdout.strip())
    assert (run.status, run.state["seen"]) == ("completed", ["first", "shaky", "again", "last"])
    assert (tmp_path / "log").read_text().split("\n")[:-1] == ["first", "shaky 1", "again", "last"]


def test_a_killed_run_goes_on_by_itself_from_the_step_it_was_in_with_its_workspace(tmp_path: Path) -> None:
    (tmp_path / "die").touch()
    killed = work(tmp_path)
    assert killed.returncode == -9
    run_id = killed.stdout.strip()
    assert run_of(tmp_path, run_id).status == "running"
    again = work(tmp_path, run_id)
    assert again.returncode == 0, again.stderr
    assert run_of(tmp_path, run_id).status == "completed"
    assert (tmp_path / "log").read_text().split() == ["first", "shaky", "1", "shaky", "2", "again", "last"]
    assert (tmp_path / "tree").read_text() == "124"


def test_a_busy_service_is_tried_again_after_the_time_it_asked_for(tmp_path: Path) -> None:
    (tmp_path / "busy").touch()
    done = work(tmp_path)
    run_id = done.stdout.strip()
    assert run_of(tmp_path, run_id).status == "completed", done.stderr
    walker = toy_walker(tmp_path)
    attempts = [s for s in walker.store.read_now(steps.steps_of, run_id) if s.key == "shaky"]
    walker.store.close()
    assert [(s.attempt, s.status) for s in attempts] == [(1, "failed"), (2, "completed")]
    assert (tmp_path / "tree").read_text() == "124"


def test_a_run_that_is_killed_while_steps_run_at_once_makes_again_only_what_had_not_ended(tmp_path: Path) -> None:
    for name in ("pair", "right.hold", "right.die"):
        (tmp_path / name).touch()
    words = [sys.executable, "-m", "tests.fakes.toy_workflow", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        run_id = started.stdout.readline().strip()
        walker = toy_walker(tmp_path)
        while ("left", "completed") not in [
            (row.key, row.status) for row in walker.store.read_now(steps.steps_of, run_id)
        ]:
            time.sleep(0.02)
            assert started.poll() is None
        walker.store.close()
        (tmp_path / "right.hold").unlink()
        assert started.wait(30) == -9
    again = work(tmp_path, run_id)
    assert again.returncode == 0, again.stderr
    assert run_of(tmp_path, run_id).status == "completed"
    log = (tmp_path / "log").read_text().splitlines()
    made = ("first", "left 1", "left 2", "right 1", "right 2", "last")
    assert [log.count(line) for line in made] == [1, 1, 0, 1, 1, 1]


@pytest.mark.at_length
def test_what_a_dead_executor_left_is_taken_over_by_another_once(tmp_path: Path) -> None:
    (tmp_path / "die").touch()
    run_id = work(tmp_path).stdout.strip()
    (tmp_path / "hang").touch()  # the next to take it dies too, in the middle of the same step
    taken = subprocess.Popen([sys.executable, "-m", "tests.fakes.toy_workflow", str(tmp_path), run_id, "second"])
    while "shaky 2" not in (tmp_path / "log").read_text():
        time.sleep(0.05)
        assert taken.poll() is None
    taken.kill()
    taken.wait()
    (tmp_path / "hang").unlink()
    third = work(tmp_path, run_id, "third")
    assert "third takes over from {'second'}: [1, 0]" in third.stderr
    assert run_of(tmp_path, run_id).status == "completed"
    assert (tmp_path / "log").read_text().split("\n")[:-1] == [
        "first",
        "shaky 1",
        "shaky 2",
        "shaky 3",
        "again",
        "last",
    ]


@pytest.mark.at_length
async def test_what_the_engine_noted_of_ended_segments_is_removed_and_the_run_stays_as_it_is(tmp_path: Path) -> None:
    segments = EndedSegments(f"sqlite:///{tmp_path / 'engine.sqlite'}")
    assert await segments.forget_ended(time.time(), 10) == 0
    run_id = work(tmp_path).stdout.strip()
    assert await segments.count_ended(time.time() - 60) == 0
    later = time.time() + 60
    assert [await segments.forget_ended(later, 10) for _ in range(2)] == [1, 0]
    again = work(tmp_path, run_id)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "log").read_text().split() == ["first", "shaky", "1", "again", "last"]


def test_what_the_engine_dropped_itself_is_found_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "die").touch()
    run_id = work(tmp_path).stdout.strip()
    again = work(tmp_path, run_id, "another", "dropped")
    assert f"another finds [[], ['{run_id}-0'], []]" in again.stderr, "what is not walked may be just about to be"
    assert run_of(tmp_path, run_id).status == "completed"
    assert (tmp_path / "log").read_text().split() == ["first", "shaky", "1", "shaky", "2", "again", "last"]


def test_of_two_executors_with_one_segment_only_the_one_that_took_it_over_goes_on(tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    started = []
    for attempt, name in ((1, "first"), (2, "second")):
        run = [started[0].stdout.readline().strip()] if started else [""]
        command = [sys.executable, "-m", "tests.fakes.toy_workflow", str(tmp_path), *run, name]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        while f"shaky {attempt}" not in _log(tmp_path):
            time.sleep(0.05)
    (tmp_path / "hold").unlink()
    assert [process.communicate(timeout=60) and process.returncode for process in started] == [0, 0]
    assert _log(tmp_path) == ["first", "shaky 1", "shaky 2", "again", "last"]
    assert (tmp_path / "tree").read_text() == "124"


def _log(folder: Path) -> list[str]:
    file = folder / "log"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.at_length
def test_each_executor_walks_as_many_segments_as_it_has_places_whatever_others_have(tmp_path: Path) -> None:
    (tmp_path / "hold").touch()
    started = []
    for name, places, number in (("small", "1", "5"), ("large", "3", "0")):
        command = [sys.executable, "-m", "tests.fakes.toy_workflow", str(tmp_path), "crowd", name, places, number]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert started[-1].stdout is not None
        assert started[-1].stdout.readline() == "launched\n"
    try:
        while sum(_at_work(tmp_path).values()) < 4:
            assert [process.poll() for process in started] == [None, None]
            time.sleep(0.05)
        time.sleep(0.5)  # five times as long as it takes to look again
        assert _at_work(tmp_path) == {"small": 1, "large": 3}
    finally:
        for process in started:
            process.kill()
            process.communicate()


def _at_work(folder: Path) -> dict[str, int]:
    query = "SELECT executor_id, count(*) FROM workflow_status WHERE status = 'PENDING' GROUP BY executor_id"
    with closing(sqlite3.connect(folder / "engine.sqlite")) as database:
        return dict(database.execute(query).fetchall())
