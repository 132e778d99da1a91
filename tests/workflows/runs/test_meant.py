"""Which run a number means: the one that opened a pull request before those about it, and the newest of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.tables import make_tables
from workflows.runs import meant
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.subject import Subject, SubjectKind
from workflows.values import Options, RunStatus, to_json

NAME = "github.com/o/r"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(opened)
    yield opened
    opened.close()


def started(
    store: Store,
    name: str,
    workflow: str,
    kind: SubjectKind,
    number: int,
    pull: int = 0,
    status: RunStatus = RunStatus.FAILED,
) -> None:
    inputs: dict[str, Any] = {"subject": to_json(Subject(kind, "o/r", "github", 17, number))}
    state = {"pull": {"number": pull}} if pull else {}
    run = Run(name, workflow, 1, status, NAME, "t", inputs, Options(), state, "a", 0, 0)
    store.write_now(runs.insert_run, run)


def test_on_a_pull_request_the_run_that_opened_it_is_meant_unless_another_is_named(store: Store) -> None:
    started(store, "r1", "issue_to_pr", SubjectKind.ISSUE, 7, pull=20)
    started(store, "r2", "review_pr", SubjectKind.PULL, 20)
    started(store, "r3", "review_pr", SubjectKind.PULL, 20)

    def meant_at(number: int, workflow: str = "") -> str | None:
        run = store.read_now(meant.meant_by, NAME, number, workflow)
        return run and run.id

    assert (meant_at(20), meant_at(20, "review_pr"), meant_at(20, "issue_to_pr")) == ("r1", "r3", "r1")
    assert (meant_at(7), meant_at(7, "review_pr"), meant_at(8)) == ("r1", None, None)
    assert [run.id for run in store.read_now(meant.all_on, NAME, 20)] == ["r1", "r3", "r2"]


def test_one_that_only_reads_is_meant_where_there_is_no_other(store: Store) -> None:
    started(store, "r1", "issue_to_pr", SubjectKind.ISSUE, 7)
    started(store, "r2", "explain", SubjectKind.ISSUE, 7)
    started(store, "r3", "explain", SubjectKind.ISSUE, 8)
    found = [store.read_now(meant.meant_by, NAME, number) for number in (7, 8)]
    assert [run and run.id for run in found] == ["r1", "r3"]


def test_a_question_at_work_keeps_nobody_from_the_issue(store: Store) -> None:
    started(store, "r1", "explain", SubjectKind.ISSUE, 7, status=RunStatus.RUNNING)
    assert store.read_now(meant.at_work_on, NAME, 7) is None
    started(store, "r2", "triage", SubjectKind.ISSUE, 7, status=RunStatus.WAITING)
    started(store, "r3", "issue_to_pr", SubjectKind.ISSUE, 7)
    found = store.read_now(meant.at_work_on, NAME, 7)
    assert found is not None
    assert found.id == "r2"
