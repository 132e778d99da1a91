"""What the base's checks said in one run, for others of the repository: what they get of it, and what they do not."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.backend import Kill
from tests.fakes.memory_box import Answer, MemoryBackend, says
from tests.fakes.plain_trees import PlainTrees
from workflows.checks.commands.ahead import run_ahead
from workflows.checks.commands.base_results import BaseResults
from workflows.checks.commands.shared_results import SharedResults, evict_all
from workflows.checks.plan import Candidate, Planned
from workflows.checks.verify import LIMITS, verify
from workflows.verification import CheckKind, Verification

BASE, HEAD = "base", "head"
GOOD = "==== 3 passed in 0.1s ===="
BAD = "FAILED t.py::test_a - E\n==== 1 failed, 2 passed in 0.1s ===="
OTHER = "FAILED t.py::test_b - E\n==== 1 failed, 2 passed in 0.1s ===="


@dataclass
class Runs:
    """Several runs of one repository, each with results of its own and those that are shared."""

    root: Path
    environments: Mapping[str, str]
    number: int = 0

    async def run(self, *answers: Answer, command: str = "pytest -q", limits: float = 1200.0) -> tuple[str, ...]:
        """On which sides the command was run; `answers` are what it says, the last one for ever."""
        done, opened = await self.verified(*answers, command=command, limits=limits)
        assert done.checks
        return opened

    async def verified(
        self, *answers: Answer, command: str = "pytest -q", limits: float = 1200.0
    ) -> tuple[Verification, tuple[str, ...]]:
        self.number += 1
        backend, ran = MemoryBackend(), []
        said = list(answers)

        def answer(command: object, spec: object) -> Answer:
            ran.append(trees.opened[-1])
            return said.pop(0) if len(said) > 1 else said[0]

        backend.on("pytest", answer)
        files = {"t.py": ""}
        trees = PlainTrees(
            backend, self.root / str(self.number), {BASE: files, HEAD: files}, environments=self.environments
        )
        planned = Planned(CheckKind.TEST, (Candidate(command),))
        results = BaseResults(shared=SharedResults(self.root / "shared"))
        within = LIMITS.within(limits)
        done = await verify([planned], trees, base=BASE, head=HEAD, results=results, limits=within)
        return done, tuple(ran)


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path, {BASE: "made-of-the-base", HEAD: "claims-to-be"})


async def test_what_ended_well_on_the_base_is_run_once_for_all_runs(runs: Runs) -> None:
    assert await runs.run(says(GOOD)) == (BASE, HEAD)
    done, ran = await runs.verified(says(GOOD))
    assert ran == (HEAD,)
    assert done.checks[0].base is not None
    assert str(done.checks[0].base.counts) == "3 passed, 0 failed"


async def test_what_failed_is_nothing_for_others_before_it_was_seen_twice_alike(runs: Runs) -> None:
    """A failure that is chance, or the machine's load, would excuse the same failure of every later change."""
    bad, other = says(BAD, exit_code=1), says(OTHER, exit_code=1)
    for answer in (bad, other, bad, bad):
        assert BASE in await runs.run(answer)
    assert BASE not in await runs.run(bad)


async def test_what_was_stopped_is_shared_alike_and_only_for_the_time_that_it_had(runs: Runs) -> None:
    long = Answer("", 137, 1200.0, Kill.TIMEOUT)
    assert BASE in await runs.run(long)
    assert BASE in await runs.run(long)
    assert BASE not in await runs.run(long)
    assert BASE in await runs.run(says(GOOD), limits=600.0)
    assert BASE not in await runs.run(says(GOOD)), "what came to its end says more"


async def test_what_was_killed_for_something_else_is_not_shared(runs: Runs) -> None:
    for _ in range(3):
        assert BASE in await runs.run(Answer("", 137, 1.0, Kill.MEMORY))


@pytest.mark.parametrize("environments", [{}, {HEAD: "made-of-the-base"}])
async def test_what_a_run_has_for_itself_leaves_nothing_and_gets_nothing(
    runs: Runs, environments: Mapping[str, str]
) -> None:
    theirs = runs.environments
    runs.environments = environments
    assert await runs.run(says(GOOD)) == (BASE, HEAD)
    runs.environments = theirs
    assert await runs.run(says(GOOD)) == (BASE, HEAD)
    runs.environments = environments
    assert await runs.run(says(GOOD)) == (BASE, HEAD)


async def test_another_command_or_environment_is_run_for_itself(runs: Runs) -> None:
    await runs.run(says(GOOD))
    assert BASE in await runs.run(says(GOOD), command="pytest -q -x")
    runs.environments = {BASE: "made-anew"}
    assert BASE in await runs.run(says(GOOD))


async def test_a_file_that_is_damaged_is_none(runs: Runs) -> None:
    await runs.run(says(GOOD))
    for damage in (b"", b"{}", b"\xff", b'{"said": 1}', b"[]"):
        for file in (runs.root / "shared").iterdir():
            file.write_bytes(damage)
        assert BASE in await runs.run(says(GOOD))


def test_without_a_place_to_write_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    shared = SharedResults(tmp_path / "file" / "below")
    shared.put("key", "said")
    assert shared.get("key") is None


def test_what_nobody_asked_for_in_a_while_goes_and_so_do_the_eldest_of_too_many(tmp_path: Path) -> None:
    shared = SharedResults(tmp_path / "one")
    shared.put("old", "said")
    shared.put("new", "said")
    ago = time.time() - 15 * 86_400
    os.utime(shared.root / "old.json", (ago, ago))
    evict_all(tmp_path)
    assert [file.name for file in shared.root.iterdir()] == ["new.json"]
    os.utime(shared.root / "new.json", (ago, ago))
    evict_all(tmp_path)
    assert not shared.root.exists()


async def test_what_was_run_ahead_is_not_run_again_by_the_verification(runs: Runs) -> None:
    """Nor is a second command for the same suite, which the first one makes needless."""
    backend, ran = MemoryBackend(), []

    def answer(command: object, spec: object) -> Answer:
        ran.append(trees.opened[-1])
        return says(GOOD)

    backend.on("pytest", answer)
    trees = PlainTrees(backend, runs.root / "ahead", {BASE: {"t.py": ""}}, environments=runs.environments)
    planned = [Planned(CheckKind.TEST, (Candidate("pytest -q"), Candidate("pytest -q -x")))]
    results = BaseResults(shared=SharedResults(runs.root / "shared"))
    for _ in range(2):
        await run_ahead(planned, trees, BASE, results, LIMITS)
    assert ran == [BASE]
    assert await runs.run(says(GOOD)) == (HEAD,)


async def test_what_failed_when_it_was_run_ahead_is_run_again_by_the_verification(runs: Runs) -> None:
    """Another one was at work on the machine at the same time."""
    backend = MemoryBackend()
    backend.on("pytest", says(BAD, exit_code=1))
    trees = PlainTrees(backend, runs.root / "ahead", {BASE: {"t.py": ""}}, environments=runs.environments)
    results = BaseResults(shared=SharedResults(runs.root / "shared"))
    await run_ahead([Planned(CheckKind.TEST, (Candidate("pytest -q"),))], trees, BASE, results, LIMITS)
    done, ran = await runs.verified(says(GOOD))
    assert BASE in ran
    assert done.checks[0].base is not None
    assert done.checks[0].base.exit_code == 0


async def test_what_would_be_for_nobody_is_not_run_ahead(runs: Runs) -> None:
    backend = MemoryBackend()
    backend.on("pytest", says(GOOD))
    trees = PlainTrees(backend, runs.root / "ahead", {BASE: {"t.py": ""}}, setup_failures={BASE: "no network"})
    results = BaseResults(shared=SharedResults(runs.root / "shared"))
    await run_ahead([Planned(CheckKind.TEST, (Candidate("pytest -q"),))], trees, BASE, results, LIMITS)
    assert not any(box.lines for box in backend.boxes)
