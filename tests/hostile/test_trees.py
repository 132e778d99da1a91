"""Trees made to attack the host that marks, restores and reads them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.errors import PathRefused, TreeRefused
from sandbox.files.remembered import MIB, TreeBounds
from sandbox.git.repository import Repository
from sandbox.journal import Where
from sandbox.trees.rebuild import journal_diff, rebuild
from sandbox.trees.workspace import Workspace
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.real_repository import git, make_repository

WHERE = Where("r1", "implement")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    make_repository(tmp_path / "source", {"a.txt": "a\n", "d/b.txt": "b\n"})
    mirror = Repository.mirror(tmp_path / "mirror.git")
    mirror.fetch(str(tmp_path / "source"))
    return Workspace.open(tmp_path / "runs", "r1", mirror, git(tmp_path / "source", "rev-parse", "HEAD"))


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a trace when the host runs it; its trace is looked for at the end."""
    path = tmp_path / "trap.sh"
    path.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    path.chmod(0o755)
    return path


def sprung(trap: Path) -> bool:
    return (trap.parent / "sprung").exists()


def use_everything(workspace: Workspace) -> None:
    """Every way in which the host touches a tree."""
    ledger = MemoryLedger()
    (workspace.tree / "a.txt").write_text("changed\n")
    recorded = workspace.record(ledger, WHERE)
    workspace.diff(recorded.before, recorded.after)
    journal_diff(ledger.entries("r1"), ledger)
    workspace.files.list()
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def evil_git(directory: Path, trap: Path) -> None:
    """A repository there whose configuration runs the trap at every opportunity."""
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "-q")
    for key in ("core.fsmonitor", "core.sshCommand", "diff.external", "core.pager", "filter.evil.clean"):
        git(directory, "config", key, str(trap))
    git(directory, "config", "filter.evil.smudge", str(trap))
    git(directory, "config", "diff.evil.textconv", str(trap))
    for hook in ("pre-commit", "post-checkout", "post-index-change", "reference-transaction"):
        shutil.copy(trap, directory / ".git" / "hooks" / hook)


def test_the_trap_springs_where_git_is_run_on_the_tree(workspace: Workspace, trap: Path) -> None:
    evil_git(workspace.tree, trap)
    subprocess.run(["git", "-C", str(workspace.tree), "status"], capture_output=True, check=False)
    assert sprung(trap), "else the tests below prove nothing"


def test_a_git_directory_at_the_top_is_neither_run_nor_read_nor_kept(workspace: Workspace, trap: Path) -> None:
    evil_git(workspace.tree, trap)
    (workspace.tree / ".gitattributes").write_text("* filter=evil diff=evil\n")
    use_everything(workspace)
    assert not sprung(trap)


def test_attributes_with_filters_run_nothing_when_a_commit_brings_them(tmp_path: Path, trap: Path) -> None:
    files: dict[str, str | bytes] = {".gitattributes": "* filter=evil diff=evil merge=evil\n", "a.txt": "a\n"}
    make_repository(tmp_path / "s", files)
    mirror = Repository.mirror(tmp_path / "m.git")
    mirror.fetch(str(tmp_path / "s"))
    use_everything(Workspace.open(tmp_path / "runs", "r1", mirror, git(tmp_path / "s", "rev-parse", "HEAD")))
    assert not sprung(trap)


def test_a_nested_repository_is_refused_and_runs_nothing(workspace: Workspace, trap: Path) -> None:
    evil_git(workspace.tree / "d" / "nested", trap)
    (workspace.tree / ".gitmodules").write_text(
        '[submodule "n"]\n\tpath = d/nested\n\turl = ext::sh\n\tignore = none\n'
    )
    with pytest.raises(TreeRefused, match="git repository"):
        workspace.mark()
    workspace.restore(workspace.base_tree)
    assert not (workspace.tree / "d" / "nested").exists()
    assert workspace.mark() == workspace.base_tree
    assert not sprung(trap)


def test_a_git_file_that_points_to_another_directory_is_refused(workspace: Workspace, trap: Path) -> None:
    evil_git(workspace.tree / "x", trap)
    (workspace.tree / "x" / ".git").rename(workspace.tree / "elsewhere")
    (workspace.tree / "x" / ".git").write_text("gitdir: ../elsewhere\n")
    with pytest.raises(TreeRefused, match="git repository"):
        workspace.mark()
    assert not sprung(trap)


@pytest.mark.parametrize("url", ["ext::sh -c touch% sprung", "--upload-pack=touch sprung"])
def test_submodules_are_data_whatever_their_addresses(workspace: Workspace, tmp_path: Path, url: str) -> None:
    content = f'[submodule "x\\r"]\n\tpath = "sub\\r"\n\turl = {url}\n\tupdate = !touch {tmp_path}/sprung\n'
    (workspace.tree / ".gitmodules").write_text(content)
    use_everything(workspace)
    assert not list(tmp_path.rglob("sprung"))


def test_alternates_in_the_tree_give_the_host_no_objects(workspace: Workspace) -> None:
    (workspace.tree / "objects" / "info").mkdir(parents=True)
    (workspace.tree / "objects" / "info" / "alternates").write_text("/etc\n")
    use_everything(workspace)


def test_a_file_tool_cannot_reach_what_a_symlink_points_to(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (workspace.tree / "link").symlink_to(tmp_path / "secret")
    (workspace.tree / "dir").symlink_to(tmp_path)
    for path in ("link", "dir/secret", "../../../secret", str(tmp_path / "secret"), "a\0b"):
        with pytest.raises(PathRefused):
            workspace.files.read(path)
        with pytest.raises(PathRefused):
            workspace.files.write(path, b"taken")
    assert (tmp_path / "secret").read_text() == "secret"


def test_a_mark_takes_a_symlink_as_a_symlink_and_a_restore_writes_not_through_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("mine")
    shutil.rmtree(workspace.tree / "d")
    (workspace.tree / "d").symlink_to(outside)
    (workspace.tree / "a.txt").unlink()
    (workspace.tree / "a.txt").symlink_to(outside / "b.txt")
    listing = workspace.listing(workspace.mark())
    assert {path: mode for path, (mode, _) in listing.items()} == {"a.txt": "120000", "d": "120000"}
    workspace.restore(workspace.base_tree)
    assert (workspace.tree / "d" / "b.txt").read_text() == "b\n"
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"b.txt": "mine"}


def test_files_that_grow_shrink_and_turn_into_pipes_while_the_host_reads_hold_nothing_up(tmp_path: Path) -> None:
    make_repository(tmp_path / "source", {"a.txt": "a\n"})
    mirror = Repository.mirror(tmp_path / "mirror.git")
    mirror.fetch(str(tmp_path / "source"))
    base = git(tmp_path / "source", "rev-parse", "HEAD")
    bounds = TreeBounds(file_bytes=2 * MIB, new_bytes=64 * MIB)
    workspace = Workspace.open(tmp_path / "runs", "r1", mirror, base, bounds=bounds)
    place, over = workspace.tree / "grows", threading.Event()

    def grow() -> None:
        while not over.is_set():
            with suppress(OSError):
                with place.open("ab") as file:
                    for _ in range(40):
                        file.write(b"x" * 100_000)
                place.open("wb").close()
                place.unlink()
                os.mkfifo(place)
                place.unlink()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        for _ in range(60):
            with suppress(TreeRefused):
                workspace.mark()
    finally:
        over.set()
        thread.join(60)
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def test_directories_swapped_for_symlinks_while_the_host_works_never_lead_out(
    workspace: Workspace, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("mine")
    stop = threading.Event()
    tree = workspace.tree

    def swap() -> None:
        while not stop.is_set():
            try:
                os.rename(tree / "d", tree / "parked")
                os.symlink(outside, tree / "d")
                time.sleep(0.0003)
                os.unlink(tree / "d")
                os.rename(tree / "parked", tree / "d")
                time.sleep(0.0003)
            except OSError:
                continue

    thread = threading.Thread(target=swap)
    thread.start()
    blobs: set[bytes] = set()
    try:
        for _ in range(400):
            try:
                listing = workspace.listing(workspace.mark())
                files = [blob for mode, blob in listing.values() if mode != "120000"]
                blobs |= {data for _, data in workspace.objects.read(files)}
                if not (tree / "d").exists():
                    workspace.restore(workspace.base_tree)
            except (TreeRefused, PathRefused, OSError):
                continue
    finally:
        stop.set()
        thread.join()
    assert b"mine" not in blobs
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"b.txt": "mine"}
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def make_socket(path: Path) -> None:
    here = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{here}/{path.name}")
    finally:
        os.close(here)


def make_device(path: Path) -> None:
    try:
        os.mknod(path, 0o020666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root can make devices")


@pytest.mark.parametrize("make", [os.mkfifo, make_socket, make_device], ids=["pipe", "socket", "device"])
@pytest.mark.parametrize("name", ["odd", "a.txt", ".gitignore"])
def test_pipes_sockets_and_devices_are_refused_without_a_hang(
    workspace: Workspace, make: Callable[[Path], None], name: str
) -> None:
    (workspace.tree / name).unlink(missing_ok=True)
    make(workspace.tree / name)
    with pytest.raises(TreeRefused, match=f"'{name}' is a device, a socket or a pipe"):
        workspace.mark()
    with pytest.raises(PathRefused):
        workspace.files.read(name)
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def test_odd_names_make_an_exact_round_trip(workspace: Workspace, tmp_path: Path) -> None:
    names = [
        b"new\nline",
        b"-rf",
        b"--",
        b"not \xff\xfe utf8",
        b"n" * 255,
        b" ",
        b"a\\b",
        b"*",
        b":(top)x",
        b'"q"',
        b"tab\t",
    ]
    for name in names:
        with open(os.path.join(os.fsencode(workspace.tree), name), "wb") as file:
            file.write(name)
    ledger = MemoryLedger()
    recorded = workspace.record(ledger, WHERE)
    assert sorted(os.fsencode(change.path) for change in recorded.changes) == sorted(names)
    workspace.restore(workspace.base_tree)
    assert sorted(os.listdir(workspace.tree)) == ["a.txt", "d"]
    rebuild(ledger, "r1", workspace, recorded.after)
    for name in names:
        with open(os.path.join(os.fsencode(workspace.tree), name), "rb") as file:
            assert file.read() == name
    assert journal_diff(ledger.entries("r1"), ledger)


def test_case_twins_are_two_files(workspace: Workspace) -> None:
    (workspace.tree / "A.txt").write_text("big\n")
    listing = workspace.listing(workspace.mark())
    assert {"a.txt", "A.txt"} <= listing.keys()


@pytest.mark.parametrize("name", [".GIT", "git~1", ".git ", ".g\u200cit", ".Git"])
@pytest.mark.parametrize("where", [".", "d"])
def test_names_that_pass_for_git_elsewhere_are_refused(workspace: Workspace, name: str, where: str) -> None:
    (workspace.tree / where / name).mkdir()
    (workspace.tree / where / name / "config").write_text("[core]\n")
    with pytest.raises(TreeRefused, match="git repository"):
        workspace.mark()
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def test_giants_are_refused_before_a_byte_of_them_is_read(workspace: Workspace) -> None:
    for name, size in (("big", 300 * 1024**2), ("sparse", 8 * 1024**3)):
        with open(workspace.tree / name, "wb") as file:
            file.truncate(size)
        with pytest.raises(TreeRefused, match=f"{name}.* at most 100 MiB"):
            workspace.mark()
        workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def test_an_encoding_asked_for_by_attributes_is_not_applied(workspace: Workspace) -> None:
    (workspace.tree / ".gitattributes").write_text("* working-tree-encoding=UTF-7 text eol=crlf ident\n")
    (workspace.tree / "a.txt").write_bytes(b"\xff\xfe$Id$\r\n")
    mark = workspace.mark()
    workspace.restore(workspace.base_tree)
    workspace.restore(mark)
    assert (workspace.tree / "a.txt").read_bytes() == b"\xff\xfe$Id$\r\n"


@pytest.mark.parametrize("rules", ["*" * 40 + "b\n", ("*a" * 40 + "!\n"), "\0\xff\n" * 100, "[" * 1000 + "\n"])
def test_ignore_rules_made_to_be_slow_end_in_time(workspace: Workspace, rules: str) -> None:
    (workspace.tree / ".gitignore").write_text(rules)
    (workspace.tree / ("a" * 200)).write_text("x")
    with suppress(TreeRefused):  # either answer will do, so long as there is one
        workspace.mark()
    workspace.restore(workspace.base_tree)
    assert workspace.mark() == workspace.base_tree


def test_a_symlink_for_ignore_rules_is_not_followed(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("*\n")
    (workspace.tree / ".gitignore").symlink_to(tmp_path / "rules")
    (workspace.tree / "seen").write_text("x")
    assert "seen" in workspace.listing(workspace.mark())
