"""What a box leaves for the host to copy, compare and keep: each time with an end, a bound and a reason."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.environment.bytecode import strip
from sandbox.environment.cache import Environment, EnvironmentCache, copy_home
from sandbox.environment.manifests.fingerprint import new_paths, paths_in
from sandbox.files.erase import erase
from tests.sandbox.files.test_everything import nest
from workflows.checks.change.steering.laid import SetUpTree, laid_otherwise

_TB = 1024**4
_ODD = os.fsdecode(b"od\xff\n-rf")


def _sockets(top: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(top / "socket"))


def _listless(top: Path) -> None:
    (top / "shut").mkdir()
    (top / "shut" / "__pycache__").mkdir()
    (top / "shut" / "a.py").write_text("a = 1\n")
    (top / "shut").chmod(0)


LEFT: dict[str, Callable[[Path], object]] = {
    "a pipe": lambda top: os.mkfifo(top / "pipe"),
    "a socket": _sockets,
    "a file of terabytes": lambda top: os.truncate(os.open(top / "large", os.O_CREAT | os.O_WRONLY), 4 * _TB),
    "odd names": lambda top: (top / _ODD).write_text("odd"),
    "links out": lambda top: [(top / str(n)).symlink_to(to) for n, to in enumerate(("/etc", "..", "none", "0/passwd"))],
    "a link in a circle": lambda top: (top / "self").symlink_to("self"),
    "hard links": lambda top: [(top / "a").write_text("a"), (top / "b").hardlink_to(top / "a")],
    "a nest": lambda top: nest(top, 2_500),
    "a directory that cannot be listed": _listless,
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    for name in ("tree", "home", "user", "other", "outside"):
        (tmp_path / name).mkdir()
    (tmp_path / "outside" / "kept").write_text("kept")
    yield tmp_path
    for one in tmp_path.iterdir():
        if one.is_dir():
            erase(one)


@pytest.mark.parametrize("left", LEFT)
def test_whatever_a_set_up_leaves_is_kept_or_not_and_comes_out_as_what_it_is(place: Path, left: str) -> None:
    made, home = place / "tree" / "made", place / "home"
    made.mkdir()
    for top in (made, home):
        LEFT[left](top)
    before = _shown(home)
    cache = EnvironmentCache(place / "cache")
    kept = cache.put("k", Environment(home, made=("made",)), place / "tree", place / "user")
    if kept is None:  # what cannot be kept is as it was, and used where it is
        assert _shown(home) == before
        return
    taken = cache.take("k", place / "other", place / "user")
    assert taken is not None
    assert _shown(place / "other" / "made") == _shown(made)
    assert copy_home(taken, place / "home")
    assert _shown(home) == _shown(taken.home)
    assert (place / "outside" / "kept").read_text() == "kept"


@pytest.mark.parametrize("left", LEFT)
def test_whatever_a_set_up_leaves_is_compared_and_looked_through_to_an_end(place: Path, left: str) -> None:
    sides = []
    for name in ("home", "other"):
        home, tree = place / name, place / f"{name}-tree"
        tree.mkdir()
        for top in (home, tree):
            LEFT[left](top)
        strip(home)
        before = paths_in(tree)
        (tree / "new").mkdir()
        assert new_paths(tree, before) == ["new"]
        sides.append(SetUpTree(home, tree, {}))
    told = laid_otherwise(*sides)
    assert len(told) <= 7
    hidden = left in ("a file of terabytes", "a nest") or (left.endswith("listed") and os.geteuid() != 0)
    assert bool(told) == hidden, "what could not be looked at is not called the same"
    "".join(told).encode()  # what is told can be written down


def _shown(top: Path) -> list[tuple[str, ...]]:
    """What is below a directory, as far as paths reach: kinds, sizes and targets. No link is followed."""
    found = []
    for directory, directories, files in os.walk(top):
        if len(Path(directory).parts) > 50:
            directories.clear()
        for name in (*directories, *files):
            at = os.lstat(f"{directory}/{name}")
            target = os.readlink(f"{directory}/{name}") if stat.S_ISLNK(at.st_mode) else ""
            size = at.st_size if stat.S_ISREG(at.st_mode) else 0
            found.append((os.path.relpath(f"{directory}/{name}", top), str(stat.S_IFMT(at.st_mode)), str(size), target))
    return sorted(found)
