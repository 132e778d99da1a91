"""What is run to see a new test fail: the tests that were written, and not all others of their files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.backend import CommandLimits
from tests.fakes.memory_box import MemoryBackend, says
from tests.fakes.plain_trees import PlainTrees
from workflows.checks.change.fitting import WantedFailure
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.change.touched_tests import TouchedTests
from workflows.checks.plan import Candidate
from workflows.checks.proofs.failing_first import seen_failing

FILE = "tests/test_a.py"
NEW = f"{FILE}::TestA::test_new"
FAILS = says(f"E   assert 1 == 2\nFAILED {NEW} - assert 1 == 2\n==== 1 failed in 0.1s ====", exit_code=1)
ABSENT = says("ERROR: not found: /work/tests/test_a.py::TestA::test_new", exit_code=4)
PASSES = says("==== 3 passed in 0.1s ====")


@pytest.mark.parametrize(
    ("touched", "alone", "run"),
    [
        ({FILE: TouchedTests(frozenset({"test_new"}), ("TestA::test_new",))}, FAILS, [NEW, NEW, NEW]),
        ({FILE: TouchedTests(frozenset({"test_new"}), ("TestA::test_new",))}, PASSES, [NEW, FILE] * 3),
        ({FILE: TouchedTests(frozenset({"test_new"}), ("TestA::test_new",), alone=True)}, ABSENT, [NEW, FILE] * 3),
        ({FILE: TouchedTests(frozenset())}, FAILS, [FILE, FILE, FILE]),
        ({}, FAILS, [FILE, FILE, FILE]),
    ],
    ids=[
        "by its id",
        "its file where more is touched",
        "its file where it is not found",
        "only a helper is touched",
        "a new file",
    ],
)
async def test_the_tests_that_were_written_are_run_alone(
    tmp_path: Path, touched: dict[str, TouchedTests], alone: object, run: list[str]
) -> None:
    backend = MemoryBackend()
    backend.on("pytest", FAILS)
    backend.on(re.escape(NEW), alone)  # type: ignore[arg-type]
    trees = PlainTrees(backend, tmp_path, {"mixed": {FILE: ""}})
    mixed = Mixed(fresh=(FILE,), touched=touched, paths=frozenset({FILE}))
    found = await seen_failing(
        Candidate("pytest -q tests"), trees, "mixed", "base", mixed, WantedFailure(), CommandLimits()
    )
    assert list(found.tests) == [NEW], found.trouble
    lines = [line.splitlines()[-1] for box in backend.boxes for line in box.lines]
    assert [line.split()[-1] for line in lines] == run


async def test_what_fails_only_behind_others_of_its_file_does_not_fail(tmp_path: Path) -> None:
    backend = MemoryBackend()
    backend.on("pytest", FAILS)
    backend.on(re.escape(NEW), PASSES)
    trees = PlainTrees(backend, tmp_path, {"mixed": {FILE: ""}})
    touched = {FILE: TouchedTests(frozenset({"test_new"}), ("TestA::test_new",), alone=True)}
    mixed = Mixed(fresh=(FILE,), touched=touched, paths=frozenset({FILE}))
    limits = CommandLimits()
    found = await seen_failing(Candidate("pytest -q"), trees, "mixed", "base", mixed, WantedFailure(), limits)
    assert found.trouble == "It does not fail on the code as it is."
