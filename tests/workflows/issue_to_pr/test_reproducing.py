"""The failing test first: when one is asked for, and what counts as a sentence of the issue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from workflows.agent import answers
from workflows.issue_to_pr import reproducing
from workflows.values import Issue

ISSUE = Issue(7, "add() subtracts", "Calling `add(1, 2)`\n  gives -1.\nIt should give 3.")


@pytest.mark.parametrize(
    ("rules", "asked"),
    [
        (None, False),
        ({}, False),
        ({"failing_test": "off"}, False),
        ({"failing_test": "try"}, True),
        ({"failing_test": "require"}, True),
    ],
)
def test_a_test_is_asked_for_as_the_repository_has_it(rules: Any, asked: bool) -> None:
    assert reproducing.is_asked_for({"verdict_rules": rules}) is asked
    assert not reproducing.is_asked_for({})


@pytest.mark.parametrize(
    ("quote", "holds"),
    [
        ("It should give 3.", True),
        ("it SHOULD   give 3", True),
        ("`add(1, 2)` gives -1", True),
        ("add() subtracts", True),
        ("It should give 4.", False),
        ("give 3.", False),
        ("", False),
        (".........", False),
        ("... a .......", False),
        ("gives -1. It should give 3...", True),
        ("\n \t", False),
    ],
)
def test_the_quoted_sentence_has_to_stand_in_the_issue(quote: str, holds: bool) -> None:
    ctx: Any = SimpleNamespace(issue=ISSUE)
    assert reproducing._holds(ctx, answers.TestReading(agrees=True, quote=quote, why="")) is holds
