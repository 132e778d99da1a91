"""Who is next: no limit is passed, no place stays empty, and nobody is served twice before another once."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from workflows.store.run_rows.line.fairness import AtOnce, Waiting, Working, choose

REPOSITORIES = {"a": "1", "b": "1", "c": "2", "local": ""}
names = st.sampled_from(sorted(REPOSITORIES))
limits = st.one_of(st.none(), st.integers(1, 4))


def waiting(repositories: list[str]) -> list[Waiting]:
    return [Waiting(f"r{n}", 0, "first", name, REPOSITORIES[name], float(n)) for n, name in enumerate(repositories)]


def working(repositories: list[str]) -> list[Working]:
    return [Working(name, REPOSITORIES[name], number) for name, number in Counter(repositories).items()]


@given(st.lists(names, max_size=12), st.lists(names, max_size=5), st.builds(AtOnce, limits, limits), st.integers(0, 8))
def test_every_choice_is_within_its_limits_and_leaves_no_place_empty(
    queued: list[str], busy: list[str], at_once: AtOnce, free: int
) -> None:
    line = waiting(queued)
    chosen = choose(line, working(busy), {}, at_once, free)
    here = Counter(busy) + Counter(one.repository for one in chosen)
    there = Counter(REPOSITORIES[name] for name in here.elements())
    for one in chosen:
        assert at_once.repository is None or here[one.repository] <= at_once.repository
        assert at_once.installation is None or not one.installation or there[one.installation] <= at_once.installation
    assert len(chosen) == len(set(chosen)) <= free
    if len(chosen) < free:
        for one in line:
            full_here = at_once.repository is not None and here[one.repository] >= at_once.repository
            full_there = at_once.installation is not None and there[one.installation] >= at_once.installation
            assert one in chosen or full_here or (one.installation and full_there)


@given(st.lists(names, max_size=12), st.lists(names, max_size=5), st.integers(0, 8))
def test_a_repository_gets_no_second_place_while_another_waits_with_fewer(
    queued: list[str], busy: list[str], free: int
) -> None:
    line = waiting(queued)
    chosen = choose(line, working(busy), {}, AtOnce(), free)
    here = Counter(busy) + Counter(one.repository for one in chosen)
    left = {one.repository for one in line if one not in chosen}
    for one in chosen:
        assert all(here[one.repository] - 1 <= here[other] for other in left)
    for name in REPOSITORIES:
        mine = [one for one in chosen if one.repository == name]
        assert mine == [one for one in line if one.repository == name][: len(mine)]


@given(st.integers(1, 40), st.integers(2, 6))
def test_with_one_place_each_repository_has_its_turn_however_many_runs_another_has_queued(
    crowd: int, others: int
) -> None:
    line = [Waiting(f"x{n}", 0, "first", "crowd", "1", float(n)) for n in range(crowd)]
    line += [Waiting(f"y{n}", 0, "first", f"small{n}", "1", 1000.0 + n) for n in range(others)]
    last: dict[str, float] = {"crowd": 5.0}
    served = []
    for turn in range(others):
        one = choose(line, [], last, AtOnce(), 1)[0]
        line.remove(one)
        served.append(one.repository)
        last[one.repository] = 10.0 + turn
    assert "crowd" not in served
    assert choose(line, [], last, AtOnce(), 1)[0].repository == "crowd"


def test_of_two_with_as_many_at_work_the_one_that_was_just_served_is_not_next() -> None:
    line = waiting(["a", "a", "b"])
    chosen = choose(line, working(["b"]), {"a": 5.0, "b": 9.0}, AtOnce(), 2)
    assert [one.repository for one in chosen] == ["a", "b"]
