"""Directories that a box has made are copied, moved and removed as they are, and never through a link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.files import moving


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a hard link, a link to the outside, a pipe, and a directory that its owner may not enter."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    made = tmp_path / "home"
    (made / "closed").mkdir(parents=True)
    (made / "file").write_text("text")
    os.link(made / "file", made / "twin")
    (made / "out").symlink_to(outside)
    os.mkfifo(made / "pipe")
    (made / "closed" / "inner").write_text("inner")
    (made / "closed").chmod(0)
    return made


def shape(place: Path) -> list[tuple[str, int, str]]:
    return sorted(
        (one.name, one.lstat().st_mode, os.readlink(one) if one.is_symlink() else "") for one in place.iterdir()
    )


def test_a_copy_has_modes_links_and_pipes_as_they_were(home: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        (home / "closed").chmod(0o700)
    assert moving.copy(home, tmp_path / "copy")
    assert shape(tmp_path / "copy") == shape(home)
    assert (tmp_path / "copy" / "file").stat().st_ino == (tmp_path / "copy" / "twin").stat().st_ino


def test_what_cannot_be_copied_is_told(tmp_path: Path) -> None:
    assert not moving.copy(tmp_path / "absent", tmp_path / "copy")


def test_a_home_that_is_moved_leaves_an_empty_one(home: Path, tmp_path: Path) -> None:
    before = shape(home)
    target = tmp_path / "kept"
    target.mkdir()
    assert moving.move(home, target)
    assert shape(target) == before
    assert list(home.iterdir()) == []
    assert not (tmp_path / "home.fresh").exists()


def test_a_home_is_not_moved_over_another_one(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.mkdir()
    (target / "there").write_text("there")
    before = shape(home)
    assert not moving.move(home, target)
    assert shape(home) == before
    assert (target / "there").read_text() == "there"


def test_what_is_removed_takes_nothing_along_that_a_link_leads_to(home: Path, tmp_path: Path) -> None:
    moving.remove(home)
    assert not home.exists()
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    moving.remove(tmp_path / "link")
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "outside" / "kept").read_text() == "kept"
    moving.remove(tmp_path / "absent")
