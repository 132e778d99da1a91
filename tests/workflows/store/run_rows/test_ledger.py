"""The journal in the database keeps what it is given, byte by byte."""

from pathlib import Path

import pytest

from sandbox.journal import Effect, EffectState, FileAction, FileChange, Where
from tests.fakes.tables import make_tables
from workflows.errors import RunError
from workflows.store.database import Store
from workflows.store.records import DefinitionRecord, Run, StepRun
from workflows.store.run_rows import definition_rows, runs, steps
from workflows.store.run_rows.ledger import SqlLedger
from workflows.values import Options, RunStatus, StepStatus

HERE = Where("r1", "implement", 1, 3, "shell")


@pytest.fixture
def ledger(tmp_path: Path):
    store = Store(f"sqlite:///{tmp_path / 'app.sqlite'}")
    make_tables(store)
    store.write_now(definition_rows.define, DefinitionRecord("w", 1, "W", (("a", "A"),)))
    run = Run("r1", "w", 1, RunStatus.RUNNING, "r", "t", {}, Options(), {}, "a", 0, 0)
    store.write_now(runs.insert_run, run)
    yield SqlLedger(store)
    store.close()


def test_names_that_are_not_text_come_back_as_they_were(ledger: SqlLedger) -> None:
    odd = b"caf\xe9\n-rf".decode("utf-8", "surrogateescape")
    change = FileChange(odd, FileAction.RENAMED, "100644", "100755", "b1", "b2", old_path="a\\b")
    ledger.append_files(HERE, "t1", "t2", [change], [("b1", b"\0one"), ("b2", b"")])
    (entry,) = ledger.entries("r1")
    assert (entry.where, entry.before, entry.after, entry.change) == (HERE, "t1", "t2", change)
    assert (ledger.blob("b1"), ledger.blob("b2")) == (b"\0one", b"")


def test_contents_are_kept_once_however_often_they_are_given(ledger: SqlLedger) -> None:
    for _ in range(2):
        ledger.append_files(HERE, "t1", "t2", [], [("b1", b"one"), ("b1", b"one")])
    assert ledger.known_blobs(["b1", "b2"]) == {"b1"}
    with pytest.raises(KeyError):
        ledger.blob("b2")


def test_an_effect_that_was_interrupted_is_found_again_and_not_doubled(ledger: SqlLedger) -> None:
    first = ledger.intend(HERE, Effect("push", "fix/issue-1", {"after": "c1"}))
    assert ledger.intend(HERE, Effect("push", "fix/issue-1", {"after": "c2"})) == first
    ledger.settle(first, EffectState.DONE, {"ok": True})
    assert ledger.intend(HERE, Effect("push", "fix/issue-1", {"after": "c3"})) != first
    entry = ledger.entries("r1")[0]
    assert entry.effect == Effect("push", "fix/issue-1", {"after": "c2"})
    assert (entry.state, entry.result) == (EffectState.DONE, {"ok": True})


def test_an_effect_that_was_done_is_not_doubled_when_its_step_is_repeated(ledger: SqlLedger) -> None:
    first = ledger.intend(HERE, Effect("push", "fix/issue-1", {"after": "c1"}))
    ledger.settle(first, EffectState.DONE)
    assert ledger.intend(HERE, Effect("push", "fix/issue-1", {"after": "c1"})) == first
    ledger.settle(first, EffectState.UNDONE)
    assert ledger.intend(HERE, Effect("push", "fix/issue-1", {"after": "c1"})) != first


def test_the_last_mark_is_that_of_the_newest_file_change(ledger: SqlLedger) -> None:
    assert ledger.last_mark("r1") == ""
    change = FileChange("a", FileAction.CREATED, after_mode="100644", after_blob="b1")
    ledger.append_files(HERE, "t1", "t2", [change], [("b1", b"one")])
    ledger.intend(HERE, Effect("push", "b"))
    assert ledger.last_mark("r1") == "t2"


def test_a_thousand_blobs_are_looked_up_in_bounded_queries(ledger: SqlLedger) -> None:
    blobs = [(f"b{n}", b"x") for n in range(1200)]
    ledger.append_files(HERE, "t1", "t2", [], blobs)
    assert len(ledger.known_blobs([name for name, _ in blobs])) == 1200


def test_a_step_that_was_stopped_or_done_again_elsewhere_journals_nothing_more(ledger: SqlLedger) -> None:
    store, change = ledger._store, FileChange("a", FileAction.CREATED, "", "100644", "", "b1")
    attempt = StepRun("r1", 0, 0, 1, "implement", StepStatus.RUNNING)
    store.write_now(steps.begin_step, attempt)
    ledger.append_files(HERE, "t1", "t2", [change], [("b1", b"one")])
    seq = ledger.intend(HERE, Effect("push", "b"))
    store.write_now(steps.update_step, attempt, status=StepStatus.ABORTED)
    with pytest.raises(RunError, match="implement of run r1 was stopped"):
        ledger.append_files(HERE, "t2", "t3", [change], [("b2", b"two")])
    with pytest.raises(RunError, match="was stopped"):
        ledger.intend(HERE, Effect("push", "c"))
    ledger.settle(seq, EffectState.DONE)  # what it had begun can be closed still
    with pytest.raises(RunError, match="goes on meanwhile"):
        ledger.intend(Where("r1", "rollback"), Effect("delete_branch", "b"))
    store.write_now(steps.update_step, attempt, next={"next": None, "rollback": "hard"})
    ledger.intend(Where("r1", "rollback"), Effect("delete_branch", "c"))  # the last act of its own walk
    store.write_now(runs.update_run, "r1", segment=1)
    with pytest.raises(RunError, match="goes on meanwhile"):
        ledger.intend(Where("r1", "rollback"), Effect("delete_branch", "d"))
    store.write_now(runs.update_run, "r1", status=RunStatus.ABORTED)
    ledger.intend(Where("r1", "rollback"), Effect("delete_branch", "b"))
    assert (ledger.last_mark("r1"), ledger.known_blobs(["b1", "b2"])) == ("t2", {"b1"})
