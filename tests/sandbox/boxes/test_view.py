"""bubblewrap's arguments: what a command sees, what it may write, and what its environment is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.backend import BoxSpec, Mount
from sandbox.boxes import view
from sandbox.boxes.stage import Stage


def arguments(folder: Path, *mounts: Mount, tree_writable: bool = True) -> list[str]:
    spec = BoxSpec("b", folder / "tree", folder / "home", tree_writable=tree_writable)
    return view.directories(spec, mounts, Stage(folder / "root", lambda: None))


def bound(words: list[str], target: str) -> str:
    return words[words.index(target) - 2]


def test_the_root_and_what_is_mounted_can_only_be_read_and_comes_before_what_a_box_writes(tmp_path: Path) -> None:
    words = arguments(tmp_path, Mount(tmp_path, "/opt/tools"))
    assert words[:3] == ["--ro-bind", str(tmp_path / "root"), "/"]
    assert bound(words, "/opt/tools") == "--ro-bind"
    assert [bound(words, place) for place in ("/home/box", "/work", "/tmp")] == ["--bind"] * 3
    assert words.index("/opt/tools") < words.index("/home/box")
    assert words[-2:] == ["--remount-ro", "/dev"]


def test_a_tree_that_is_only_looked_at_cannot_be_written(tmp_path: Path) -> None:
    assert bound(arguments(tmp_path, tree_writable=False), "/work") == "--ro-bind"


def test_what_lies_within_a_place_of_the_box_s_is_not_for_bubblewrap_to_find(tmp_path: Path) -> None:
    words = arguments(tmp_path, Mount(tmp_path, "/work/a"), Mount(tmp_path, "/home/box/b"), Mount(tmp_path, "/tmp/c"))
    assert not {"/work/a", "/home/box/b", "/tmp/c"} & set(words)


def test_nothing_of_the_host_s_environment_is_in_a_box_s_and_what_is_said_last_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_OF_HOST", "x")
    made = view.environment("/bin", {"LANG": "de_DE", "A": "1"}, {"A": "2"})
    assert (made["PATH"], made["LANG"], made["A"], made["HOME"]) == ("/bin", "de_DE", "2", "/home/box")
    assert "SECRET_OF_HOST" not in made
    assert view.setting({"A": "-x y", "B": ""}) == ["--setenv", "A", "-x y", "--setenv", "B", ""]


def test_arguments_are_passed_byte_for_byte_and_a_nul_could_begin_another_one() -> None:
    assert view.encode(["--bind", "/a\udcff", "ü\n"]) == b"--bind\0/a\xff\0" + "ü\n".encode() + b"\0"
    with pytest.raises(ValueError, match="NUL"):
        view.encode(["--setenv", "A", "x\0--bind\0/\0/"])


def test_a_network_of_its_own_is_taken_where_there_is_none_yet_and_no_power_is_left() -> None:
    for network in (True, False):
        words = view.isolation(no_nested_namespaces=False, network=network)
        assert ("--unshare-net" in words) is network
        assert {"--unshare-user", "--unshare-pid", "--unshare-ipc", "--clearenv", "--die-with-parent"} <= set(words)
        assert words[words.index("--cap-drop") + 1] == "ALL"
    assert "--disable-userns" in view.isolation(no_nested_namespaces=True, network=True)
