"""Verification over scripted boxes: which commands are run where, and what becomes of what they say."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.backend import Kill
from tests.fakes.memory_box import MemoryBackend, says
from tests.fakes.plain_trees import PlainTree, PlainTrees
from workflows.checks.commands.base_results import BaseResults
from workflows.checks.commands.lanes import Lanes
from workflows.checks.plan import Candidate, Planned
from workflows.checks.ran import Lacking
from workflows.checks.results.told import feedback
from workflows.checks.verify import verify
from workflows.text.pull_request.verdict import ground, judged
from workflows.values import to_json
from workflows.verification import CheckKind, Counts, Grade, Verdict, Verification

BASE, HEAD = "base", "head"


class World:
    """A base and a head in scripted boxes."""

    def __init__(self, root: Path) -> None:
        self.backend = MemoryBackend()
        self.on = self.backend.on
        files = {"a.py": "x = 1\n"}
        self.trees = PlainTrees(self.backend, root, {BASE: files, HEAD: files})
        self.results = BaseResults()

    async def verify(self, *planned: Planned) -> Verification:
        return await verify(planned, self.trees, base=BASE, head=HEAD, results=self.results)

    def lines(self) -> list[str]:
        """The commands that were run, without what is run around them."""
        return [line.splitlines()[-1] for box in self.backend.boxes for line in box.lines]


def good(verification: Verification) -> bool:
    return judged(verification).grade is not Grade.NOT_VERIFIED


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def _test(*commands: str) -> Planned:
    return Planned(CheckKind.TEST, tuple(Candidate(command) for command in commands))


def _lint(command: str) -> Planned:
    return Planned(CheckKind.LINT, (Candidate(command, evidence="ci.yml:3"),))


def _summary(passed: int, *failures: str) -> str:
    lines = [f"FAILED {name} - E" for name in failures]
    failed = f"{len(failures)} failed, " if failures else ""
    return "\n".join([*lines, f"==== {failed}{passed} passed in 0.1s ===="])


def _xml(passed: int, *failures: str) -> str:
    cases = [f'<testcase classname="m" name="ok{n}"/>' for n in range(passed)]
    cases += [f'<testcase classname="m" name="{name}"><failure/></testcase>' for name in failures]
    return f"<testsuite>{''.join(cases)}</testsuite>"


async def test_a_change_that_keeps_all_tests_passing_is_verified(world: World) -> None:
    world.on("pytest", says("fine", writes={"--junitxml=": _xml(3)}))
    done = await world.verify(_test("pytest"))
    assert good(done)
    assert done.checks[0].head is not None
    assert done.checks[0].head.counts == Counts(3)
    assert done.checks[0].base is not None
    assert world.trees.opened == [BASE, HEAD, HEAD], "the last one is where its tests are collected"


async def test_only_failures_that_are_new_on_the_head_block(world: World) -> None:
    old = says("", exit_code=1, writes={"--junitxml=": _xml(3, "old")})
    new = says("boom", exit_code=1, writes={"--junitxml=": _xml(2, "old", "new")})
    world.on("pytest", old, new)
    check = (await world.verify(_test("pytest"))).checks[0]
    assert check.verdict is Verdict.FAILED
    assert check.new_failures == ("m.new",)


async def test_failures_that_the_base_has_too_do_not_block(world: World) -> None:
    world.on("pytest", says("", exit_code=1, writes={"--junitxml=": _xml(3, "old")}))
    check = (await world.verify(_test("pytest"))).checks[0]
    assert check.verdict is Verdict.PASSED
    assert check.reason == "1 failure on the base too."


class Together(PlainTrees):
    """Trees of the head that open only once two are asked for at the same time."""

    @asynccontextmanager
    async def open(self, mark: str, like: str = "") -> AsyncIterator[PlainTree]:
        async with super().open(mark, like) as tree:
            if mark == HEAD:
                await asyncio.wait_for(self.both.wait(), 60)
            yield tree

    both: asyncio.Barrier


async def test_checks_run_at_once_where_there_are_lanes_and_are_told_in_their_order(world: World) -> None:
    world.trees = Together(world.backend, world.trees.root, world.trees.marks)
    world.trees.both = asyncio.Barrier(2)
    world.on("ruff", says("fine"))
    world.on("mypy", says("a.py:1: error: no", exit_code=1), says(""))
    done = await verify(
        [_lint("ruff check ."), _lint("mypy")], world.trees, base=BASE, head=HEAD, results=world.results, lanes=Lanes(1)
    )
    assert [check.command for check in done.checks] == ["ruff check .", "mypy"]
    assert [check.verdict for check in done.checks] == [Verdict.PASSED, Verdict.PASSED]


async def test_what_stops_at_the_first_failure_runs_one_after_the_other(world: World) -> None:
    world.on("ruff", says(""), says("a.py:1:1: F821 no", exit_code=1))
    world.on("mypy", says(""))
    checks = [_lint("ruff check ."), _lint("mypy")]
    done = await verify(checks, world.trees, base=BASE, head=HEAD, stop_at_first=True, lanes=Lanes(3))
    assert [check.verdict for check in done.checks] == [Verdict.FAILED, Verdict.NOT_RUN]
    assert not any("mypy" in line for line in world.lines())


async def test_the_ground_tells_what_the_trees_lack(world: World) -> None:
    """The submodule always, since nobody can count what it hides; the set-up where something could not judge."""
    missing = {"tests/spec": "submodule"}
    world.trees.lacking = Lacking(("refused: pypi.org: its address is private",), missing)
    world.on("pytest", says("", exit_code=1, writes={"--junitxml=": _xml(3, "old")}))
    assert ground(await world.verify(_test("pytest"))) == (
        "`pytest`: 3 of 4 tests could judge the change; 1 fails with and without it.",
        "What needs `tests/spec (submodule)` could not judge: the contents are not here.",
        "Of the set-up: refused: pypi.org: its address is private.",
    )
    world.on("tox", says("", writes={"--junitxml=": _xml(3)}))
    assert ground(await world.verify(_test("tox")))[1:] == (
        "What needs `tests/spec (submodule)` could not judge: the contents are not here.",
    )


async def test_a_command_that_counted_before_is_not_said_to_count_nothing(world: World) -> None:
    world.on("pytest", says("", writes={"--junitxml=": _xml(3)}), says(""))
    done = await world.verify(_test("pytest"))
    assert not good(done)
    assert ground(done) == ("`pytest` counted no tests with the change.",)


async def test_a_test_that_the_change_mends_is_named(world: World) -> None:
    world.on(
        "pytest",
        says("", exit_code=1, writes={"--junitxml=": _xml(1, "ok1")}),
        says("", writes={"--junitxml=": _xml(2)}),
    )
    check = (await world.verify(_test("pytest"))).checks[0]
    assert (check.verdict, check.fixed) == (Verdict.PASSED, ("m.ok1",))


async def test_a_test_that_passes_when_repeated_is_flaky_and_does_not_block(world: World) -> None:
    world.on(
        "pytest",
        says("", writes={"--junitxml=": _xml(2)}),
        says("", exit_code=1, writes={"--junitxml=": _xml(1, "ok1")}),
        says("", writes={"--junitxml=": _xml(2)}),
    )
    check = (await world.verify(_test("pytest -q"))).checks[0]
    assert (check.verdict, check.flaky, check.new_failures) == (Verdict.PASSED, ("m.ok1",), ())
    assert world.lines()[-1] == world.lines()[-2], "the whole command, in a home that knows nothing of the first time"


async def test_a_failure_that_is_not_in_the_repetition_is_not_called_flaky(world: World) -> None:
    world.on(
        "pytest",
        says("", writes={"--junitxml=": _xml(2)}),
        says("", exit_code=1, writes={"--junitxml=": _xml(1, "new")}),
        says("", writes={"--junitxml=": _xml(1)}),
    )
    check = (await world.verify(_test("pytest"))).checks[0]
    assert (check.verdict, check.new_failures) == (Verdict.FAILED, ("m.new",))


async def test_a_test_that_fails_in_one_of_two_repetitions_is_not_called_flaky(world: World) -> None:
    fails = says("", exit_code=1, writes={"--junitxml=": _xml(1, "ok1")})
    passes = says("", writes={"--junitxml=": _xml(2)})
    world.on("pytest", passes, fails, passes, fails)
    check = (await world.verify(_test("pytest"))).checks[0]
    assert (check.verdict, check.new_failures) == (Verdict.FAILED, ("m.ok1",))


async def test_numbers_come_from_the_report_not_from_what_a_test_prints(world: World) -> None:
    lie = says(_summary(1000), exit_code=1, writes={"--junitxml=": _xml(0, "bad")})
    world.on("pytest", says("", writes={"--junitxml=": _xml(1)}), lie)
    check = (await world.verify(_test("pytest"))).checks[0]
    assert check.head is not None
    assert check.head.counts == Counts(0, 1)
    assert check.verdict is Verdict.FAILED


async def test_a_report_of_an_earlier_run_does_not_count(world: World, tmp_path: Path) -> None:
    world.on("pytest", says("", writes={"--junitxml=": _xml(5)}))
    await world.verify(_test("pytest"))
    assert all("rm -f " in line for box in world.backend.boxes for line in box.lines if "junitxml" in line)


async def test_a_dead_candidate_is_dropped_for_the_next_and_named(world: World) -> None:
    world.on("tox", says("bash: line 1: tox: command not found", exit_code=127))
    world.on("pytest", says(_summary(4)))
    check = (await world.verify(_test("tox", "pytest"))).checks[0]
    assert (check.verdict, check.command) == (Verdict.PASSED, "pytest")
    assert "`tox` was left out: tox: command not found." in check.reason


async def test_a_command_of_which_nothing_passes_on_the_base_gives_way_to_one_that_tells_more(world: World) -> None:
    world.on("pytest", says(_summary(0, "a", "b", "c"), exit_code=1))
    world.on("manage.py", says(_summary(4)))
    check = (await world.verify(_test("pytest", "manage.py test"))).checks[0]
    assert (check.verdict, check.command) == (Verdict.PASSED, "manage.py test")
    only = (await world.verify(_test("pytest"))).checks[0]
    assert only.command == "pytest", "where it is the only one it counts"


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("bash: line 1: pytest: command not found", 127),
        ("=== no tests ran in 0.01s ===", 5),
        ("=== 3 skipped in 0.01s ===", 0),
        ("/usr/bin/python3: No module named pytest", 1),
    ],
)
async def test_what_could_not_run_is_not_run_and_never_passed(world: World, output: str, code: int) -> None:
    world.on("pytest", says(output, exit_code=code))
    done = await world.verify(_test("pytest"))
    assert done.checks[0].verdict is Verdict.NOT_RUN
    assert done.checks[0].reason
    assert not good(done)


async def test_a_failed_set_up_is_the_reason_where_nothing_could_run(world: World) -> None:
    world.trees.setup_failures = {
        BASE: "`pip install` ended with exit code 1",
        HEAD: "`pip install` ended with exit code 1",
    }
    world.on("pytest", says("/usr/bin/python3: No module named pytest", exit_code=1))
    check = (await world.verify(_test("python3 -m pytest"))).checks[0]
    assert check.verdict is Verdict.NOT_RUN
    assert check.reason.startswith("Set-up failed: `pip install` ended with exit code 1.")
    assert world.results.to_json() == {}, "the next time the network may be back"


@pytest.mark.parametrize("failed", [(BASE, HEAD), (BASE,), (HEAD,)])
async def test_a_failed_set_up_is_never_a_good_verdict_though_the_tests_run(
    world: World, failed: tuple[str, ...]
) -> None:
    """What ran may be whatever the machine has: its pytest, its flask."""
    world.trees.setup_failures = dict.fromkeys(failed, "no network")
    world.on("pytest", says(_summary(2)))
    done = await world.verify(_test("pytest"))
    assert judged(done).headline.startswith("Not verified: the set-up failed (no network)")
    if HEAD in failed:
        assert done.checks[0].reason == "The set-up failed before it: no network."


async def test_a_suite_that_no_longer_runs_on_the_head_has_failed(world: World) -> None:
    world.on("pytest", says(_summary(3)), says("ImportError while loading conftest '/work/conftest.py'.", exit_code=4))
    check = (await world.verify(_test("pytest"))).checks[0]
    assert check.verdict is Verdict.FAILED
    assert "gives a result on the base, but not on the change" in check.reason


async def test_deleting_all_tests_is_not_a_pass(world: World) -> None:
    world.on("pytest", says(_summary(3)), says("=== no tests ran in 0.01s ===", exit_code=5))
    assert (await world.verify(_test("pytest"))).checks[0].verdict is Verdict.FAILED


async def test_fewer_tests_than_on_the_base_are_mentioned(world: World) -> None:
    world.on("pytest", says(_summary(30)), says(_summary(20)))
    check = (await world.verify(_test("pytest"))).checks[0]
    assert check.reason == "Fewer tests than on the base: 20, not 30."


async def test_tests_that_only_the_change_makes_runnable_pass_with_the_note(world: World) -> None:
    world.on("pytest", says("=== no tests ran in 0.01s ===", exit_code=5), says(_summary(2)))
    check = (await world.verify(_test("pytest"))).checks[0]
    assert (check.verdict, check.reason) == (Verdict.PASSED, "On the base it ran no tests.")


async def test_where_the_base_gives_nothing_every_candidate_is_tried_on_the_head(world: World) -> None:
    world.on("tox", says("bash: line 1: tox: command not found", exit_code=127))
    world.on("pytest", says("=== no tests ran in 0.01s ===", exit_code=5), says(_summary(2)))
    check = (await world.verify(_test("tox", "pytest"))).checks[0]
    assert (check.verdict, check.command) == (Verdict.PASSED, "pytest")


async def test_a_coverage_threshold_alone_is_not_a_failure_of_the_change(world: World) -> None:
    low = says(_summary(3) + "\nFAIL Required test coverage of 90% not reached. Total coverage: 89.9%", exit_code=1)
    world.on("pytest", says(_summary(3)), low)
    check = (await world.verify(_test("pytest"))).checks[0]
    assert check.verdict is Verdict.PASSED
    assert "coverage threshold was not reached" in check.reason


async def test_an_exit_code_without_a_named_failure_is_a_failure_unless_the_base_has_it_too(world: World) -> None:
    world.on("make test", says("hm"), says("hm", exit_code=3))
    world.on("make check", says("hm", exit_code=3))
    first, second = (await world.verify(_test("make test"), _test("make check"))).checks
    assert first.verdict is Verdict.FAILED
    assert "exit code 3" in first.reason
    assert second.verdict is Verdict.NOT_RUN


@pytest.mark.parametrize("kill", list(Kill))
async def test_a_kill_on_the_head_alone_is_a_failure_and_on_both_is_not_run(world: World, kill: Kill) -> None:
    world.on("make test", says(_summary(2)), says("", exit_code=137, killed=kill))
    world.on("make check", says("", exit_code=137, killed=kill))
    first, second = (await world.verify(_test("make test"), _test("make check"))).checks
    assert (first.verdict, second.verdict) == (Verdict.FAILED, Verdict.NOT_RUN)
    assert f"it was stopped ({kill.value})" in first.reason
    assert f"It was stopped ({kill.value})" in second.reason


async def test_a_base_that_was_stopped_does_not_hold_up_a_head_that_passes(world: World) -> None:
    world.on("make test", says("", exit_code=137, killed=Kill.TIMEOUT), says(_summary(2)))
    check = (await world.verify(_test("make test"))).checks[0]
    assert (check.verdict, check.reason) == (Verdict.PASSED, "On the base it was stopped (timeout).")


async def test_flags_that_a_runner_refuses_are_left_away(world: World) -> None:
    world.on("pytest", says(_summary(3)))
    world.on("junitxml", says("usage: pytest\npytest: error: unrecognized arguments: --junitxml=x", exit_code=4))
    done = await world.verify(_test("pytest"))
    assert good(done)
    assert world.lines()[1:] == ["pytest", "pytest"]


async def test_new_complaints_block_and_old_ones_do_not_wherever_they_moved(world: World) -> None:
    old = says("a.py:3:1: F401 unused\n", exit_code=1)
    world.on("ruff check", old, says("a.py:9:1: F401 unused\n", exit_code=1))
    world.on("flake8", old, says("a.py:9:1: F401 unused\na.py:1:1: E501 long\n", exit_code=1))
    first, second = (await world.verify(_lint("ruff check ."), _lint("flake8"))).checks
    assert (first.verdict, first.reason) == (Verdict.PASSED, "1 complaint on the base too.")
    assert (second.verdict, second.new_failures) == (Verdict.FAILED, ("a.py: E501 long",))
    assert second.evidence == "ci.yml:3"


async def test_lint_alone_verifies_nothing(world: World) -> None:
    world.on("ruff", says("All checks passed!"))
    done = await world.verify(_lint("ruff check ."))
    assert done.checks[0].verdict is Verdict.PASSED
    assert not good(done)


async def test_a_command_of_the_repositorys_own_is_judged_by_its_exit_code(world: World) -> None:
    world.on("make docs", says(""), says("broken link", exit_code=2))
    check = (await world.verify(Planned(CheckKind.OTHER, (Candidate("make docs"),)))).checks[0]
    assert check.verdict is Verdict.FAILED


async def test_a_check_that_rewrites_files_is_told_so_and_the_next_one_sees_the_tree_as_it_was(world: World) -> None:
    world.on("ruff check --fix", says("", writes={"/work/a.py": "x = 2\n"}))
    seen: list[str] = []
    world.on("make test", lambda command, spec: seen.append((spec.tree / "a.py").read_text()) or says(_summary(1)))
    done = await world.verify(_lint("ruff check --fix"), _test("make test"))
    assert "rewrote 1 tracked file (a.py)" in done.checks[0].reason
    assert seen == ["x = 1\n", "x = 1\n"]


async def test_the_base_is_run_once_over_rounds_even_through_json(world: World) -> None:
    world.on("pytest", says(_summary(3)))
    await world.verify(_test("pytest"))
    stored = json.loads(json.dumps(world.results.to_json()))
    world.results = BaseResults(stored)
    world.trees.opened.clear()
    assert good(await world.verify(_test("pytest")))
    assert world.trees.opened == [HEAD]


async def test_base_results_stay_small_with_thousands_of_complaints(world: World) -> None:
    words = random.Random(1)
    text = "".join(
        f"pkg/mod{n % 90}.py:{n}:1: E{words.randint(100, 999)} something is odd here\n" for n in range(5_000)
    )
    world.on("flake8", says(text, exit_code=1))
    check = (await world.verify(_lint("flake8"))).checks[0]
    assert check.verdict is Verdict.PASSED
    assert len(json.dumps(world.results.to_json())) < 60_000
    assert len(json.dumps(to_json(check))) < 40_000


async def test_feedback_names_command_failures_and_the_end_of_the_output_within_its_bound(world: World) -> None:
    names = tuple(f"test_{n}" for n in range(60))
    broken = says("x" * 50_000 + "\nE   assert 1 == 2", exit_code=1, writes={"--junitxml=": _xml(0, *names)})
    world.on("pytest", says("", writes={"--junitxml=": _xml(60)}), broken)
    text = feedback(await world.verify(_test("pytest")), most=3_000)
    assert len(text) <= 3_000
    assert text.startswith("The test check failed: pytest\n")
    assert "- m.test_0\n" in text
    assert "- and 40 more" in text
    assert text.endswith("E   assert 1 == 2")


async def test_feedback_on_what_passed_is_empty(world: World) -> None:
    world.on("pytest", says(_summary(1)))
    assert feedback(await world.verify(_test("pytest"))) == ""
