"""How often somebody may ask: so many at once, so many in the long run, each for themselves."""

from __future__ import annotations

from dataclasses import dataclass

from bot.access.rate import Rate


@dataclass
class Hand:
    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


def test_so_many_go_at_once_and_the_next_is_told_when_there_is_one() -> None:
    clock = Hand()
    rate = Rate(per_minute=60, burst=3, clock=clock)
    assert [rate.take("alice") for _ in range(4)] == [0, 0, 0, 1]
    clock.at += 0.25
    assert rate.take("alice") == 0.75
    clock.at += 0.75
    assert [rate.take("alice") for _ in range(2)] == [0, 1]


def test_asking_in_vain_costs_nothing_and_waiting_long_saves_up_no_more_than_a_burst() -> None:
    clock = Hand()
    rate = Rate(per_minute=60, burst=2, clock=clock)
    assert [rate.take("alice") for _ in range(10)].count(0) == 2
    clock.at += 1
    assert rate.take("alice") == 0
    clock.at += 1_000_000
    assert [rate.take("alice") for _ in range(3)] == [0, 0, 1]


def test_nobody_pays_for_another_and_only_who_was_heard_of_longest_ago_is_forgotten() -> None:
    rate = Rate(per_minute=60, burst=1, clock=Hand())
    assert [rate.take(name) for name in ("alice", "bob", "alice")] == [0, 0, 1]
    for number in range(9_999):
        rate.take(str(number))
    assert rate.take("alice") > 0, "she was heard of after bob"
    assert rate.take("bob") == 0
