"""A set-up that failed for one ecosystem says nothing against the others, where the change touches none of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.memory_box import MemoryBackend, says
from tests.fakes.plain_trees import PlainTrees
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.plan import Candidate, Planned
from workflows.checks.ran import Lacking
from workflows.checks.results.failed_parts import touches
from workflows.checks.verify import Cross, verify
from workflows.text.pull_request.verdict import ground, judged
from workflows.verification import CheckKind, Grade, Verdict, Verification

WHY = "`composer install` ended with exit code 127: `composer: command not found`"


async def _verified(root: Path, changed: str, *candidates: Candidate, settings: tuple[str, ...] = ()) -> Verification:
    backend = MemoryBackend()
    backend.on("pytest", says("==== 3 passed in 0.1s ===="))
    backend.on("phpunit", says("vendor/bin/phpunit: No such file or directory", exit_code=127))
    backend.on("make test", says("==== 3 passed in 0.1s ===="))
    trees = PlainTrees(backend, root, {"base": {"a.py": "1"}, "head": {"a.py": "2"}})
    trees.lacking = Lacking(parts={"php": WHY})

    async def mixed(_: frozenset[str]) -> Mixed:
        return Mixed(sources=(changed,), settings=settings)

    planned = [Planned(CheckKind.TEST, (candidate,)) for candidate in candidates]
    return await verify(planned, trees, base="base", head="head", cross=Cross(mixed))


PYTHON, PHP = Candidate("pytest", part="python"), Candidate("vendor/bin/phpunit", part="php")


async def test_what_could_be_verified_is_and_what_was_not_run_is_told(tmp_path: Path) -> None:
    done = await _verified(tmp_path, "a.py", PYTHON, PHP)
    assert [check.verdict for check in done.checks] == [Verdict.PASSED, Verdict.NOT_RUN]
    said = judged(done)
    assert (said.grade, said.exit_code) == (Grade.NOTHING_BROKE, 4)
    assert "the part in php was not tried, since its set-up failed" in said.headline
    assert any("composer: command not found" in sentence for sentence in ground(done))


async def test_it_is_never_proven_though_the_other_part_has_no_check(tmp_path: Path) -> None:
    done = await _verified(tmp_path, "a.py", PYTHON)
    assert judged(done).grade is Grade.NOTHING_BROKE
    assert "php" in judged(done).headline


@pytest.mark.parametrize("changed", ["src/A.php", "composer.json", "data/x.json", "Dockerfile"])
async def test_a_change_that_may_touch_the_part_is_not_verified(tmp_path: Path, changed: str) -> None:
    done = await _verified(tmp_path, changed, PYTHON, PHP)
    assert judged(done).headline.startswith("Not verified: the set-up failed (`composer install`")


async def test_settings_of_a_runner_that_could_not_run_are_touched_too(tmp_path: Path) -> None:
    done = await _verified(tmp_path, "a.py", PYTHON, PHP, settings=("phpunit.xml",))
    assert judged(done).headline.startswith("Not verified: the set-up failed")


async def test_a_command_that_may_need_all_parts_is_not_verified(tmp_path: Path) -> None:
    done = await _verified(tmp_path, "a.py", Candidate("make test"))
    assert judged(done).headline.startswith("Not verified: the set-up failed")


async def test_where_only_the_failed_part_has_tests_nothing_is_verified(tmp_path: Path) -> None:
    done = await _verified(tmp_path, "a.py", PHP)
    assert judged(done).grade is Grade.NOT_VERIFIED


@pytest.mark.parametrize(
    ("path", "parts", "may"),
    [
        ("src/a.ts", {"deno"}, True),
        ("src/a.ts", {"javascript"}, True),
        ("src/a.ts", {"php"}, False),
        ("a.py", {"javascript"}, False),
        ("pyproject.toml", {"javascript"}, False),
        ("Gemfile", {"ruby"}, True),
        ("templates/a.html", {"ruby"}, True),
        ("run", {"ruby"}, True),
    ],
)
def test_a_file_of_no_known_ecosystem_touches_all(path: str, parts: set[str], may: bool) -> None:
    assert touches([path], parts) is may
