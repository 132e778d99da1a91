"""The parts of a suite that takes longer than it may, those that have to do with the change first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from workflows.checks.change.nearness import FAR
from workflows.checks.change.touched_tests import TouchedTests

_MANY = 40
"""Tests of one file that are run together; of more, some at a time."""

Tests = Mapping[str, Sequence[str]]
"""Files of tests, each with the ids of its tests as they are collected; none where these are not known."""


@dataclass(frozen=True, slots=True)
class SuitePart:
    """A file of tests, or some tests of one that has many: what the runner is called for on either side.

    Nothing is called for where it is not there. `tests` is how many these are, 0 where that is not known; `near`
    how far they are from the change.
    """

    file: str
    on_base: tuple[str, ...] = ()
    on_head: tuple[str, ...] = ()
    tests: int = 0
    near: int = FAR


def suite_parts(
    base: Tests, head: Tests, near: Mapping[str, int], touched: Mapping[str, TouchedTests]
) -> list[SuitePart]:
    """All parts of a suite, the nearest first."""
    found: list[SuitePart] = []
    for file in sorted({*base, *head}):
        found += _of_file(file, base.get(file), head.get(file), near.get(file, FAR), touched.get(file))
    return sorted(found, key=lambda part: part.near)


def _of_file(
    file: str, base: Sequence[str] | None, head: Sequence[str] | None, near: int, touched: TouchedTests | None
) -> list[SuitePart]:
    sides = [Counter(_plain(one) for one in side or ()) for side in (base, head)]
    every = list(dict.fromkeys([*sides[1], *sides[0]]))
    many = sides[1] | sides[0]
    if len(every) <= _MANY:
        there = [(file,) if side is not None else () for side in (base, head)]
        return [SuitePart(file, there[0], there[1], sum(many.values()), near)]
    first = [one for one in every if touched is not None and touched.holds(one)]
    rest = [one for one in every if one not in set(first)]
    groups = [(near, group) for group in _cut(first)]
    groups += [(max(near, 1) if first else near, group) for group in _cut(rest)]
    return [
        SuitePart(file, _among(group, sides[0]), _among(group, sides[1]), sum(many[one] for one in group), distance)
        for distance, group in groups
    ]


def _cut(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[at : at + _MANY] for at in range(0, len(ids), _MANY)]


def _among(group: Sequence[str], side: Collection[str]) -> tuple[str, ...]:
    return tuple(one for one in group if one in side)


def _plain(name: str) -> str:
    """A test that is run with several values is called for once."""
    return name.partition("[")[0]
