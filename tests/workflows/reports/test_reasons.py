"""What a failure says of itself, and not what the code says that stands around it."""

from __future__ import annotations

import pytest

from workflows.reports.reasons import Reason, ReasonKind, reason

CODE = '''\
    def parse(text):
        """Parse it. This text
        is expected to have been decoded, otherwise it will be.

        assert nothing about it; AssertionError is not raised, and
        raise ValueError("no such thing: No module named 'yaml'")
        """
        # ImportError: cannot import name 'soon' from 'later'
>       return text[1]
               ^^^^^^^
'''


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (
            "E       IndexError: list index out of range\n\na.py:9: IndexError\n",
            Reason(ReasonKind.ERROR, ("IndexError",), "IndexError: list index out of range"),
        ),
        ("E       assert 1 == 2\n\na.py:9: AssertionError\n", Reason(ReasonKind.ASSERTION, (), "assert 1 == 2")),
        (
            "E   NameError: name 'half' is not defined\n",
            Reason(ReasonKind.NAME, ("half",), "NameError: name 'half' is not defined"),
        ),
        ("E       fixture 'desk' not found\n", Reason(ReasonKind.FIXTURE, (), "fixture 'desk' not found")),
    ],
)
def test_of_pytest_only_what_it_says_counts(said: str, found: Reason) -> None:
    assert reason(CODE + said) == found


def test_what_could_not_be_reached_counts_wherever_it_stands() -> None:
    log = "E       assert None\n----- Captured log call -----\nConnection refused\n"
    assert reason(CODE + log).kind is ReasonKind.SERVICE


def test_other_runners_are_read_as_a_whole() -> None:
    assert reason("x.test.js\n  Expected: 1\n  Received: 2\n").kind is ReasonKind.ASSERTION
