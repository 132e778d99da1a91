"""What rules have against a branch, told from the rules alone."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.ports import BranchRule
from workflows.steps.rules.ground_rules import against, matches

BY = "bot@example.org"


@pytest.mark.parametrize(
    "kind",
    ["required_status_checks", "workflows", "required_deployments", "code_scanning", "license_compliance_scanning"],
)
def test_checks_that_are_not_asked_for_where_a_branch_is_made_forbid_no_new_one(kind: str) -> None:
    lenient = BranchRule(kind, {"do_not_enforce_on_create": True})
    assert list(against(lenient, "fix/a", BY, new=True)) == []
    assert list(against(lenient, "fix/a", BY, new=False)) != []
    assert list(against(BranchRule(kind, {"do_not_enforce_on_create": False}), "fix/a", BY, new=True)) != []


@pytest.mark.parametrize(
    ("given", "text", "fits"),
    [
        ({"operator": "regex", "pattern": r"^(feat|fix)/[a-z0-9-]+$"}, "fix/issue-7", True),
        ({"operator": "regex", "pattern": r"^(feat|docs)/"}, "fix/issue-7", False),
        ({"operator": "regex", "pattern": r"\A[a-z]+/[\w.-]+\z"}, "fix/issue-7", True),
        ({"operator": "regex", "pattern": r"^fix/", "negate": True}, "fix/issue-7", False),
        ({"operator": "regex", "pattern": "("}, "fix/issue-7", True),
        ({"operator": "something new", "pattern": "x"}, "fix/issue-7", True),
        # these would not come to an end
        ({"operator": "regex", "pattern": r"^(a+)+$"}, "a" * 60 + "!", True),
        ({"operator": "regex", "pattern": r"^(a|aa)*$"}, "a" * 60 + "!", True),
        ({"operator": "regex", "pattern": "a*" * 30 + "$"}, "a" * 60 + "!", True),
        ({"operator": "regex", "pattern": r"^(?:x{1,9}){1,9}y"}, "x" * 60, True),
    ],
)
def test_a_pattern_is_read_as_github_reads_it_or_forbids_nothing(given: dict[str, Any], text: str, fits: bool) -> None:
    assert matches(given, text) is fits
