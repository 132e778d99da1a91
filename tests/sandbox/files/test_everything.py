"""A box nests directories as deep as it likes; what measures them goes on without recursion and follows no link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.environment.cache import Environment, EnvironmentCache
from sandbox.environment.environment_entry import holds_many
from sandbox.files.erase import erase
from sandbox.files.everything import blocks, directories


def nest(top: Path, deep: int) -> None:
    """Directories within directories, deeper than any path may be long, and a file of 8 KB halfway down."""
    here = os.open(top, os.O_RDONLY)
    for number in range(deep):
        if number == deep // 2:
            file = os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=here)
            os.write(file, b"x" * 8192)
            os.close(file)
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    top = tmp_path / "deep"
    top.mkdir()
    nest(top, 1500)
    yield top
    if top.exists():
        erase(top)


def test_a_deep_nest_is_measured(deep: Path) -> None:
    assert blocks(deep) >= 8192
    assert sum(len(entries) for entries in directories(deep)) == 1501
    assert holds_many(deep)


def test_a_nest_that_is_deeper_than_a_path_is_long_is_measured_as_far_as_it_can_be(tmp_path: Path) -> None:
    top = tmp_path / "deeper"
    top.mkdir()
    nest(top, 4000)
    assert blocks(top) > 0
    erase(top)


def test_an_environment_with_a_deep_nest_is_kept_or_not_and_ends_nothing(deep: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    made = Environment(deep, made=())
    taken = EnvironmentCache(tmp_path / "cache").put("key", made, tree, tree)
    assert taken is None or taken.home.is_dir()
    for left in (tmp_path / "cache").glob("*/home"):
        erase(left)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/large").write_bytes(b"x" * 1_000_000)
    (tmp_path / "top").mkdir()
    (tmp_path / "top/link").symlink_to(tmp_path / "outside")
    (tmp_path / "top/loop").symlink_to(".")
    assert blocks(tmp_path / "top") < 100_000
    assert list(directories(tmp_path / "nowhere")) == []
