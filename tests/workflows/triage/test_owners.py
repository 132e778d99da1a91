"""CODEOWNERS as GitHub reads it."""

from __future__ import annotations

import pytest

from workflows.triage.owners import owners_of

RULES = """
# everything
*               @all
*.js            @web # not @nobody
/build/logs/    @ops
docs/*          @docs
apps/           @apps
/apps/github
**/logs         @logs
!*.md           @odd
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README", ("@all",)),
        ("src/a.js", ("@web",)),
        ("build/logs/a/b", ("@logs",)),
        ("other/build/x", ("@all",)),
        ("docs/a.txt", ("@docs",)),
        ("docs/deep/a.txt", ("@all",)),
        ("x/apps/y.py", ("@apps",)),
        ("apps/github", ()),
        ("apps/github/a", ()),
        ("a/logs", ("@logs",)),
        ("README.md", ("@all",)),
    ],
)
def test_the_last_rule_that_means_a_path_counts(path: str, owners: tuple[str, ...]) -> None:
    assert owners_of(path, RULES) == owners
