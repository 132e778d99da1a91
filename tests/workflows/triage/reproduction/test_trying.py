"""What reproduced a report is run once more over other code: it fails alike, passes, or nothing can be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.backend import CommandLimits, Kill
from sandbox.boxes.bubblewrap import Bubblewrap
from tests.fakes.boxes import box_backend as box_backend
from tests.fakes.boxes import box_machine as box_machine
from tests.fakes.memory_box import MemoryBackend, says
from tests.fakes.plain_trees import PlainTrees
from workflows.checks.plan import Candidate
from workflows.triage.reproduction.attempt import Reproduction, Tried, judged, known_by
from workflows.triage.reproduction.trying import FAILS_ALIKE, FAILS_OTHERWISE, PASSES, script_once, seen_again, try_once

BASE, HEAD = "base", "head"
SUM = "E       assert -1 == 3"
KEPT = Reproduction(
    Tried.REPRODUCED,
    "",
    tests={"test_r.py::test_sum": "assert -1 == 3"},
    files={"test_r.py": "..."},
    signature=known_by(SUM),
)
CALM = CommandLimits(wall_seconds=10)


def xml(*cases: tuple[str, str]) -> str:
    rows = [
        f'<testcase classname="test_r" name="{name}" file="test_r.py">'
        + (f'<failure message="m">{said}</failure>' if said else "")
        + "</testcase>"
        for name, said in cases
    ]
    return f"<testsuite>{''.join(rows)}</testsuite>"


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


async def seen(backend: MemoryBackend, tmp_path: Path, found: Reproduction = KEPT) -> str:
    files = {"test_r.py": "x\n"}
    trees = PlainTrees(backend, tmp_path, {BASE: files, HEAD: files})
    candidates = [Candidate("pytest")]
    return (await seen_again(found, candidates, trees, HEAD, BASE, frozenset(files), CALM)).does


@pytest.mark.parametrize(
    ("cases", "code", "does"),
    [
        ((("test_sum", ""), ("test_control", "")), 0, PASSES),
        ((("test_sum", SUM), ("test_control", "")), 1, FAILS_ALIKE),
        ((("test_sum", "E       KeyError: 1"), ("test_control", "")), 1, FAILS_OTHERWISE),
        ((("test_sum", ""), ("test_of_something_else", SUM), ("test_control", "")), 1, PASSES),
        ((("test_of_something_else", SUM), ("test_control", "")), 1, FAILS_OTHERWISE),
        ((("test_control", ""),), 0, "could not be run"),
    ],
)
async def test_what_a_kept_test_does_elsewhere(
    backend: MemoryBackend, tmp_path: Path, cases: tuple[tuple[str, str], ...], code: int, does: str
) -> None:
    backend.on("pytest", says("", exit_code=code, writes={"--junitxml=": xml(*cases)}))
    assert await seen(backend, tmp_path) == does


@pytest.mark.parametrize(
    ("said", "does"),
    [
        ((says("AssertionError: -1 != 3", exit_code=1), says()), FAILS_ALIKE),
        ((says(), says()), PASSES),
        ((says("KeyError: 1", exit_code=1), says()), FAILS_OTHERWISE),
        ((says("pullwright-reproduce.sh: line 1: jq: command not found", exit_code=127), says()), "could not be run"),
        ((says("", killed=Kill.TIMEOUT), says()), "could not be run"),
    ],
)
async def test_what_a_script_does_elsewhere(backend: MemoryBackend, tmp_path: Path, said: object, does: str) -> None:
    first, control = said  # type: ignore[misc]
    backend.on('reproduce.sh" control', control)
    backend.on("reproduce.sh", first)
    script = Reproduction(
        Tried.REPRODUCED,
        "",
        tests={"pullwright-reproduce.sh": ""},
        script="x",
        signature=known_by("AssertionError: -1 != 3"),
    )
    assert await seen(backend, tmp_path, script) == does


async def test_a_script_whose_control_fails_reproduces_nothing(backend: MemoryBackend, tmp_path: Path) -> None:
    backend.on("reproduce.sh", says("AssertionError: -1 != 3", exit_code=1))
    trees = PlainTrees(backend, tmp_path, {BASE: {"a": "a\n"}})
    one, _ = await script_once("x", trees, BASE, BASE, CALM)
    verdict, why, _ = judged([one] * 3)
    assert (verdict, "control fails" in why) == (Tried.OTHERWISE, True)


async def test_a_test_that_edits_the_code_reproduces_nothing(box_backend: Bubblewrap, tmp_path: Path) -> None:
    edits = "def test_sum():\n    open('total.py', 'w').write('T = -1')\n    from total import T\n    assert T == 3\n"
    files = {"total.py": "T = 3\n", "test_r.py": f"{edits}\n\ndef test_control():\n    assert 1\n"}
    trees = PlainTrees(box_backend, tmp_path, {BASE: files})
    command = Candidate("python -m pytest -q")
    one, _, _ = await try_once(
        command, trees, BASE, BASE, ["test_r.py"], frozenset(files), CommandLimits(wall_seconds=60)
    )
    assert one.stopped == "it changes files of the repository (total.py)"


async def test_a_script_that_edits_the_code_reproduces_nothing(box_backend: Bubblewrap, tmp_path: Path) -> None:
    trees = PlainTrees(box_backend, tmp_path, {BASE: {"total": "3\n"}})
    script = 'test "$1" = control && exit 0\necho 4 >total\necho "expected 3, got $(cat total)"\nexit 1'
    one, _ = await script_once(script, trees, BASE, BASE, CALM)
    assert one.stopped == "it changes files of the repository (total)"
