"""What the model says is the same: only what it was shown, each once, at most three."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.agent.questions import Unreadable
from workflows.effects.items import ListedIssue
from workflows.triage.comparing import reader

LIKELY = {number: (ListedIssue(number, f"Title {number}", "", "open"), "") for number in range(1, 7)}


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ([3, 3, 3, 4], [3, 4]),
        ([9, 5], [5]),
        ([True, "4", None, 4.0, 2], [2]),
        ([1, 2, 3, 4, 5], [1, 2, 3]),
        ([], []),
    ],
)
def test_each_issue_is_named_once_and_only_such_as_were_shown(said: list[Any], numbers: list[int]) -> None:
    same = [{"number": one, "why": "It is."} for one in said]
    assert [one.number for one in reader(LIKELY)({"same": [*same, 3, []]})] == numbers


@pytest.mark.parametrize("data", [None, [], {}, {"same": 3}, {"same": {"number": 1}}])
def test_what_is_no_list_is_unreadable(data: Any) -> None:
    with pytest.raises(Unreadable, match="same"):
        reader(LIKELY)(data)
