"""What is not committed in a user's own tree: what git itself would say, without what its repository configures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.git.own_tree import uncommitted
from sandbox.git.plumbing import Git
from tests.fakes.real_repository import commit, git


def dirty(top: Path) -> list[str]:
    return uncommitted(top, git(top, "rev-parse", "HEAD"), Git(top, trusting=True, found=True))


def checked_out_anew(top: Path) -> None:
    """The files as git writes them with what is set now, each to be read again by whoever asks."""
    for path in (top / "a.txt", top / "b.txt"):
        path.unlink()
    git(top, "checkout", "--", ".")
    for path in (top / "a.txt", top / "b.txt"):
        os.utime(path, (1, 1))


def test_what_is_changed_staged_or_deleted_is_named_and_what_git_does_not_track_is_not(source: Path) -> None:
    commit(source, {"c.txt": "c\n", "é\n.txt": "e\n"})
    assert dirty(source) == []
    (source / "a.txt").write_text("other\n")
    (source / "b.txt").unlink()
    (source / "c.txt").write_text("staged\n")
    git(source, "add", "c.txt")
    (source / "é\n.txt").write_text("other\n")
    (source / "new.txt").write_text("new\n")
    assert dirty(source) == ["a.txt", "b.txt", "c.txt", "é\n.txt"]


def test_a_tree_without_an_index_is_all_changed_and_an_untouched_one_stays_as_it_was(source: Path) -> None:
    index = source / ".git/index"
    before = index.read_bytes()
    os.utime(source / "a.txt", (1, 1))
    assert dirty(source) == []
    assert index.read_bytes() == before
    index.unlink()
    assert dirty(source) == ["a.txt", "b.txt"]
    assert not index.exists()


def test_a_split_index_and_a_linked_tree_are_read_where_they_are(source: Path, tmp_path: Path) -> None:
    git(source, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    for top in (source, tmp_path / "side"):
        git(top, "update-index", "--split-index")
        assert dirty(top) == []
        (top / "a.txt").write_text("other\n")
        assert dirty(top) == ["a.txt"]


def test_a_disk_without_modes_and_links_makes_no_change(source: Path) -> None:
    os.symlink("a.txt", source / "link")
    commit(source, {})
    git(source, "config", "core.fileMode", "false")
    git(source, "config", "core.symlinks", "false")
    (source / "a.txt").chmod(0o755)
    (source / "link").unlink()
    (source / "link").write_text("a.txt")
    assert dirty(source) == []


@pytest.mark.parametrize("how", ["setting", "attributes"])
def test_line_ends_that_git_itself_has_written_are_no_change(source: Path, how: str) -> None:
    if how == "setting":
        git(source, "config", "core.autocrlf", "true")
    else:
        (source / ".git/info/attributes").write_text("*.txt text eol=crlf\n")
    checked_out_anew(source)
    assert (source / "b.txt").read_bytes() == b"b\r\n"
    assert dirty(source) == []
    (source / "b.txt").write_bytes(b"c\r\n")
    assert dirty(source) == ["b.txt"]


def test_no_filter_of_the_repository_s_own_is_run_whichever_file_names_it(source: Path, tmp_path: Path) -> None:
    (source / ".git/info/attributes").write_text("* filter=evil\n")
    git(source, "config", "filter.evil.clean", f"touch {tmp_path / 'mark'}; cat")
    os.utime(source / "a.txt", (1, 1))
    assert dirty(source) == []
    assert not (tmp_path / "mark").exists()
