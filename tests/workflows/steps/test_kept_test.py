"""The test that a triage has left is laid into a run's tree where there is room for it, and nothing is written over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fakes.steps_by_hand import ByHand, by_hand
from workflows.definition import Done, Result
from workflows.services import StepContext
from workflows.steps.kept_test import kept_script, kept_test, lay_out

TEST = "tests/deep/test_a.py"


def laid(run: ByHand, files: Mapping[str, str]) -> Result:
    async def step(ctx: StepContext) -> Result:
        return Done({"mark": await lay_out(ctx, files)}, "Laid out.")

    return run.take(step, "reproduce")


def in_tree(run: ByHand) -> dict[str, str]:
    files = [path for path in run.tree.rglob("*") if path.is_file()]
    return {str(path.relative_to(run.tree)): path.read_text() for path in files}


def test_the_files_are_there_and_in_the_journal(tmp_path: Path) -> None:
    with by_hand(tmp_path, {"a.txt": "a"}) as run:
        laid(run, {TEST: "assert add(1, 2) == 3\n", "tests/__init__.py": ""})
        assert in_tree(run) == {"a.txt": "a", TEST: "assert add(1, 2) == 3\n", "tests/__init__.py": ""}
        changes = [entry.change for entry in run.services.ledger.entries(run.id) if entry.change is not None]
        assert {change.path for change in changes} == {TEST, "tests/__init__.py"}


@pytest.mark.parametrize(
    "there",
    [
        {TEST: "theirs"},
        {"tests": "a file by now"},
        {"tests/deep": "a file by now"},
        {f"{TEST}/inside.txt": "a directory by now"},
    ],
)
def test_what_stands_in_its_place_by_now_stays_and_the_others_are_laid_out(
    tmp_path: Path, there: dict[str, str]
) -> None:
    with by_hand(tmp_path, there) as run:
        laid(run, {TEST: "ours", "test_b.py": "ours, too"})
        assert in_tree(run) == {**there, "test_b.py": "ours, too"}


def test_where_no_triage_has_reproduced_it_there_is_none(tmp_path: Path) -> None:
    with by_hand(tmp_path, {"a.txt": "a"}) as run:
        found: list[object] = []

        async def step(ctx: StepContext) -> Result:
            found.extend([await kept_test(ctx), await kept_script(ctx)])
            return Done({}, "Asked.")

        run.take(step, "reproduce")
        assert found == [{}, ""]
