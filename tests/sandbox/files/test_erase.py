"""Erasing what a hostile tree may be: what its links point to stays, also where they appear meanwhile."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.files import erase as erasing
from sandbox.files.erase import empty, erase, erase_large


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside" / "deep").mkdir(parents=True)
    (tmp_path / "outside" / "kept").write_text("x")
    return tmp_path / "outside"


def test_links_are_removed_and_what_they_point_to_stays(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "tree" / "a").mkdir(parents=True)
    for place in ("tree/link", "tree/a/link"):
        (tmp_path / place).symlink_to(outside)
    erase(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert sorted(os.listdir(outside)) == ["deep", "kept"]


@pytest.mark.parametrize("program", ["/usr/bin:/bin", "/nowhere"])
def test_a_large_one_goes_by_a_process_of_its_own_or_without(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setenv("PATH", program)
    deep = tmp_path / "tree" / "-rf"
    deep.mkdir(parents=True)
    at = os.open(deep, os.O_RDONLY)
    for _ in range(1_500):  # deeper than a path may be long
        os.mkdir("level", dir_fd=at)
        inner = os.open("level", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.symlink(outside, "link", dir_fd=at)
    os.close(at)
    (tmp_path / "tree" / "link").symlink_to(outside)
    (tmp_path / "tree" / "shut").mkdir(mode=0)
    erase_large(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert sorted(os.listdir(outside)) == ["deep", "kept"]
    erase_large(tmp_path / "tree")


def test_a_link_in_place_of_the_directory_is_refused(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "tree").symlink_to(outside)
    with pytest.raises(OSError, match="Not a directory"):
        empty(tmp_path / "tree")
    assert sorted(os.listdir(outside)) == ["deep", "kept"]


def test_a_directory_that_becomes_a_link_while_we_look_is_refused(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tree" / "a").mkdir(parents=True)
    look = erasing._emptied

    def swapped(at: int) -> list[str]:
        found = look(at)
        if found == ["a"]:
            (tmp_path / "tree" / "a").rename(tmp_path / "elsewhere")
            (tmp_path / "tree" / "a").symlink_to(outside)
        return found

    monkeypatch.setattr(erasing, "_emptied", swapped)
    with pytest.raises(OSError, match="Not a directory"):
        erase(tmp_path / "tree")
    assert sorted(os.listdir(outside)) == ["deep", "kept"]
