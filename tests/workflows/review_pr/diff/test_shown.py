"""What a model is shown: numbered hunks within their file, in parts that fit; and where names are spoken of."""

from __future__ import annotations

from pathlib import Path

from inline_snapshot import snapshot

from sandbox.git.history import History
from tests.fakes.real_repository import commit, make_repository
from workflows.review_pr.diff import shown
from workflows.review_pr.diff.changes import ChangedFile, Hunk, HunkLine, read_changes
from workflows.review_pr.diff.shown import file_text, parted
from workflows.review_pr.evidence import around, names_in, spoken_of


def test_a_file_is_shown_with_the_numbers_that_it_has_afterwards(tmp_path: Path) -> None:
    place = tmp_path / "r"
    before = "".join(f"{number}\n" for number in range(1, 31))
    base = make_repository(place, {"a": before})
    after = before.replace("15\n", "fifteen\n").replace("20\n", "")
    head = commit(place, {"a": after})
    (change,) = read_changes(History(place / ".git"), base, head)
    assert file_text(change, after) == snapshot("""\
a: modified
@@
     4   4
     5   5
     6   6
     7   7
     8   8
     9   9
    10   10
    11   11
    12   12
    13   13
    14   14
       - 15
    15 + fifteen
    16   16
    17   17
    18   18
    19   19
       - 20
    20   21
    21   22
    22   23
    23   24
    24   25
    25   26
    26   27
    27   28
    28   29
    29   30\
""")


def test_no_line_is_shown_twice_between_two_hunks(tmp_path: Path) -> None:
    place = tmp_path / "r"
    before = "".join(f"line {number}\n" for number in range(1, 61))
    base = make_repository(place, {"a": before})
    after = before.replace("line 20\n", "x\n").replace("line 40\n", "y\n").replace("line 32\n", "z\n")
    head = commit(place, {"a": after})
    (change,) = read_changes(History(place / ".git"), base, head)
    numbers = [row[:6].strip() for row in file_text(change, after).split("\n")[1:]]
    told = [number for number in numbers if number.isdigit()]
    assert len(told) == len(set(told))


def changed(path: str, count: int) -> ChangedFile:
    return ChangedFile(path, "modified", (Hunk(1, 1, tuple(HunkLine("+", "x", 0, n) for n in range(1, count + 1))),))


def test_code_goes_first_and_tests_last_and_what_does_not_fit_is_named() -> None:
    files = [changed("tests/test_a.py", 90), changed("docs/a.md", 5), changed("src/a.py", 1), changed("src/b.py", 50)]
    sizes = {one.path: 100 for one in files}
    assert parted(files, sizes).parts == (("src/b.py", "src/a.py", "docs/a.md", "tests/test_a.py"),)
    big = {one.path: shown.MOST_CHARACTERS for one in files}
    assert len(parted(files, big).parts) == 4
    big["src/b.py"] += 1
    assert parted(files, big).left == ("src/b.py",)
    many = [changed(f"src/{number}.py", 1) for number in range(9)]
    split = parted(many, {one.path: shown.MOST_CHARACTERS for one in many})
    assert (len(split.parts), len(split.left)) == (shown.MOST_PARTS, 4)


def test_names_are_those_that_tell_something() -> None:
    assert names_in("    return share(total, people) if total else None") == ["share", "people", "total"]
    assert names_in("return None") == []


def test_where_names_stand_is_found_in_the_commit_whatever_files_are_called(tmp_path: Path) -> None:
    place = tmp_path / "r"
    head = make_repository(
        place, {"a.py": "def share():\n    pass\n", "b:1.py": "share()\n", "c\nd": "share\n", "e.py": "shared\n"}
    )
    history = History(place / ".git")
    assert spoken_of(history, head, ["share", "--all", "none"], "a.py") == {
        "share": ["b:1.py:1: share()", "a.py:1: def share():"]
    }


def test_the_lines_around_are_numbered() -> None:
    assert around("a\nb\nc", 2, 2) == "     1\ta\n     2\tb\n     3\tc"
