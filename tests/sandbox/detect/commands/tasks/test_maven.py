"""Calls of Maven that come to tests and linters at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
GOALS = "clean verify apache-rat:check checkstyle:check spotbugs:check javadoc:javadoc"


@pytest.mark.parametrize(
    ("goal", "run", "lint"),
    [
        (
            GOALS,
            "mvn --batch-mode -Ddoclint=all",
            ["apache-rat:check", "checkstyle:check", "test-compile spotbugs:check"],
        ),
        ("", f"mvn {GOALS}", ["apache-rat:check", "checkstyle:check", "test-compile spotbugs:check"]),
        ("", "mvn -V verify pmd:check", ["pmd:check"]),
        ("install", "mvn", []),
        ("", "mvn verify", []),
        (GOALS, "mvn --version", []),
    ],
)
def test_the_linters_among_many_goals_are_run_apart(write: Write, goal: str, run: str, lint: list[str]) -> None:
    pom = f"<project><artifactId>x</artifactId><build><defaultGoal>{goal}</defaultGoal></build></project>"
    ci = f"on: pull_request\njobs:\n  a:\n    steps:\n      - run: {run}\n"
    found = detect(write({"pom.xml": pom, "src/A.java": "", ".github/workflows/ci.yml": ci}))
    assert [f.command for f in found.test] == ["mvn -B test"]
    assert [f.command for f in found.lint] == [f"mvn -B {goals}" for goals in lint]


def test_a_goal_that_a_profile_alone_names_is_not_the_poms_own(write: Write) -> None:
    pom = "<project><profiles><profile><build><defaultGoal>verify pmd:check</defaultGoal></build></profile></profiles>"
    ci = "on: pull_request\njobs:\n  a:\n    steps:\n      - run: mvn\n"
    assert not detect(write({"pom.xml": pom, ".github/workflows/ci.yml": ci})).lint
