"""Places of mounts below what boxes write: made by descriptors, whatever a box has put in their way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sandbox.backend import BoxSpec, Mount
from sandbox.boxes.inner_mounts import Inner, inner, make_place


@pytest.fixture
def holder(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_only_what_lies_below_a_place_of_the_box_is_one_of_them(tmp_path: Path) -> None:
    spec = BoxSpec("b", tmp_path / "tree", tmp_path / "home")
    targets = [
        "/work/a/b",
        "/home/box/.cargo",
        "/tmp/x",
        "/var/tmp/y",
        "/work",
        "/workshop/a",
        "/usr/lib",
        "/opt/work/x",
    ]
    found = inner(spec, [Mount(tmp_path, target, writable=target == "/tmp/x") for target in targets])
    assert [(one.holder, one.path, one.writable) for one in found] == [
        (spec.tree, "a/b", False),
        (spec.home, ".cargo", False),
        (spec.temporary, "x", True),
        (spec.temporary, "y", False),
    ]


def test_a_place_is_made_as_what_is_mounted_there_and_made_again_without_harm(tmp_path: Path, holder: Path) -> None:
    (tmp_path / "file").write_text("content")
    for source, path in ((tmp_path, "a/b/c"), (tmp_path / "file", "a/b/f")):
        for _ in range(2):
            assert make_place(Inner(source, holder, path), os.getuid())
    assert (holder / "a/b/c").is_dir()
    assert (holder / "a/b/f").read_bytes() == b""
    (holder / "a/b/f").write_text("kept")
    assert make_place(Inner(tmp_path / "file", holder, "a/b/f"), os.getuid())
    assert (holder / "a/b/f").read_text() == "kept"


@pytest.mark.parametrize(
    "path", ["link/x", "a/link", "../x", "a/../../x", "a//x", "a/aside", "file/x", "pipe", "n" * 300]
)
@pytest.mark.parametrize("kind", ["directory", "file"])
def test_what_a_box_has_put_there_leads_nowhere_and_is_told(tmp_path: Path, holder: Path, path: str, kind: str) -> None:
    outside = tmp_path / "outside"
    for directory in (outside, holder / "a"):
        directory.mkdir()
    for link in (holder / "link", holder / "a/link"):
        link.symlink_to(outside)
    (tmp_path / "theirs").touch()
    (holder / "a/aside").symlink_to(tmp_path / "theirs")
    (holder / "file").touch()
    os.mkfifo(holder / "pipe")
    (tmp_path / "source").touch()
    source = tmp_path if kind == "directory" else tmp_path / "source"
    held = len(os.listdir("/proc/self/fd"))
    assert not make_place(Inner(source, holder, path), os.getuid())
    assert os.listdir(outside) == []
    assert not (tmp_path / "x").exists()
    assert len(os.listdir("/proc/self/fd")) == held, "no descriptor is left"


def test_what_is_made_is_its_user_s_and_what_was_there_stays_whose_it_was(tmp_path: Path, holder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    (holder / "there").mkdir()
    assert make_place(Inner(tmp_path, holder, "there/new"), 4242)
    assert [os.stat(holder / name).st_uid for name in ("there", "there/new")] == [0, 4242]
    assert stat.S_ISDIR(os.stat(holder / "there/new").st_mode)
