"""Calls of Maven with several goals, or with none: the pom's own, the tests and each linter apart."""

from __future__ import annotations

import re

from sandbox.detect.commands.bodies import Body
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

_LINTERS = re.compile(
    r"(.*:)?(checkstyle|spotless|spotbugs|pmd|fmt|apache-rat|rat|license|formatter|enforcer|impsort|modernizer)"
    r"(-maven-plugin|-plugin)?(:[\d.]+)?:(check|validate|enforce|modernizer)"
)
_TESTING = ("test", "verify", "install", "package")
_DEFAULT = re.compile(r"<defaultGoal>([^<]{1,400})</defaultGoal>")
_COMPILED = ("spotbugs", "modernizer")
_VALUED = ("-f", "--file", "-P", "-pl", "--projects", "-s", "--settings", "-T", "--threads", "-rf", "-l", "-b", "-t")


def task(source: Source, words: tuple[str, ...], cwd: str) -> tuple[str, list[Body], str] | None:
    """None where the call is one of tests alone or of linters alone, which says all by itself."""
    goals, options, value = [], [], False
    for word in words[1:]:
        if value or word.startswith("-"):
            options.append(word)
            value = not value and word in _VALUED
        else:
            goals.append(word)
    path = "pom.xml" if cwd == "." else f"{cwd}/pom.xml"
    place = Evidence(path, 0, " ".join(words)[:200])
    if not goals:
        text = source.text(path).partition("<profiles>")[0]
        named = _DEFAULT.search(text)
        if not named or re.search(r"-v\b|--version|--help", " ".join(options)):
            return None
        goals, place = named.group(1).split(), source.evidence(path, "<defaultGoal>")
        if not any(g in _TESTING or _LINTERS.fullmatch(g) for g in goals):
            return None
    elif not (any(map(_LINTERS.fullmatch, goals)) and any(g in _TESTING for g in goals)):
        return None
    tests = [g for g in goals if not _LINTERS.fullmatch(g) and ":" not in g]
    lines = [" ".join([words[0], *options, *tests])] if any(g in _TESTING for g in tests) else []
    for goal in filter(_LINTERS.fullmatch, goals):
        before = ["test-compile"] if any(name in goal for name in _COMPILED) else []
        lines.append(" ".join([words[0], *before, goal]))
    return "maven", [Body(line, place) for line in lines], cwd
