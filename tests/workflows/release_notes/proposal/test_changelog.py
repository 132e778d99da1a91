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


RULED = b"Changelog\n=========\n\n1.1.0 (2026-01-02)\n------------------\n\nFixed\n.....\n\n* That\n"
OVER = b"=======\nChanges\n=======\n\n-----\n1.1.0\n-----\n\n* That\n"
NEWS = (
    b"News\n====\n\n.. towncrier release notes start\n\n"
    b"thing 1.1.0\n===========\n\n1.1.0 (2026-01-02)\n==================\n\nFixes\n^^^^^\n\n- That\n"
)
MARKUPS = {
    "CHANGES.rst": (
        RULED,
        b"1.1.0 (2026",
        b"1.2.0 (2026-11-29)\n------------------\n\nNew\n...\n\n* A \\*thing\\* of ``f()`` (`#2 <https://x.y/pull/2>`__)\n\n",
    ),
    "docs/changelog.rst": (
        OVER,
        b"-----\n1.1.0",
        b"-----\n1.2.0\n-----\n\nNew\n~~~\n\n* A \\*thing\\* of ``f()`` (`#2 <https://x.y/pull/2>`__)\n\n",
    ),
    "NEWS.rst": (
        NEWS,
        b"1.1.0 (2026",
        b"1.2.0 (2026-11-29)\n==================\n\nNew\n^^^\n\n* A \\*thing\\* of ``f()`` (`#2 <https://x.y/pull/2>`__)\n\n",
    ),
    "CHANGELOG.adoc": (
        b"= Changes\n\n== 1.1.0 (2026-01-02)\n\n* That\n",
        b"== 1.1.0",
        b"== 1.2.0 (2026-11-29)\n\n=== New\n\n* pass:c[A *thing* of] `+f()+` (link:https://x.y/pull/2[#2])\n\n",
    ),
    "changelog.org": (
        b"#+TITLE: Changes\n\n* v1.1.0\n- That\n",
        b"* v1.1.0",
        b"* v1.2.0\n\n** New\n\n- A *thing* of =f()= ([[https://x.y/pull/2][#2]])\n\n",
    ),
    "CHANGES": (
        b"Changes\n\nVersion 1.1.0, 2026-01-02:\n  - That\n",
        b"Version 1.1.0",
        b"Version 1.2.0, 2026-11-29:\n\nNew:\n\n- A *thing* of f() (#2)\n\n",
    ),
    "HISTORY.txt": (
        b"1.1.0 / 2026-01-02\n==================\n\n  * that\n",
        b"1.1.0 /",
        b"1.2.0 / 2026-11-29\n==================\n\nNew:\n\n- A *thing* of f() (#2)\n\n",
    ),
    "NEWS": (
        b"# News\n\n## 1.1.0\n\n- That\n",
        b"## 1.1.0",
        b"## 1.2.0\n\n### New\n\n- A \\*thing\\* of `f()` ([#2](https://x.y/pull/2))\n\n",
    ),
}


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("path", MARKUPS)
def test_it_stands_there_in_the_markup_of_the_file(path: str, bom: bytes, ends: str) -> None:
    before, newest, put_in = MARKUPS[path]
    entry = ChangelogEntry("1.2.0", "2026-11-29", "### New\n\n- A \\*thing\\* of `f()` ([#2](https://x.y/pull/2))\n")
    after = before.replace(newest, put_in + newest, 1)
    said = with_entry(bom + before.replace(b"\n", ends.encode()), entry, path)
    assert said == bom + after.replace(b"\n", ends.encode())


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("C.rst", b"Changes\n=======\n", b"Changes\n=======\n\n1.2.0 (2026-11-29)\n------------------\n\nNew\n~~~\n\n"),
        ("C.adoc", b"= Changes", b"= Changes\n\n== 1.2.0 (2026-11-29)\n\n=== New\n\n"),
        ("C.org", b"", b"* 1.2.0 (2026-11-29)\n\n** New\n\n"),
    ],
)
def test_a_first_entry_is_headed_in_the_markup_of_the_file(path: str, before: bytes, after: bytes) -> None:
    assert with_entry(before, ENTRY, path).startswith(after)


@pytest.mark.parametrize("head", [b"**1.1.0** (2026-01-02)", b"<h2>1.1.0</h2>", b"Version 1.1.0 is here.", b"= 1.1.0"])
def test_nothing_is_put_in_where_it_is_not_known_how_entries_are_headed(head: bytes) -> None:
    with pytest.raises(NoEntry, match="headings that are not known"):
        with_entry(b"# Changes\n\n" + head + b"\n\n- That\n", ENTRY)


def test_a_version_within_a_comment_is_no_entry() -> None:
    before = b"# Changes\n\n<!--\n## 0.9.0 is how an entry begins\n-->\n\n## 1.1.0\n"
    assert with_entry(before, ENTRY).startswith(before[:-9] + b"## 1.2.0\n")


def test_a_line_end_of_its_own_does_not_change_those_of_the_entry() -> None:
    before = b"# Changes\n\n## 1.1.0\r\n\n- That\n"
    assert with_entry(before, ENTRY) == before.replace(
        b"## 1.1.0", b"## 1.2.0\n\n### New\n\n- A thing (#2)\n\n## 1.1.0"
    )
