"""The agent's files: confined to the tree, and plain about why."""

from __future__ import annotations

import os
import shutil
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import PathRefused
from sandbox.files.agent_files import Item, PathKind, TreeFiles
from sandbox.files.names import is_git_name, parts_of
from sandbox.files.resolve import has_openat2


@pytest.fixture(params=["openat2", "walk"])
def files(tmp_path: Path, request: pytest.FixtureRequest) -> TreeFiles:
    """The files of an empty tree, found by the kernel's own rule and by the walk of older kernels."""
    if request.param == "openat2" and not has_openat2():
        pytest.skip("this kernel has no openat2")
    for name in ("tree", "staging", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    return TreeFiles(tmp_path / "tree", tmp_path / "staging", by_kernel=request.param == "openat2")


@pytest.fixture
def tree(tmp_path: Path, files: TreeFiles) -> Path:
    return tmp_path / "tree"


def test_what_was_written_is_read_and_parents_are_made(files: TreeFiles, tree: Path) -> None:
    files.write("a/b/c.txt", b"data")
    assert files.read("a/b/c.txt") == b"data"
    assert files.read("./a//b/c.txt", 2) == b"da"
    assert stat.S_IMODE((tree / "a/b/c.txt").stat().st_mode) == 0o644
    assert os.listdir(tree.parent / "staging") == []


def test_writing_keeps_the_mode_and_breaks_hard_links(files: TreeFiles, tree: Path) -> None:
    (tree / "tool").write_text("old")
    (tree / "tool").chmod(0o755)
    os.link(tree / "tool", tree / "twin")
    files.write("tool", b"new")
    assert stat.S_IMODE((tree / "tool").stat().st_mode) == 0o755
    assert (tree / "twin").read_text() == "old"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../outside/secret", "climbs"),
        ("a/../../outside/secret", "climbs"),
        ("/etc/passwd", "absolute"),
        ("a\0b", "NUL"),
        (".git/config", "git itself"),
        ("sub/.GIT/hooks/x", "git itself"),
        ("git~1/config", "git itself"),
        ("x" * 300, "too long"),
    ],
)
def test_paths_that_leave_the_tree_or_are_gits_own_are_refused(files: TreeFiles, path: str, why: str) -> None:
    with pytest.raises(PathRefused, match=why):
        files.read(path)
    with pytest.raises(PathRefused, match=why):
        files.write(path, b"x")


def test_a_symlink_is_refused_at_the_end_and_on_the_way(files: TreeFiles, tree: Path) -> None:
    (tree / "link").symlink_to(tree.parent / "outside" / "secret")
    (tree / "way").symlink_to(tree.parent / "outside")
    (tree / "inner").symlink_to(".")
    for path in ("link", "way/secret", "inner/link", "way/new/deep"):
        with pytest.raises(PathRefused, match=r"symlink|not a directory"):
            files.read(path)
        with pytest.raises(PathRefused, match=r"symlink|not a directory"):
            files.write(path, b"overwritten")
    with pytest.raises(PathRefused):
        files.list("way")
    assert files.kind("link") is PathKind.SYMLINK
    assert (tree.parent / "outside" / "secret").read_text() == "secret"
    assert os.listdir(tree.parent / "outside") == ["secret"]


def test_a_pipe_is_refused_without_waiting_for_its_other_end(files: TreeFiles, tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    with pytest.raises(PathRefused, match="pipe"):
        files.read("pipe")
    with pytest.raises(PathRefused, match="pipe"):
        files.write("pipe", b"x")
    assert files.kind("pipe") is PathKind.OTHER


def test_a_symlink_swapped_in_while_we_read_never_leads_out(files: TreeFiles, tree: Path) -> None:
    (tree / "dir").mkdir()
    (tree / "dir" / "secret").write_text("inside")
    (tree / "away").symlink_to(tree.parent / "outside")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            os.rename(tree / "dir", tree / "parked")
            with suppress(OSError):  # a write may have made the directory anew in between
                os.rename(tree / "away", tree / "dir")
                os.rename(tree / "dir", tree / "away")
            while (tree / "parked").exists():
                shutil.rmtree(tree / "dir", ignore_errors=True)
                with suppress(OSError):
                    os.rename(tree / "parked", tree / "dir")
            time.sleep(0.0001)

    thread = threading.Thread(target=swap)
    thread.start()
    seen: set[bytes] = set()
    try:
        for number in range(300):
            try:
                seen.add(files.read("dir/secret"))
                files.write("dir/secret", b"inside" + b"!" * (number % 3))
            except (PathRefused, FileNotFoundError):
                continue
    finally:
        stop.set()
        thread.join()
    assert b"secret" not in seen
    assert (tree.parent / "outside" / "secret").read_text() == "secret"


def test_a_directory_is_listed_with_kinds_and_without_git(files: TreeFiles, tree: Path) -> None:
    (tree / "b.txt").write_text("12345")
    (tree / "d").mkdir()
    (tree / ".git").mkdir()
    (tree / "l").symlink_to("nowhere")
    listed = files.list()
    assert [(item.name, item.kind) for item in listed] == [
        ("b.txt", PathKind.FILE),
        ("d", PathKind.DIRECTORY),
        ("l", PathKind.SYMLINK),
    ]
    assert listed[0] == Item("b.txt", PathKind.FILE, 5)


def test_what_is_absent_is_said_as_such(files: TreeFiles, tree: Path) -> None:
    (tree / "file").write_text("x")
    assert files.exists("file")
    assert not files.exists("nothing")
    assert not files.exists("no/thing")
    with pytest.raises(FileNotFoundError):
        files.read("nothing")
    with pytest.raises(FileNotFoundError):
        files.list("nothing")
    with pytest.raises(PathRefused, match="not a directory"):
        files.read("file/below")


def test_a_directory_is_no_file(files: TreeFiles, tree: Path) -> None:
    (tree / "d").mkdir()
    for call in (lambda: files.read("d"), lambda: files.write("d", b""), lambda: files.write("new/", b"")):
        with pytest.raises(PathRefused, match="directory"):
            call()


def test_new_files_belong_to_the_trees_owner(files: TreeFiles, tree: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(tree, 4242, 4243)
    files.write("deep/new", b"")
    for path in (tree / "deep", tree / "deep/new"):
        assert (path.stat().st_uid, path.stat().st_gid) == (4242, 4243)


@pytest.mark.parametrize(
    "name", [".git", ".GIT", ".gIt", "git~1", "GIT~2", ".git ", ".git.", ".g\u200cit", ".git::$DATA"]
)
def test_names_that_some_file_system_takes_for_git_are_known(name: str) -> None:
    assert is_git_name(name)


@pytest.mark.parametrize("name", [".gitignore", "git", ".github", "git~", "git~x", ".git-x", "x.git", "...", "~1"])
def test_names_that_only_resemble_git_pass(name: str) -> None:
    assert not is_git_name(name)


@given(st.text(max_size=40))
def test_no_path_that_is_let_in_climbs_or_is_absolute(path: str) -> None:
    try:
        parts = parts_of(path)
    except PathRefused:
        return
    assert not {"..", ".", "", ".git"} & set(parts)
    assert not any("/" in part or "\0" in part for part in parts)
