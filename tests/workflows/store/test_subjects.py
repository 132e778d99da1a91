"""What a run is about is kept with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.tables import make_tables
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.subject import Subject, SubjectKind, subject_of
from workflows.values import Options, RunStatus, to_json

NAME = "github.com/o/r"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(opened)
    yield opened
    opened.close()


def started(store: Store, name: str, workflow: str, kind: SubjectKind, number: int, pull: int = 0) -> None:
    inputs: dict[str, Any] = {"subject": to_json(Subject(kind, "o/r", "github", 17, number))}
    state = {"pull": {"number": pull}} if pull else {}
    run = Run(name, workflow, 1, RunStatus.FAILED, NAME, "t", inputs, Options(), state, "a", 0, 0)
    store.write_now(runs.insert_run, run)


def test_a_subject_is_kept_with_its_run_and_read_back(store: Store) -> None:
    started(store, "r1", "release_notes", SubjectKind.TAG, 0)
    run = store.read_now(runs.get_run, "r1")
    assert run.subject == Subject(SubjectKind.TAG, "o/r", "github", 17)


@pytest.mark.parametrize(
    ("inputs", "subject", "label", "told_on"),
    [
        ({}, Subject(SubjectKind.PATH, "/repo"), "/repo", 0),
        ({"issue": {"number": 0}}, Subject(SubjectKind.ISSUE, "/repo"), "/repo", 0),
        (
            {"forge": "github", "installation": 17, "repository": "o/r", "issue": {"number": 7}},
            Subject(SubjectKind.ISSUE, "o/r", "github", 17, 7),
            "o/r#7",
            7,
        ),
        (
            {"subject": to_json(Subject(SubjectKind.TAG, "o/r", "github", 17, name="v1.2"))},
            Subject(SubjectKind.TAG, "o/r", "github", 17, name="v1.2"),
            "o/r@v1.2",
            0,
        ),
    ],
)
def test_runs_of_before_have_a_subject_too(inputs: dict[str, Any], subject: Subject, label: str, told_on: int) -> None:
    found = subject_of(inputs, "/repo")
    assert (found, found.label, found.told_on) == (subject, label, told_on)
