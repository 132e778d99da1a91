"""A suite that takes longer than it may: what has to do with the change first, then the rest in what time is left."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sandbox.backend import BoxCommand, BoxSpec, CommandLimits, Kill
from tests.fakes.memory_box import Answer, MemoryBackend
from tests.fakes.plain_trees import PlainTrees
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.change.touched_tests import TouchedTests
from workflows.checks.commands.base_results import BaseResults
from workflows.checks.plan import Candidate, Planned
from workflows.checks.verify import Cross, verify
from workflows.issue_to_pr.checking import in_one_line
from workflows.issue_to_pr.outcome import check_line
from workflows.text.pull_request.verdict import ground, judged
from workflows.verification import CheckKind, Grade, Verdict, Verification

FILES = [f"tests/test_{letter}.py" for letter in "abcdef"]
LIMITS = CommandLimits(wall_seconds=1200.0)


@dataclass
class LongSuite:
    """Six files of two tests, in a command that takes longer than it may; each file takes `seconds` by itself."""

    root: Path
    command: str = "pytest -q tests"
    seconds: float = 100.0
    tests: dict[str, list[str]] = field(default_factory=lambda: {file: ["test_1", "test_2"] for file in FILES})
    near: dict[str, int] = field(default_factory=lambda: {"tests/test_e.py": 0, "tests/test_c.py": 1})
    mixed: Mixed = field(default_factory=lambda: Mixed(paths=frozenset(FILES)))
    failing: Mapping[str, str] = field(default_factory=dict)
    """Tests that fail, each with where: base, head or both."""
    endless: Collection[str] = ()
    """Sides and files that come to no end, as `head tests/test_c.py`."""
    results: BaseResults = field(default_factory=BaseResults)
    beside: Mapping[str, str] = field(default_factory=dict)
    """Other files of the tree."""
    ran: list[tuple[str, str]] = field(default_factory=list)
    """What was run, on which side."""

    async def verify(self, *commands: str) -> Verification:
        backend = MemoryBackend()
        backend.on(re.escape(self.command.partition(" ")[0]), self.answer)
        backend.on("collect-only", self.collect)
        backend.on(r"\b(?:tox|make test)\b", Answer("", 137, 1200.0, Kill.TIMEOUT))
        files = dict.fromkeys(self.tests, "")
        sides = {side: {**files, **self.beside, ".side": side} for side in ("base", "head", "mixed")}
        trees = PlainTrees(backend, self.root / secrets.token_hex(4), sides)
        planned = Planned(CheckKind.TEST, tuple(map(Candidate, commands or (self.command,))))
        cross = Cross(self._mix, near=self._near)
        results, limits = self.results, LIMITS
        return await verify([planned], trees, base="base", head="head", results=results, limits=limits, cross=cross)

    async def _mix(self, tests: frozenset[str]) -> Mixed:
        return self.mixed

    async def _near(self, mixed: Mixed, tests: Collection[str]) -> Mapping[str, int]:
        return self.near

    def collect(self, command: BoxCommand, spec: BoxSpec) -> Answer:
        ids = [f"{file}::{test}" for file, tests in self.tests.items() for test in tests]
        named = [file for file in self.tests if file in command.line]
        ids = [one for one in ids if not named or one.partition("::")[0] in named]
        return Answer("\n".join([*ids, "", f"{len(ids)} tests collected in 0.1s"]))

    def answer(self, command: BoxCommand, spec: BoxSpec) -> Answer:
        side = (spec.tree / ".side").read_text()
        called = re.findall(r"tests/test_\w+\.py(?:::\w+)?", command.line)
        self.ran.append((side, " ".join(called)))
        if not called:
            return Answer("", 137, 1200.0, Kill.TIMEOUT)
        if any(f"{side} {one}" in self.endless for one in called):
            limits = command.limits.wall_seconds if command.limits else 0.0
            return Answer("", 137, limits, Kill.TIMEOUT)
        ids = [
            f"{file}::{test}"
            for file, tests in self.tests.items()
            for test in tests
            if file in called or f"{file}::{test}" in called
        ]
        failed = [one for one in ids if self.failing.get(one) in (side, "both")]
        return Answer("", 1 if failed else 0, self.seconds * len(called), writes={"--junitxml=": _xml(ids, failed)})


def _xml(ids: Collection[str], failed: Collection[str]) -> str:
    cases = []
    for one in ids:
        file, _, name = one.partition("::")
        group = file.removesuffix(".py").replace("/", ".")
        cases.append(f'<testcase classname="{group}" name="{name}" file="{file}">{_failure(one in failed)}</testcase>')
    return f"<testsuite>{''.join(cases)}</testsuite>"


def _failure(failed: bool) -> str:
    return "<failure>assert 0</failure>" if failed else ""


@pytest.fixture
def suite(tmp_path: Path) -> LongSuite:
    return LongSuite(tmp_path)


async def test_what_the_change_touches_is_run_first_and_then_the_rest_in_the_time_that_is_left(
    suite: LongSuite,
) -> None:
    suite.seconds = 400.0
    done = await suite.verify()
    assert suite.ran[:3] == [("base", ""), ("base", "tests/test_e.py"), ("head", "tests/test_e.py")]
    assert {called for _, called in suite.ran[3:]} == {"tests/test_c.py", "tests/test_a.py"}
    check, verdict = done.checks[0], judged(done)
    assert (check.verdict, check.result) == (Verdict.PASSED, "no new failures in a part")
    assert check.head is not None
    assert str(check.head.counts) == "6 passed, 0 failed"
    assert verdict.grade is Grade.NOTHING_BROKE
    assert verdict.headline == (
        "Nothing broke: 6 tests pass, but no test shows that the issue is solved; "
        "only 3 of 6 files of tests (6 of 12 tests) of `pytest -q tests` were run."
    )
    assert ground(done)[0] == (
        "`pytest -q tests` takes longer than there is time for: 3 of 6 files of tests (6 of 12 tests) were run, "
        "those first that the change edits, that import what it edits or speak of it."
    )
    assert "The whole command takes longer than 20 minutes." in check.reason
    part = "3 of 6 files of tests (6 of 12 tests)"
    assert in_one_line(done) == f"pytest -q tests: 6 passed, 0 failed in {part}"
    assert check_line(check).startswith(f"pytest -q tests: no new failures in a part: 6 passed, 0 failed, in {part}")


async def test_what_is_near_and_was_not_reached_is_named(suite: LongSuite) -> None:
    suite.seconds, suite.near = 700.0, {**suite.near, "tests/test_f.py": 2, "tests/test_d.py": 4}
    done = await suite.verify()
    assert ground(done)[1] == ("Not run, though they have to do with the change: `tests/test_f.py`, `tests/test_d.py`.")


async def test_parts_that_all_come_to_their_end_are_the_whole(suite: LongSuite) -> None:
    done = await suite.verify()
    assert done.checks[0].result == "passed"
    assert "only" not in judged(done).headline
    assert ground(done)[0] == (
        "`pytest -q tests` takes longer than there is time for: it was run in parts, which all came to their end."
    )


async def test_a_part_that_newly_fails_ends_it(suite: LongSuite) -> None:
    suite.failing = {"tests/test_e.py::test_2": "head", "tests/test_a.py::test_1": "both"}
    done = await suite.verify()
    assert done.checks[0].new_failures == ("tests/test_e.py::test_2",)
    assert judged(done).grade is Grade.NOT_VERIFIED
    assert {called for _, called in suite.ran} == {"", "tests/test_e.py"}, "nothing more is run"


async def test_what_fails_with_and_without_the_change_does_not_block(suite: LongSuite) -> None:
    suite.failing = {"tests/test_e.py::test_2": "both"}
    done = await suite.verify()
    assert done.checks[0].verdict is Verdict.PASSED
    assert "1 failure on the base too." in done.checks[0].reason


async def test_a_part_without_an_end_because_of_the_change_is_a_failure(suite: LongSuite) -> None:
    suite.endless = ["head tests/test_e.py"]
    done = await suite.verify()
    assert done.checks[0].verdict is Verdict.FAILED
    assert "it was stopped (timeout)" in done.checks[0].reason


async def test_a_file_without_an_end_leaves_room_for_others(suite: LongSuite) -> None:
    suite.endless = ["base tests/test_b.py", "head tests/test_b.py"]
    suite.seconds = 10.0
    done = await suite.verify()
    part = done.checks[0].part
    assert part is not None
    assert (done.checks[0].verdict, part.whole) == (Verdict.PASSED, False)
    assert part.files >= 3
    assert ("head", "tests/test_b.py") not in suite.ran


async def test_nothing_that_comes_to_an_end_is_not_run_and_not_verified(suite: LongSuite) -> None:
    suite.endless = [f"base {file}" for file in FILES]
    done = await suite.verify()
    assert done.checks[0].verdict is Verdict.NOT_RUN
    assert "No part of it came to its end either." in done.checks[0].reason
    assert judged(done).grade is Grade.NOT_VERIFIED


async def test_of_a_file_with_many_tests_those_are_first_that_the_change_touches(suite: LongSuite) -> None:
    suite.tests["tests/test_e.py"] = [f"test_{number}" for number in range(100)]
    touched = {"tests/test_e.py": TouchedTests(frozenset({"test_70"}))}
    suite.mixed = replace(suite.mixed, edited=("tests/test_e.py",), fresh=("tests/test_e.py",), touched=touched)
    suite.seconds = 20.0
    done = await suite.verify()
    assert suite.ran[1:3] == [("base", "tests/test_e.py::test_70"), ("head", "tests/test_e.py::test_70")]
    assert max(len(called.split()) for _, called in suite.ran) <= 60
    assert done.checks[0].part is not None


async def test_a_file_that_the_change_takes_away_is_lost_and_no_failure_of_the_part(suite: LongSuite) -> None:
    """What becomes of it over the new code is asked of its tests by name."""
    suite.tests["tests/test_old.py"] = ["test_1"]
    suite.near["tests/test_old.py"] = 0
    collect = suite.collect

    def without(command: BoxCommand, spec: BoxSpec) -> Answer:
        if (spec.tree / ".side").read_text() == "base":
            return collect(command, spec)
        suite.tests.pop("tests/test_old.py", None)
        return collect(command, spec)

    suite.collect = without  # type: ignore[method-assign]
    gone = frozenset({"tests/test_old.py"})
    edited = ("tests/test_old.py",)
    paths = frozenset({*FILES, *edited})
    suite.mixed = replace(suite.mixed, paths=paths, gone=gone, edited=edited, deleted=edited)
    done = await suite.verify()
    assert done.checks[0].verdict is Verdict.PASSED


async def test_the_base_is_run_once_over_rounds_in_parts_too(suite: LongSuite) -> None:
    await suite.verify()
    suite.ran.clear()
    done = await suite.verify()
    assert {side for side, _ in suite.ran} == {"head"}
    assert done.checks[0].result == "passed"


@pytest.mark.parametrize("command", ["make test", "tox"])
async def test_a_command_that_cannot_be_called_for_parts_is_not_run(suite: LongSuite, command: str) -> None:
    done = await suite.verify(command)
    assert done.checks[0].verdict is Verdict.NOT_RUN
    assert "it was stopped (timeout)" in done.checks[0].reason.lower()


@pytest.mark.parametrize(
    ("command", "beside"),
    [
        ("make test", {"Makefile": "test:\n\t@pytest -q tests\n"}),
        ("tox", {"tox.ini": "[tox]\nenvlist = py\n[testenv]\ncommands = pytest -q {posargs:tests}\n"}),
    ],
)
async def test_a_task_that_only_calls_the_runner_is_run_in_parts_as_what_it_calls(
    suite: LongSuite, command: str, beside: Mapping[str, str]
) -> None:
    suite.beside = beside
    done = await suite.verify(command)
    assert done.checks[0].part is not None, done.checks[0]
    assert done.checks[0].command == command
    assert next(named for side, named in suite.ran if side == "base") == "tests/test_e.py"
    suite.beside = {"Makefile": "test: build\n\tpytest -q tests\nbuild:\n\tcc a.c\n"}
    assert (await suite.verify("make test")).checks[0].verdict is Verdict.NOT_RUN, "what is built is not left out"


async def test_another_command_for_the_same_suite_that_can_is_and_the_first_is_named(suite: LongSuite) -> None:
    done = await suite.verify("tox", "pytest -q tests")
    assert done.checks[0].command == "pytest -q tests"
    assert done.checks[0].part is not None
    assert "`tox` was left out: it was stopped (timeout)." in done.checks[0].reason


async def test_a_new_test_that_hangs_without_the_change_does_not_take_all_the_time_there_is(suite: LongSuite) -> None:
    """It is stopped after three times what its file takes with the change, and that is told."""
    suite.tests, suite.seconds = {"tests/test_a.py": ["test_1", "test_2"]}, 100.0
    stopped: list[float] = []

    def answer(command: BoxCommand, spec: BoxSpec) -> Answer:
        side, limits = (spec.tree / ".side").read_text(), command.limits.wall_seconds if command.limits else 0.0
        if "test_2" in command.line:
            stopped.append(limits)
            return Answer("", 137, limits, Kill.TIMEOUT)
        names = ["test_1"] if side == "base" else ["test_1", "test_2"]
        ids = [f"tests/test_a.py::{name}" for name in names]
        return Answer("", 0, 100.0, writes={"--junitxml=": _xml(ids, ())})

    suite.answer = answer  # type: ignore[method-assign]
    touched = {"tests/test_a.py": TouchedTests(frozenset({"test_2"}), ("test_2",), alone=True)}
    files = ("tests/test_a.py",)
    suite.mixed = Mixed(new_tests="mixed", fresh=files, touched=touched, paths=frozenset(files))
    done = await suite.verify()
    assert stopped == [300.0]
    assert done.not_run == (
        "The change's tests over the base's code: it does not end within 300 seconds; "
        "with the change their files take about 100.",
    )
    assert judged(done).grade is Grade.NOTHING_BROKE


@pytest.mark.parametrize(("alone", "runs"), [(True, 1), (False, 2)])
async def test_what_fails_without_the_change_only_behind_others_of_its_file_proves_nothing(
    suite: LongSuite, alone: bool, runs: int
) -> None:
    """Unless more of the file is touched than single tests: then others of it may be what shows the change."""
    suite.tests, over_base = {"tests/test_a.py": ["test_1", "test_2"]}, []

    def answer(command: BoxCommand, spec: BoxSpec) -> Answer:
        side = (spec.tree / ".side").read_text()
        if side == "mixed":
            over_base.append(command.line)
        names = ["test_2"] if "::test_2" in command.line else ["test_1"] if side == "base" else ["test_1", "test_2"]
        return Answer("", 0, 1.0, writes={"--junitxml=": _xml([f"tests/test_a.py::{name}" for name in names], ())})

    suite.answer = answer  # type: ignore[method-assign]
    touched = {"tests/test_a.py": TouchedTests(frozenset({"test_2"}), ("test_2",), alone=alone)}
    files = ("tests/test_a.py",)
    suite.mixed = Mixed(new_tests="mixed", fresh=files, touched=touched, paths=frozenset(files))
    done = await suite.verify()
    assert not done.proofs
    assert len(over_base) == runs
