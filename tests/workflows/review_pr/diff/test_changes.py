"""A change is read as git has it, whatever its files are called and hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.git.history import History
from sandbox.git.plumbing import Garbled
from tests.fakes.real_repository import commit, git, make_repository
from workflows.review_pr.diff import changes
from workflows.review_pr.diff.changes import ChangedFile, merge_base, read_changes


def changed(tmp_path: Path, before: dict[str, str | bytes], after: dict[str, str | bytes]) -> dict[str, ChangedFile]:
    place = tmp_path / "repository"
    base = make_repository(place, before)
    for path in set(before) - set(after):
        (place / path).unlink()
    head = commit(place, after)
    return {one.path: one for one in read_changes(History(place / ".git"), base, head)}


def test_lines_have_the_numbers_of_both_sides(tmp_path: Path) -> None:
    before = "".join(f"{number}\n" for number in range(1, 21))
    (one,) = changed(tmp_path, {"a": before}, {"a": before.replace("10\n", "ten\nand more\n")}).values()
    (hunk,) = one.hunks
    assert [(line.mark, line.text, line.old, line.new) for line in hunk.lines] == [
        (" ", "7", 7, 7),
        (" ", "8", 8, 8),
        (" ", "9", 9, 9),
        ("-", "10", 10, 0),
        ("+", "ten", 0, 10),
        ("+", "and more", 0, 11),
        (" ", "11", 11, 12),
        (" ", "12", 12, 13),
        (" ", "13", 13, 14),
    ]
    assert (hunk.numbers("RIGHT"), hunk.numbers("LEFT")) == (range(7, 15), range(7, 14))


@pytest.mark.parametrize(
    "name",
    ["a b", "a\tb", "a\nb", 'a"b', "é", "a\ndiff --git a/x b/x", "a\\n", "-rf", "a\r", "@@ -1 +1 @@"],
)
def test_no_name_passes_for_anything_else(tmp_path: Path, name: str) -> None:
    found = changed(tmp_path, {name: "old\n", "zz": "1\n"}, {name: "new\n", "zz": "2\n"})
    assert sorted(found) == sorted([name, "zz"])
    assert [line.text for line in found[name].hunks[0].lines] == ["old", "new"]
    assert [line.text for line in found["zz"].hunks[0].lines] == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "diff --git a/x b/x\n",
        "@@ -1,9 +1,9 @@\n",
        "-- a\n++ b\n",
        "Binary files a and b differ\n",
        "a\u2028b\x0bc\x0cd\x1ce\x85f\n",
        "a\rb\r\nc\n",
        "\\ No newline at end of file\n",
        "no newline",
        "\n\n\n",
    ],
)
def test_no_content_passes_for_a_head_and_lines_end_at_newlines_alone(tmp_path: Path, text: str) -> None:
    found = changed(tmp_path, {"a": "x\n", "b": "1\n"}, {"a": text, "b": "2\n"})
    added = [line.text for hunk in found["a"].hunks for line in hunk.lines if line.mark == "+"]
    assert "\n".join(added) == text.removesuffix("\n")
    assert not found["a"].binary
    assert [line.text for line in found["b"].hunks[0].lines] == ["1", "2"]


def test_each_kind_of_change_is_told_apart(tmp_path: Path) -> None:
    long = "".join(f"{number}\n" for number in range(50))
    before: dict[str, str | bytes] = {"gone": "1\n", "old": long, "part": long + "x\n", "bin": b"\0a", "same": "1"}
    after: dict[str, str | bytes] = {
        "new": long,
        "piece": long + "y\n",
        "bin": b"\0b",
        "same": "1",
        "come": "",
        "t": "2\n",
    }
    found = changed(tmp_path, before, after)
    told = {path: (one.status, one.old_path, len(one.hunks), one.binary) for path, one in found.items()}
    assert told == {
        "gone": ("deleted", "", 1, False),
        "new": ("renamed", "old", 0, False),
        "piece": ("renamed", "part", 1, False),
        "bin": ("modified", "", 0, True),
        "come": ("added", "", 0, False),
        "t": ("added", "", 1, False),
    }


def test_a_file_that_becomes_a_link_and_a_mode_are_one_file_each(tmp_path: Path) -> None:
    place = tmp_path / "repository"
    base = make_repository(place, {"a": "text\n", "b": "1\n", "c": "2\n"})
    (place / "a").unlink()
    (place / "a").symlink_to("b")
    (place / "b").chmod(0o755)
    head = commit(place, {"c": "3\n"})
    found = {one.path: one for one in read_changes(History(place / ".git"), base, head)}
    assert (found["a"].is_text, found["b"].hunks, found["c"].lines) == (False, (), 2)


def test_no_difference_is_no_file(tmp_path: Path) -> None:
    base = make_repository(tmp_path / "r", {"a": "1\n"})
    assert read_changes(History(tmp_path / "r" / ".git"), base, base) == ()


def test_what_is_cut_off_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    for cut in (b"@@ -1 +1 @@\n-a\n", b"garbage"):
        with pytest.raises(Garbled):
            list(changes._sections(b"diff --git a/a b/a\n" + cut if cut.startswith(b"@") else cut))


def test_the_change_begins_where_both_part(tmp_path: Path) -> None:
    place = tmp_path / "r"
    base = make_repository(place, {"a": "1\n"})
    git(place, "switch", "-q", "-c", "topic")
    head = commit(place, {"b": "1\n"})
    git(place, "switch", "-q", "main")
    later = commit(place, {"a": "2\n"})
    assert merge_base(History(place / ".git"), later, head) == base
