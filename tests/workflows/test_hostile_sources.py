"""Sources that a change brings are read by syntax and by settings: whatever they hold, it ends, soon, in a word."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.environment.manifests.inputs import reads_manifests_only
from sandbox.journal import FileAction, FileChange
from workflows.checks.change.steering.check_steering import steering
from workflows.checks.change.steering.python_hands import hands

PIECES = st.sampled_from(
    [
        *(
            b"import pytest\n",
            b"os._exit(0)",
            b"# coding: rot13\n",
            b"\xff\xfe",
            b"\0",
            b"(" * 300,
            b"def f():\n",
            b"  ",
        ),
        *(b"\\\n", b"[tool.pytest]\n", b'{"scripts": ', b"]]>", b"\r", b"x = " + b"-" * 5_000 + b"1\n", b"f'{"),
        *(b"match x:\n", b"lambda: "),
    ]
)
TEXTS = st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=12).map(b"".join))
NAMES = st.sampled_from(
    ["m.py", "test_m.py", "pyproject.toml", "setup.cfg", "package.json", "tox.ini", "a.test.ts", "x.go"]
)


@given(TEXTS, st.booleans())
def test_any_source_is_counted_or_said_to_be_unreadable(text: bytes, is_test: bool) -> None:
    assert hands(text, is_test=is_test) is None or isinstance(hands(text, is_test=is_test), Counter)


@given(NAMES, TEXTS, TEXTS)
def test_any_change_of_any_file_is_told_in_single_lines(name: str, before: bytes, after: bytes) -> None:
    blobs = {"a": before, "b": after}
    change = FileChange(name, FileAction.MODIFIED, "100644", "100644", "a", "b")
    assert all(said.startswith(f"{name}: ") for said in steering([change], blobs.__getitem__, [name], "pytest", ""))


def test_a_name_that_is_no_text_is_told_as_text() -> None:
    change = FileChange("\udcff/conftest.py", FileAction.CREATED, "", "100644", "", "a")
    (said,) = steering([change], {"a": b""}.__getitem__, [change.path])
    assert said.encode() == "\ufffd/conftest.py: says how the checks run".encode()


@pytest.mark.parametrize(
    "text", [b"(" * 100_000, b"[" * 100_000, b"x = " + b"-" * 200_000 + b"1", b"a." * 200_000 + b"a"]
)
def test_a_source_that_is_made_to_exhaust_the_parser_cannot_be_read(text: bytes) -> None:
    assert hands(text, is_test=False) is None or isinstance(hands(text, is_test=False), Counter)


@given(st.text(max_size=200), st.sampled_from([".", "a", "../..", "/"]))
def test_a_set_up_that_nobody_knows_counts_as_one_that_builds(command: str, cwd: str) -> None:
    assert reads_manifests_only(command, cwd, Path("/nowhere"), lambda path: False) in (True, False)
    if any(sign in command for sign in ("`", "$(", "|", ">", "&")) and not any(quote in command for quote in "'\"\\"):
        assert not reads_manifests_only(command, cwd, Path("/nowhere"), lambda path: True) or "&&" in command
