"""Scripts that a shell is handed as a word."""

from __future__ import annotations

import shlex

import pytest

from sandbox.detect.commands.scripts.inline import inline


@pytest.mark.parametrize(
    ("line", "script"),
    [
        ("bash -c pytest", "pytest"),
        ("bash -euo pipefail -c 'a; b'", "a; b"),
        ("bash a.sh -c x", ""),
        ("gosu app bash -lc 'make test'", "make test"),
        ("schroot -c sid -- sh -c 'make test'", "make test"),
        ("su app -c 'make test'", "make test"),
        ("su - app --command 'make test'", "make test"),
        ("eval make test", "make test"),
        ("find . -name '*.sh' -exec sh -c 'shellcheck $0' {} +", ""),
        ("xargs sh -c 'black x'", ""),
        ("echo bash -c pytest", ""),
        ("pytest -c a.ini", ""),
        ("", ""),
    ],
)
def test_a_shells_script_is_found_behind_who_runs_it(line: str, script: str) -> None:
    assert inline(tuple(shlex.split(line))) == script
