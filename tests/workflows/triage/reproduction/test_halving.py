"""The search for the first commit that fails."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workflows.triage.reproduction.halving import Narrowed, halve
from workflows.triage.reproduction.trying import FAILS_ALIKE, FAILS_OTHERWISE, PASSES


async def search(answers: list[str], most: int = 100) -> tuple[Narrowed, list[int]]:
    """What is left where these are the answers for each commit, and which were asked, in their order."""
    asked: list[int] = []

    async def does(commit: str) -> str:
        asked.append(int(commit))
        return answers[int(commit)]

    commits = [str(number) for number in range(len(answers))]
    return await halve(commits, does, lambda _: len(asked) < most), asked


@given(st.integers(1, 300), st.data())
async def test_the_first_that_fails_is_found_by_halves(many: int, data: st.DataObject) -> None:
    began = data.draw(st.integers(0, many - 1))
    left, asked = await search([PASSES] * began + [FAILS_ALIKE] * (many - began))
    assert (left.first, left.last, left.why) == (began, began, "")
    assert len(asked) <= many.bit_length()


@given(st.lists(st.sampled_from([PASSES, FAILS_OTHERWISE]), max_size=20), st.lists(st.booleans(), max_size=20))
async def test_commits_of_which_nothing_can_be_said_are_gone_around(before: list[str], then: list[bool]) -> None:
    after = [FAILS_ALIKE if fails else FAILS_OTHERWISE for fails in then]
    answers = [*before, *after, FAILS_ALIKE]
    left, asked = await search(answers)
    assert len(asked) == len(set(asked))
    assert answers[left.last] == FAILS_ALIKE
    assert left.first == 0 or answers[left.first - 1] == PASSES
    assert set(answers[left.first : left.last]) <= {FAILS_OTHERWISE}
    assert bool(left.why) is not left.found


async def test_one_broken_commit_in_the_middle_does_not_end_the_search() -> None:
    left, _ = await search([PASSES, PASSES, PASSES, "cannot be set up", FAILS_ALIKE, FAILS_ALIKE, FAILS_ALIKE])
    assert (left.first, left.last, left.why) == (3, 4, "at 3 it cannot be set up")


async def test_no_more_is_asked_than_may_be() -> None:
    left, asked = await search([PASSES] * 500 + [FAILS_ALIKE] * 500, most=3)
    assert (len(asked), left.found, left.why) == (3, False, "")
    assert left.first <= 500 <= left.last
