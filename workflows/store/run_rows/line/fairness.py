"""Who is next: a pure choice between the runs that wait, fair between repositories and within limits."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits for a place; `since` is when it was started."""

    run_id: str
    segment: int
    key: str
    repository: str
    installation: str
    since: float
    machine: str = ""
    """The only one that can work on it, "" where any can."""


@dataclass(frozen=True, slots=True)
class Working:
    """How many runs of a repository have a place."""

    repository: str
    installation: str
    number: int


@dataclass(frozen=True, slots=True)
class AtOnce:
    """How many runs may be at work at once of one repository, and of one installation; None is no limit."""

    repository: int | None = None
    installation: int | None = None


def choose(
    waiting: Sequence[Waiting],
    working: Sequence[Working],
    last: Mapping[str, float],
    at_once: AtOnce,
    free: int,
) -> list[Waiting]:
    """Up to `free` of the waiting runs, in the order in which they get their places.

    The next one comes from the repository that has the fewest at work, of those from the one
    that was served longest ago (`last`, by repository), of those from the one with the oldest
    run. Within a repository the order is that of `waiting`. What is over a limit is passed over.
    """
    queues: dict[str, deque[Waiting]] = {}
    for one in waiting:
        queues.setdefault(one.repository, deque()).append(one)
    here, there = Counter[str](), Counter[str]()
    for some in working:
        here[some.repository] += some.number
        there[some.installation] += some.number

    def turn(repository: str, served: float) -> tuple[int, float, float, str]:
        return here[repository], served, queues[repository][0].since, repository

    turns = [turn(repository, last.get(repository, 0.0)) for repository in queues]
    heapq.heapify(turns)
    now, chosen = max(last.values(), default=0.0), list[Waiting]()
    while turns and len(chosen) < free:
        _, served, _, repository = heapq.heappop(turns)
        one = queues[repository].popleft()
        if not _below(at_once.repository, here[repository]):
            continue  # and neither may any other of this repository
        if not one.installation or _below(at_once.installation, there[one.installation]):
            chosen.append(one)
            here[repository] += 1
            there[one.installation] += 1
            served = now = now + 1.0
        if queues[repository]:
            heapq.heappush(turns, turn(repository, served))
    return chosen


def _below(limit: int | None, number: int) -> bool:
    return limit is None or number < limit
