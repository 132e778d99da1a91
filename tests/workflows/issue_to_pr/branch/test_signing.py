"""What a forge can make of a change, where commits have to be signed."""

from __future__ import annotations

import pytest

from sandbox.git.changes import compare
from workflows.issue_to_pr.branch.signing import is_odd

FILE, PROGRAM, LINK, MODULE = "100644", "100755", "120000", "160000"


@pytest.mark.parametrize(
    ("before", "after", "odd"),
    [
        ({}, {"a": (FILE, "1")}, False),
        ({}, {"a": (PROGRAM, "1")}, True),
        ({}, {"a": (LINK, "1")}, True),
        ({}, {"a": (MODULE, "1")}, True),
        ({"a": (FILE, "1")}, {"a": (PROGRAM, "1")}, True),
        ({"a": (PROGRAM, "1")}, {"a": (FILE, "1")}, True),
        ({"a": (PROGRAM, "1")}, {"a": (FILE, "2")}, True),
        ({"a": (PROGRAM, "1")}, {"a": (PROGRAM, "2")}, False),  # it keeps its mode
        ({"a": (LINK, "1")}, {"a": (FILE, "2")}, True),
        # what goes
        ({"a": (FILE, "1")}, {}, False),
        ({"a": (PROGRAM, "1")}, {}, False),
        ({"a": (LINK, "1")}, {}, False),
        ({"a": (MODULE, "1")}, {}, True),
        # what is called otherwise is a new file there
        ({"a": (FILE, "1")}, {"b": (FILE, "1")}, False),
        ({"a": (PROGRAM, "1")}, {"b": (PROGRAM, "1")}, True),
        ({"a": (PROGRAM, "1")}, {"b": (FILE, "1")}, False),
        ({"a": (LINK, "1")}, {"b": (LINK, "1")}, True),
    ],
)
def test_a_forge_makes_plain_files_alone(
    before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]], odd: bool
) -> None:
    assert any(is_odd(change) for change in compare(before, after)) is odd
