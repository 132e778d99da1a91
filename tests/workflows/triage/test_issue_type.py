"""Types and fields of an organisation: only those that there are, and nothing of what somebody has decided."""

from __future__ import annotations

import pytest

from workflows.effects.items import FieldValue, ListedIssue
from workflows.triage.issue_type import PriorityField, option_of, priority_fields
from workflows.triage.reading import SCALE


def test_fields_are_those_that_the_other_issues_show() -> None:
    known = [
        ListedIssue(1, "", "", fields=(FieldValue(5, "Priority", "High"), FieldValue(6, "Effort", "Low"))),
        ListedIssue(2, "", "", fields=(FieldValue(5, "Priority", "Urgent"), FieldValue(7, "severity ", "S1"))),
        ListedIssue(3, "", "", fields=(FieldValue(5, "Priority", "High"), FieldValue(8, "Priority of sales", "High"))),
    ]
    assert priority_fields(known) == [
        PriorityField(5, "Priority", ("High", "Urgent")),
        PriorityField(7, "severity ", ("S1",)),
    ]


@pytest.mark.parametrize(
    ("priority", "options", "scale", "option"),
    [
        ("high", ["Urgent", "High"], SCALE, "High"),
        ("critical", ["High", "Urgent"], SCALE, "Urgent"),
        ("medium", ["High", "Urgent"], SCALE, ""),
        ("P1", ["P0", "P1"], ("P0", "P1"), "P1"),
        ("P1", ["High"], ("P0", "P1"), ""),
        ("nobody can work", ["Nobody can work"], ("nobody can work",), "Nobody can work"),
        ("", ["High"], SCALE, ""),
        ("high", [], SCALE, ""),
    ],
)
def test_an_option_means_a_priority_by_its_name(
    priority: str, options: list[str], scale: tuple[str, ...], option: str
) -> None:
    assert option_of(priority, options, list(scale)) == option
