"""Marks that have linters and type checkers look away."""

from __future__ import annotations

import pytest

from workflows.policy.silenced import silenced, silenced_whole


@pytest.mark.parametrize(
    ("path", "after", "marks"),
    [
        ("a.py", "x = f()  # noqa: F821\n", ("# noqa",)),
        ("a.py", "x = 1  # type: ignore[assignment]\n", ("# type: ignore",)),
        ("a.py", "def f():  # pragma: no cover\n", ("# pragma: no cover",)),
        ("a.ts", "// @ts-expect-error\nf();\n", ("// @ts-expect-error",)),
        ("a.js", "/* eslint-disable-next-line no-undef */\nf();\n", ("/* eslint-disable-next-line",)),
        ("a.go", "f() //nolint:errcheck\n", ("//nolint",)),
        ("a.rs", "#[allow(dead_code)]\nfn f() {}\n", ("#[allow(",)),
        ("A.java", '@SuppressWarnings("all")\n', ("@SuppressWarnings",)),
        ("a.py", "# it is no quality matter\n", ()),
        ("a.md", "Write `# noqa` behind it.\n", ()),
    ],
)
def test_a_mark_that_a_change_adds_is_seen(path: str, after: str, marks: tuple[str, ...]) -> None:
    assert silenced(path, b"", after.encode()) == marks
    assert silenced(path, after.encode(), f"\n{after}".encode()) == (), "a line that moves is none"


@pytest.mark.parametrize(
    ("path", "after", "whole"),
    [
        ("a.py", "# ruff: noqa\nx = f()\n", True),
        ("a.py", "# mypy: ignore-errors\n", True),
        ("a.py", "# type: ignore\n", True),
        ("a.py", "x = f()  # type: ignore\n", False),
        ("a.py", "# pylint: skip-file\n", True),
        ("a.py", "# pyright: reportMissingImports=false\n", True),
        ("a.js", "/* eslint-disable */\n", True),
        ("a.js", "// eslint-disable-next-line no-undef\n", False),
        ("a.ts", "// @ts-nocheck\n", True),
        ("lib.rs", "#![allow(warnings)]\n", True),
        ("lib.rs", "#[allow(unused)]\n", False),
    ],
)
def test_a_file_that_is_taken_from_its_checks_is_seen(path: str, after: str, whole: bool) -> None:
    assert bool(silenced_whole(path, b"", after.encode())) is whole
