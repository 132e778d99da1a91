"""The search for the first commit that fails: halved again and again, around commits of which nothing can be said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from workflows.triage.reproduction.trying import FAILS_ALIKE, PASSES


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is left: the last commit that passes is right before `first`, and the one at `last` fails.

    Numbers of commits in their order, oldest first. `why` says why more than one is left, "" where none is.
    """

    first: int
    last: int
    why: str = ""

    @property
    def found(self) -> bool:
        return self.first == self.last


async def halve(
    commits: Sequence[str], does: Callable[[str], Awaitable[str]], may_ask: Callable[[str], bool]
) -> Narrowed:
    """Narrow it down to one commit, as far as it goes. The last of them fails, and what is before the first passes.

    `does` says FAILS_ALIKE or PASSES of a commit, or in other words why neither can be said: then the nearest to it is
    asked that was not asked yet. The search ends where it may not ask of one.
    """
    first, last = 0, len(commits) - 1
    silent: dict[int, str] = {}
    while first < last and (open_ones := [at for at in range(first, last) if at not in silent]):
        middle = (first + last - 1) // 2
        at = min(open_ones, key=lambda one: (abs(one - middle), one))
        if not may_ask(commits[at]):
            break
        answer = await does(commits[at])
        if answer == FAILS_ALIKE:
            last = at
        elif answer == PASSES:
            first = at + 1
        else:
            silent[at] = answer
    unsaid = next((f"at {commits[at][:10]} it {why}" for at, why in silent.items() if first <= at < last), "")
    return Narrowed(first, last, unsaid)
