"""What the ecosystems of a repository contribute, put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.detect.commands.project import EcosystemPart
from sandbox.detect.parts import Placed, assembled, sightings, with_nothing_to_test
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Detection, Evidence, Found, Kind, Note

Write = Callable[[Mapping[str, str]], Path]


def found(kind: Kind, command: str, *, sure: bool = True, suite: str = "") -> Found:
    confidence = "confirmed" if sure else "manifest"
    return Found(kind, command, (Evidence("f", 1, command),), confidence=confidence, suite=suite)


def part(name: str, *, sure: bool = True, **commands: str) -> EcosystemPart:
    made = {kind: (found(kind, line, sure=sure),) for kind, line in commands.items()}  # type: ignore[arg-type]
    return EcosystemPart(name, **made)  # type: ignore[arg-type]


@pytest.fixture
def source(write: Write) -> Source:
    """Ten files of Python, three of JavaScript below web, one of Go."""
    names = [f"a{n}.py" for n in range(10)] + [f"web/b{n}.ts" for n in range(3)] + ["tool/c.go"]
    return Source(write(dict.fromkeys(names, "")))


def test_the_ecosystem_with_the_most_files_comes_first(source: Source) -> None:
    placed = [Placed(part("javascript", test="jest"), "web", True), Placed(part("python", test="pytest"), ".", True)]
    made = assembled(source, placed, [])
    assert made.ecosystems == ("python", "javascript")
    assert [(f.command, f.cwd, f.suite) for f in made.test] == [
        ("pytest", ".", "python"),
        ("jest", "web", "javascript in web"),
    ]
    assert made.test[1].evidence[0].file == "web/f"


def test_suites_of_a_place_are_named_with_it(source: Source) -> None:
    tests = (found("test", "jest"), found("test", "jest x", suite="x"))
    made = assembled(source, [Placed(EcosystemPart("javascript", test=tests), "web", True)], [])
    assert [f.suite for f in made.test] == ["javascript in web", "javascript in web: x"]


def test_a_few_files_beside_the_main_code_are_tooling_unless_ci_tests_them(source: Source) -> None:
    main = Placed(part("python", test="pytest"), ".", True)
    sure, unsure = (Placed(part("go", sure=s, test="go test", lint="go vet"), "tool", True) for s in (True, False))
    assert [f.command for f in assembled(source, [main, sure], []).test] == ["pytest", "go test"]
    made = assembled(source, [main, unsure], [])
    assert ([f.command for f in made.test], made.lint) == (["pytest"], ())
    assert [(n.subject, n.reason) for n in made.not_run] == [
        (line, "only 1 files of go beside the main code: taken for tooling") for line in ("go test", "go vet")
    ]


def test_what_ci_only_lints_is_linted_and_not_tested(source: Source) -> None:
    main = Placed(part("python", test="pytest"), ".", True)
    beside = replace(part("go", lint="go vet"), test=(found("test", "go test", sure=False),))
    made = assembled(source, [main, Placed(beside, "tool", True)], [])
    assert [f.command for f in made.test] == ["pytest"]
    assert [f.command for f in made.lint] == ["go vet"]
    assert [n.reason for n in made.not_run] == ["CI checks these 1 files of go and does not test them"]


def test_where_nothing_is_tested_a_few_files_count(source: Source) -> None:
    placed = [
        Placed(part("python", lint="ruff"), ".", True),
        Placed(part("go", sure=False, lint="go vet"), "tool", True),
    ]
    assert [f.command for f in assembled(source, placed, []).lint] == ["ruff", "go vet"]


@pytest.mark.parametrize("directory", ["e2e-tests", "x/api_tests", "integration-testing", "db-test"])
def test_a_project_that_tests_a_running_application_is_named_and_not_run(source: Source, directory: str) -> None:
    main = Placed(part("python", test="pytest"), ".", True)
    other = Placed(part("python", test="pytest x"), directory, True)
    made = assembled(source, [main, other], [])
    assert [f.command for f in made.test] == ["pytest"]
    assert [n.reason for n in made.not_run] == ["it tests an application that has to be running, with its services"]
    assert [f.command for f in assembled(source, [other], []).test] == ["pytest x"]


def test_what_a_workspaces_root_tests_takes_in_its_packages_and_sets_them_up(source: Source) -> None:
    root = Placed(part("javascript", setup="npm ci", test="npm test"), ".", True)
    covered = Placed(part("javascript", sure=False, setup="npm i", test="jest"), "web", True, covered=True)
    made = assembled(source, [root, covered], [])
    assert [f.command for f in made.test] == ["npm test"]
    assert [f.command for f in made.setup] == ["npm ci"]
    sure = replace(covered, part=part("javascript", setup="npm i", test="jest"))
    assert [f.command for f in assembled(source, [root, sure], []).test] == ["npm test", "jest"]


def test_steps_that_are_the_same_everywhere_are_done_once(source: Source) -> None:
    step = 'python3 -m venv "$HOME/venv"'
    placed = [Placed(part("python", setup=step, test="pytest"), d, True) for d in (".", "web", "tool")]
    assert [(f.command, f.cwd) for f in assembled(source, placed, []).setup] == [(step, ".")]


def test_the_same_note_is_said_once_and_files_are_no_ecosystem(source: Source) -> None:
    note = Note("x", "y")
    made = assembled(source, [Placed(EcosystemPart("files", notes=(note,)), ".", True)], [note])
    assert (made.ecosystems, made.not_run) == ((), (note,))


def test_nothing_at_all_is_nothing(tmp_path: Path) -> None:
    assert assembled(Source(tmp_path), [], []) == Detection()


def test_why_nothing_is_tested_is_said_where_there_is_code(write: Write) -> None:
    some = Source(write({"n/a.ipynb": "", "b.ipynb": ""}))
    assert with_nothing_to_test(some, Detection()).not_run == (
        Note("tests", "2 notebooks and no tests: there is nothing to run"),
    )
    (some._root / "b.ipynb").unlink()
    (some._root / "n/a.ipynb").unlink()
    none = Source(some._root)
    assert with_nothing_to_test(none, Detection(("go",))).not_run == (Note("tests", "no tests were found"),)
    assert with_nothing_to_test(none, Detection()) == Detection()


def test_checks_of_some_ecosystems_are_seen_under_other_names() -> None:
    assert sightings("jvm") == ("maven", "gradle")
    assert sightings("go") == ("go",)
