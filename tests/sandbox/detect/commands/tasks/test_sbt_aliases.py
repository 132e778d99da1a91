"""Commands that a build of sbt makes of others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands.tasks import sbt_aliases
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ('addCommandAlias("ci", ";clean ;core/test ; scalafmtCheckAll")', ["clean", "core/test", "scalafmtCheckAll"]),
        ('addCommandAlias(\n  "ci",\n  List("clean", "test").mkString("; ")\n)', ["clean", "test"]),
        ('addCommandAlias("ci", """;clean\n;test""")', ["clean", "test"]),
        ('ThisBuild / commands += Command.command("x")\naddCommandAlias("ci", "a") // (', ["a"]),
        ('addCommandAlias("ci", "ci; test")', []),
        ('addCommandAlias("ci", s"$x")', []),
        ('addCommandAlias("ci", onEach(rows, "test"))', []),
        ('addCommandAlias("ci", ";enable" + on("--check"))', []),
        ('addCommandAlias("other", "test")', []),
        ('addCommandAlias("ci", "test"', []),
        ("", []),
    ],
)
def test_an_alias_is_what_it_stands_for(write: Write, build: str, expected: list[str]) -> None:
    found = sbt_aliases.task(Source(write({"build.sbt": build})), ("sbt", "-v", "ci"), ".")
    assert [body.script for body in (found[1] if found else [])] == [f"sbt '{goal}'" for goal in expected]


def test_aliases_stand_in_the_project_too_and_only_one_goal_is_looked_up(write: Write) -> None:
    source = Source(write({"build.sbt": "", "project/Aliases.scala": 'addCommandAlias("ci", "test")'}))
    assert sbt_aliases.task(source, ("sbt", "+ci"), ".") is not None
    assert sbt_aliases.task(source, ("sbt", "ci", "publish"), ".") is None
