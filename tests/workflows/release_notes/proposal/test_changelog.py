"""An entry in a CHANGELOG: in the file's own style, and not another byte of it changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.release_notes.proposal.changelog import ChangelogEntry, NoEntry, with_entry

ENTRY = ChangelogEntry("1.2.0", "2026-11-29", "### New\n\n- A thing (#2)\n")

KEEP = b"# Changelog\n\nAll of it.\n\n## [Unreleased]\n\n- soon\n\n## [1.1.0] - 2026-01-02\n\n### Added\n\n- That\n"
PLAIN = b"# Changes\n\n## 1.1.0 (2026/01/02)\n\n* that\n\n## 1.0.0 (2025/01/02)\n"
LINED = b"unreleased\n==========\n\n * soon\n\n1.1.0 / 2026-01-02\n==================\n\n * that\n"
THIN = b"Changes\r\n=======\r\n\r\n1.1.0.Final (2026-01-02)\r\n---\r\n\r\n* that\r\n"
DEEP = b"### v1.1.0\r\n\r\n- that\r\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            KEEP,
            KEEP.replace(b"## [1.1.0]", b"## [1.2.0] - 2026-11-29\n\n### New\n\n- A thing (#2)\n\n## [1.1.0]"),
        ),
        (PLAIN, PLAIN.replace(b"## 1.1.0", b"## 1.2.0 (2026/11/29)\n\n### New\n\n- A thing (#2)\n\n## 1.1.0")),
        (DEEP, b"### v1.2.0\r\n\r\n#### New\r\n\r\n- A thing (#2)\r\n\r\n" + DEEP),
        (
            LINED,
            LINED.replace(b"1.1.0 /", b"1.2.0 / 2026-11-29\n==================\n\n## New\n\n- A thing (#2)\n\n1.1.0 /"),
        ),
        (
            THIN,
            THIN.replace(
                b"1.1.0.F",
                b"1.2.0 (2026-11-29)\r\n------------------\r\n\r\n### New\r\n\r\n- A thing (#2)\r\n\r\n1.1.0.F",
            ),
        ),
        (
            b"# Changes\n\n## 1.1.0-next.1.x\n",
            b"# Changes\n\n## 1.2.0\n\n### New\n\n- A thing (#2)\n\n## 1.1.0-next.1.x\n",
        ),
        (b"", b"## 1.2.0 (2026-11-29)\n\n### New\n\n- A thing (#2)\n"),
        (b"# Changes", b"# Changes\n\n## 1.2.0 (2026-11-29)\n\n### New\n\n- A thing (#2)\n"),
        (
            b"# Changes\n\n## Unreleased\n\n- soon",
            b"# Changes\n\n## Unreleased\n\n- soon\n\n## 1.2.0 (2026-11-29)\n\n### New\n\n- A thing (#2)\n",
        ),
    ],
)
def test_it_stands_before_the_newest_one_in_its_style(before: bytes, after: bytes) -> None:
    assert with_entry(before, ENTRY) == after


def test_an_older_release_goes_behind_newer_ones() -> None:
    found = with_entry(PLAIN, ChangelogEntry("1.0.5", "2026-11-29", "- x"))
    assert found.index(b"## 1.1.0") < found.index(b"## 1.0.5") < found.index(b"## 1.0.0")


@pytest.mark.parametrize("version", ["1.1.0", "v1.1.0", "1.1"])
def test_what_is_there_is_not_put_in_twice(version: str) -> None:
    with pytest.raises(NoEntry):
        with_entry(PLAIN, ChangelogEntry(version, "2026-11-29", "- x"))


def test_what_names_no_version_is_not_taken_for_the_same() -> None:
    before = b"# Changes\n\n## 1.0.0.SP1\n\n- a\n"
    assert b"## 1.0.0.SP2\n" in with_entry(before, ChangelogEntry("1.0.0.SP2", "2026-11-29", "- x"))


def test_a_version_in_code_is_no_entry() -> None:
    before = b"# Changes\n\n```\n## 9.9.9\n```\n\n## 1.0.0\n\n- a\n"
    after = with_entry(before, ENTRY)
    assert after.startswith(b"# Changes\n\n```\n## 9.9.9\n```\n\n## 1.2.0\n")


@given(
    st.lists(st.sampled_from([b"# C", b"## 1.1.0", b"## [Unreleased]", b"- x", b"", b"\xff\xfe", b"```"]), max_size=12)
)
@pytest.mark.hypothesis
def test_every_other_byte_stays_as_it_was(lines: list[bytes]) -> None:
    before = b"\n".join(lines)
    after = with_entry(before, ENTRY)
    at = after.index(b"1.2.0")
    start = after.rindex(b"#", 0, at)
    while after[start - 1 : start] == b"#":
        start -= 1
    kept = after[:start].rstrip(b"\n")
    assert before.startswith(kept)
    assert after.endswith(before[len(kept) :].lstrip(b"\n"))
