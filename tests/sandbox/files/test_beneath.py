"""File operations below one directory that never leave it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sandbox.errors import PathRefused
from sandbox.files.beneath import Below, writable
from sandbox.files.resolve import has_openat2


@pytest.fixture(params=["openat2", "walk"])
def below(tmp_path: Path, request: pytest.FixtureRequest) -> Below:
    """An empty directory, found by the kernel's own rule and by the walk of older kernels, with one outside of it."""
    if request.param == "openat2" and not has_openat2():
        pytest.skip("this kernel has no openat2")
    for name in ("tree", "staging", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside/kept").write_text("kept")
    return Below(tmp_path / "tree", tmp_path / "staging", request.param == "openat2")


def hostile(below: Below) -> None:
    """Links to the outside, as a name and as a directory on the way."""
    (below.root / "link").symlink_to("../outside/kept")
    (below.root / "way").symlink_to("../outside")


def untouched(below: Below) -> bool:
    outside = below.root.parent / "outside"
    return (
        os.listdir(outside) == ["kept"] and (outside / "kept").read_text() == "kept" and not os.listdir(below.staging)
    )


def test_a_file_is_put_with_its_mode_and_its_parents(below: Below) -> None:
    below.put("a/b/c", b"data\0\xff", 0o100755)
    assert (below.root / "a/b/c").read_bytes() == b"data\0\xff"
    assert stat.S_IMODE((below.root / "a/b/c").stat().st_mode) == 0o755
    assert stat.S_IMODE((below.root / "a").stat().st_mode) == 0o755
    assert os.listdir(below.staging) == []


def test_bits_that_are_nobodys_to_give_are_left_out(below: Below) -> None:
    below.put("a", b"", 0o107755)
    assert stat.S_IMODE((below.root / "a").stat().st_mode) == 0o755


def test_a_symlink_is_put_as_one_whatever_it_leads_to(below: Below) -> None:
    below.put("a", b"../outside/\xff", 0o120000)
    assert os.readlink(os.fsencode(below.root / "a")) == b"../outside/\xff"
    facts = below.stat("a")
    assert facts
    assert stat.S_ISLNK(facts.st_mode)


def test_what_was_there_is_replaced_and_what_a_link_leads_to_is_not(below: Below) -> None:
    hostile(below)
    below.put("link", b"new", 0o644)
    assert (below.root / "link").read_bytes() == b"new"
    assert not (below.root / "link").is_symlink()
    assert untouched(below)


def test_a_directory_is_in_the_way_of_a_file_and_nothing_half_written_is_left(below: Below) -> None:
    (below.root / "a/b").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        below.put("a", b"x", 0o644)
    assert untouched(below)
    assert (below.root / "a/b").is_dir()


def test_no_operation_goes_through_a_link(below: Below) -> None:
    hostile(below)
    for attempt in (
        lambda: below.put("way/x", b"x", 0o644),
        lambda: below.put("way/x/y", b"x", 0o644),
        lambda: below.discard("way/kept"),
        lambda: below.make_directory("way/x"),
        lambda: below.stat("way/kept"),
    ):
        with pytest.raises(PathRefused):
            attempt()
    below.prune("way/x")
    assert untouched(below)


@pytest.mark.parametrize("path", ["../outside/kept", "a/../../outside/kept", "/etc/passwd"])
def test_no_path_climbs_out(below: Below, path: str) -> None:
    for attempt in (lambda: below.put(path, b"x", 0o644), lambda: below.discard(path), lambda: below.stat(path)):
        with pytest.raises(PathRefused):
            attempt()
    assert untouched(below)


def test_a_file_on_the_way_is_no_directory(below: Below) -> None:
    below.put("a", b"x", 0o644)
    with pytest.raises(PathRefused):
        below.put("a/b", b"x", 0o644)
    assert (below.root / "a").read_bytes() == b"x"


def test_whatever_is_there_is_taken_away_and_links_alone(below: Below) -> None:
    hostile(below)
    below.put("d/e/f", b"x", 0o644)
    (below.root / "d/way").symlink_to("../../outside")
    os.mkfifo(below.root / "pipe")
    for name in ("link", "way", "d", "pipe", "missing", "missing/too"):
        below.discard(name)
    assert os.listdir(below.root) == []
    assert untouched(below)


def test_a_directory_is_made_in_place_of_whatever_it_was(below: Below) -> None:
    hostile(below)
    below.put("file", b"x", 0o644)
    below.put("full/x", b"x", 0o644)
    for name in ("link", "way", "file", "full", "new/deep"):
        below.make_directory(name)
        assert (below.root / name).is_dir()
        assert not (below.root / name).is_symlink()
        assert os.listdir(below.root / name) == []
    assert untouched(below)


def test_what_is_there_is_told_without_following_it(below: Below) -> None:
    hostile(below)
    below.put("a/b", b"x", 0o644)
    facts = {name: below.stat(name) for name in ("a", "a/b", "link", ".", "missing", "missing/x")}
    kinds = {name: facts and stat.S_IFMT(facts.st_mode) for name, facts in facts.items()}
    assert kinds == {
        "a": stat.S_IFDIR,
        "a/b": stat.S_IFREG,
        "link": stat.S_IFLNK,
        ".": stat.S_IFDIR,
        "missing": None,
        "missing/x": None,
    }
    assert [below.is_directory(n, missing=True) for n in ("a", "a/b", "way", "missing")] == [True, False, False, True]


def test_empty_directories_are_pruned_up_to_the_first_that_is_not(below: Below) -> None:
    below.put("a/kept", b"", 0o644)
    (below.root / "a/b/c/d").mkdir(parents=True)
    below.prune("a/b/c/d")
    assert os.listdir(below.root / "a") == ["kept"]
    below.prune("a")
    below.prune("missing/x")
    assert (below.root / "a/kept").exists()


def test_directories_that_nobody_may_write_are_changed_and_stay_as_they_were(below: Below) -> None:
    (below.root / "a/b").mkdir(parents=True)
    (below.root / "a").chmod(0o555)
    (below.root / "a/b").chmod(0o555)
    below.put("a/x", b"x", 0o644)
    below.discard("a/b")
    assert os.listdir(below.root / "a") == ["x"]
    assert stat.S_IMODE((below.root / "a").stat().st_mode) == 0o555
    (below.root / "a").chmod(0o755)


def test_a_directory_is_writable_for_as_long_as_it_takes(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    at = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
    try:
        with writable(at):
            (tmp_path / "x").touch()
    finally:
        os.close(at)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o555
    tmp_path.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_is_made_belongs_to_the_trees_owner(below: Below) -> None:
    os.chown(below.root, 1234, 1234)
    below.put("a/b", b"x", 0o644)
    below.put("link", b"nowhere", 0o120000)
    owners = {os.lstat(below.root / name).st_uid for name in ("a", "a/b", "link")}
    assert owners == {1234}


def test_no_descriptor_is_left_open(below: Below) -> None:
    before = len(os.listdir("/proc/self/fd"))
    hostile(below)
    below.put("a/b/c", b"x", 0o644)
    for path in ("way/x", "a/b/c/d", "missing/x"):
        try:
            below.stat(path)
            below.put(path, b"x", 0o644)
        except PathRefused:
            continue
    assert len(os.listdir("/proc/self/fd")) == before
