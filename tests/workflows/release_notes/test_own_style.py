"""Kinds of changes that a CHANGELOG has not listed until now: learned from its entries, and never from too little."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.history import History
from tests.fakes.real_repository import commit, git, make_repository
from workflows.release_notes.own_style import (
    DEPENDENCIES,
    DOCS,
    RELEASES,
    TOOLS,
    cited_by_version,
    kind_of,
    left_out,
    parted,
)
from workflows.release_notes.ranges import RangeRead, read_changes

EVERY = (DEPENDENCIES, DOCS, TOOLS)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two releases with four pull requests of each kind."""
    make_repository(tmp_path / "r", {"a.py": "0\n"})
    git(tmp_path / "r", "tag", "v1.0")
    for release in (1, 2):
        for n in range(4):
            at = 100 * release + 10 * n
            for number, path, title in (
                (at + 1, f"src{at}.py", "Add a thing"),
                (at + 2, f"docs/p{at}.md", "Say more"),
                (at + 3, f"tests/test_{at}.py", "Test more"),
                (at + 4, f"lock{at}.txt", "Bump x from 1 to 2"),
            ):
                commit(tmp_path / "r", {path: f"{number}\n"}, f"{title} (#{number})")
        git(tmp_path / "r", "tag", f"v1.{release}")
    return tmp_path / "r"


def entry(release: int, *lasts: int) -> str:
    cited = "".join(f"- Something. (#{100 * release + 10 * n + last})\n" for n in range(4) for last in lasts)
    return f"## v1.{release} (2026-01-0{release})\n\n{cited}\n"


def learned(place: Path, changelog: str, since: str = "v1.2") -> tuple[str, ...]:
    return left_out(History(place / ".git"), changelog, since)


@pytest.mark.parametrize(
    ("changelog", "kinds"),
    [
        (entry(2, 1) + entry(1, 1), EVERY),
        (entry(2, 1, 2) + entry(1, 1, 2), (DEPENDENCIES, TOOLS)),
        (entry(2, 1, 2, 3, 4) + entry(1, 1, 2, 3, 4), ()),
        (entry(2, 1), ()),  # four of a kind say too little
        (entry(2) + entry(1), ()),
        (entry(2, 2) + entry(1, 2), ()),  # what else there is it does not cite either
        ("", ()),
        ("# Changes\n\nWe tell nothing.\n", ()),
        ((entry(2, 1) + entry(1, 1)).replace("\n", "\r\n"), EVERY),
        ((entry(2, 1) + entry(1, 1)).replace("## v1", "## [1").replace(" (2026", "] - (2026"), EVERY),
        ((entry(2, 1) + entry(1, 1)).replace("(#", "[#x](https://github.com/o/r/pull/").replace("x]", "1]"), EVERY),
    ],
)
def test_a_kind_that_is_hardly_ever_cited_is_left_out(place: Path, changelog: str, kinds: tuple[str, ...]) -> None:
    assert learned(place, changelog) == kinds


def test_only_releases_up_to_the_last_one_count(place: Path) -> None:
    assert learned(place, entry(2, 1) + entry(1, 1), since="v1.1") == ()
    assert learned(place, entry(2, 1) + entry(1, 1), since="nightly") == ()


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("🔖 Release version 0.141.1", RELEASES),
        (":bookmark: Release version 0.5.0", RELEASES),
        ("Release 1.2.3", RELEASES),
        ("Version 0.28.0", RELEASES),
        ("Version 0.28.1.", RELEASES),
        ("chore(release): release v2.0.0-rc.1", RELEASES),
        ("Prepare for release 2.10.0", RELEASES),
        ("Bump version to 1.4.0", RELEASES),
        ("Release the lock that version 1.2 held", ""),
        ("Support version 3.13", ""),
        ("Bump requests 2.0", ""),
        ("Version 2.0 of the protocol is spoken", ""),
        ("Release 1.2.3 no longer crashes", ""),
    ],
)
def test_a_change_that_only_makes_a_release_is_a_kind_of_its_own(place: Path, title: str, kind: str) -> None:
    commit(place, {"a.py": "9\n"}, f"{title} (#950)")
    (change,) = read(place).changes
    assert kind_of(change, (), ("a.py",)) == kind


def read(place: Path) -> RangeRead:
    return read_changes(History(place / ".git"), "v1.2", "main")


def test_what_breaks_something_is_told_whatever_it_touches(place: Path) -> None:
    commit(place, {"docs/new.md": "x\n"}, "docs!: move the manual (#901)")
    commit(place, {"docs/more.md": "x\n"}, "Say it better (#902)")
    commit(place, {"src.py": "x\n"}, "Add one more (#903)")
    found = read(place)
    told, kept = parted(found.changes, EVERY, {}, found.paths)
    assert ([one.number for one in told], [one.number for one in kept]) == ([901, 903], [902])
    assert parted(found.changes, (), {}, found.paths) == (list(found.changes), [])


def test_numbers_of_an_entry() -> None:
    text = "# 2.0\n\n- A (#3, #4), o/r#5, &#39; [#6](https://x/o/r/pull/7)\n\n## Fixed\n\n- #8\n\n## 1.0\n\n- #9\n"
    assert cited_by_version(text) == {"2.0": {3, 4, 6, 7, 8}, "1.0": {9}}
