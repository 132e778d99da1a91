"""Whoever renames, replaces or opens up what is watched is seen; whoever uses it is not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.files.touched import Touched


def _watched(place: Path) -> tuple[Touched, list[int]]:
    (place / "d").mkdir()
    os.mkfifo(place / "d" / "p")
    there = [os.open(place / "d", os.O_PATH), os.open(place / "d" / "p", os.O_RDWR | os.O_NONBLOCK)]
    return Touched(there), there


@pytest.mark.parametrize(
    "does",
    [
        lambda at: (at / "d").rename(at / "e"),
        lambda at: (at / "d" / "p").chmod(0o600),
        lambda at: (at / "d" / "p").unlink(),
        lambda at: (at / "d" / "p").rename(at / "q"),
        lambda at: (at / "d" / "q").touch(),
        lambda at: (at / "d" / "q").hardlink_to(at / "d" / "p"),
    ],
    ids=["directory renamed", "mode", "removed", "moved out", "another beside it", "another name"],
)
def test_whoever_lays_hands_on_it_is_seen(tmp_path: Path, does: Callable[[Path], object]) -> None:
    touched, there = _watched(tmp_path)
    assert not touched.seen()
    does(tmp_path)
    assert touched.close()
    for one in there:
        os.close(one)


def test_whoever_uses_it_is_not(tmp_path: Path) -> None:
    touched, there = _watched(tmp_path)
    with (tmp_path / "d" / "p").open("w") as file:
        file.write("said")
    assert os.read(there[1], 10) == b"said"
    (tmp_path / "beside").touch()
    os.listdir(tmp_path / "d")
    assert not touched.close()
    for one in there:
        os.close(one)
