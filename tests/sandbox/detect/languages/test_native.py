"""Tests of C and C++ that the build knows of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
FILES = {"configure.ac": "AC_INIT\n", "Makefile.am": "bin_PROGRAMS = a\n", "a.c": "", "b.c": ""}


@pytest.mark.parametrize(
    ("more", "test"),
    [
        ({}, []),
        ({"Makefile.am": "TESTS = t.sh\n"}, ["make check"]),
        ({"Makefile.am": "SUBDIRS = tests\n", "tests/Makefile.am": "check_PROGRAMS = t\n"}, ["make check"]),
        ({"Makefile.am": "check-local:\n\t./t\n"}, ["make check"]),
        (
            {".github/workflows/c.yml": "on: push\njobs:\n  t:\n    steps:\n      - run: make -j2 check\n"},
            ["make check"],
        ),
        ({".github/workflows/c.yml": "on: push\njobs:\n  t:\n    steps:\n      - run: make distcheck\n"}, []),
    ],
)
def test_automake_checks_only_what_is_registered_with_it(write: Write, more: dict[str, str], test: list[str]) -> None:
    found = detect(write({**FILES, **more}))
    assert [f.command for f in found.test] == test
    assert any(n.subject == "make check" for n in found.not_run) == (not test)
