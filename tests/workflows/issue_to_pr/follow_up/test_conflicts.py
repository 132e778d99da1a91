"""Merges whose conflicts git leaves no marks for: none of them can be passed over."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.git.repository import Repository
from sandbox.trees.workspace import Workspace
from tests.fakes.real_repository import commit, git, make_repository
from workflows.issue_to_pr.follow_up.conflicts import MARKS, Sides, marked

TEXT = "".join(f"line {number}\n" for number in range(12))
OURS, THEIRS = TEXT.replace("line 3", "ours"), TEXT.replace("line 3", "theirs")
Files = Mapping[str, str | bytes | None]


def changed(place: Path, files: Files) -> str:
    for path in (name for name, text in files.items() if text is None):
        git(place, "rm", "-q", path)
    return commit(place, {name: text for name, text in files.items() if text is not None})


def merged(tmp_path: Path, before: Files, ours: Files, theirs: Files) -> tuple[dict[str, bytes], str]:
    """The tree's files after a merge, and what blocks it."""
    place = tmp_path / "r"
    base = make_repository(place, {name: text for name, text in before.items() if text is not None})
    git(place, "switch", "-q", "-c", "topic")
    tip = changed(place, ours)
    git(place, "switch", "-q", "main")
    onto = changed(place, theirs)
    mirror = Repository.mirror(tmp_path / "mirror.git")
    mirror.fetch(str(place), {})
    workspace = Workspace.open(tmp_path / "runs", "r1", mirror, tip)
    tree, blocked = marked(workspace, mirror, mirror.replay(base, tip, onto), Sides("main", "topic", onto, tip))
    return {path: workspace.objects.bytes_of(blob) for path, (_, blob) in workspace.listing(tree).items()}, blocked


@pytest.mark.parametrize(
    ("before", "ours", "theirs", "wanted"),
    [
        ({"a.py": TEXT}, {"a.py": OURS}, {"a.py": THEIRS}, ["a.py"]),
        ({"a.py": TEXT, "k": ""}, {"a.py": None}, {"a.py": THEIRS}, ["a.py"]),
        ({"a.py": TEXT, "k": ""}, {"a.py": OURS}, {"a.py": None}, ["a.py"]),
        ({"a.py": TEXT}, {"a.py": None, "b.py": TEXT}, {"a.py": None, "c.py": TEXT}, ["b.py", "c.py"]),
        ({"a.py": TEXT}, {"a.py": OURS}, {"a.py": None, "c.py": THEIRS}, ["c.py"]),
        ({"k": ""}, {"n.py": "ours"}, {"n.py": "theirs"}, ["n.py"]),
        ({"e.py": "x", "k": ""}, {"e.py": None}, {"e.py": ""}, ["e.py"]),
        ({"a.py": TEXT}, {"a.py": OURS}, {"k": ""}, []),
    ],
)
def test_each_conflict_holds_marks(
    tmp_path: Path, before: Files, ours: Files, theirs: Files, wanted: list[str]
) -> None:
    found, blocked = merged(tmp_path, before, ours, theirs)
    assert blocked == ""
    assert sorted(path for path, data in found.items() if MARKS.search(data)) == wanted


def test_a_deleted_file_says_on_which_side(tmp_path: Path) -> None:
    found, _ = merged(tmp_path, {"a.py": TEXT, "k": ""}, {"a.py": None}, {"a.py": THEIRS})
    text = found["a.py"].decode()
    assert text == f"<<<<<<< main\n{THEIRS}=======\n>>>>>>> topic (there is no such file)\n"
    shutil.rmtree(tmp_path / "r")
    shutil.rmtree(tmp_path / "runs")
    found, _ = merged(tmp_path, {"a.py": TEXT, "k": ""}, {"a.py": OURS}, {"a.py": None})
    assert found["a.py"].decode() == f"<<<<<<< main (there is no such file)\n=======\n{OURS}>>>>>>> topic\n"


def test_a_file_in_the_way_of_a_folder_cannot_be_passed_over(tmp_path: Path) -> None:
    found, blocked = merged(tmp_path, {"k": ""}, {"x": "file\n"}, {"x/y": "folder\n"})
    (odd,) = (path for path in found if path.startswith("x~"))
    assert (bool(MARKS.search(found[odd])), blocked) == (True, "")


def test_what_is_no_text_blocks_the_merge(tmp_path: Path) -> None:
    _, blocked = merged(tmp_path, {"a.bin": b"\0\1", "k": ""}, {"a.bin": b"\0\2"}, {"a.bin": b"\0\3"})
    assert blocked == "a.bin"
