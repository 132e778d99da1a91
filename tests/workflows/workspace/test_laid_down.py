"""What is known of a workspace's set-up is what was written whole, also after a power cut at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.backend import TreeLayer
from sandbox.git.repository import Repository
from sandbox.trees.workspace import Workspace
from tests.fakes.real_repository import git, make_repository
from workflows.workspace import laid_down


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    make_repository(tmp_path / "source", {"a.txt": "a\n"})
    mirror = Repository.mirror(tmp_path / "mirror.git")
    mirror.fetch(str(tmp_path / "source"))
    return Workspace.open(tmp_path / "runs", "r1", mirror, git(tmp_path / "source", "rev-parse", "HEAD"))


def test_of_a_workspace_without_a_set_up_nothing_is_known(workspace: Workspace) -> None:
    assert (laid_down.layer(workspace), laid_down.within(workspace), laid_down.made(workspace)) == (None, (), ())
    assert not laid_down.whole(workspace)
    laid_down.forget(workspace)


def test_a_set_up_that_left_nothing_below_is_known_for_what_it_made(workspace: Workspace) -> None:
    laid_down.write(workspace, None, ["node_modules", "a b\n/c\udcff"], {})
    assert laid_down.made(workspace) == ("node_modules", "a b\n/c\udcff")
    assert (laid_down.layer(workspace), laid_down.within(workspace)) == (None, ())
    assert laid_down.whole(workspace)
    laid_down.write(workspace, None, [], {})
    assert laid_down.made(workspace) == ()


def test_what_lies_in_layers_is_known_by_its_order_with_an_upper_one_for_each(workspace: Workspace) -> None:
    below = {"node_modules": Path("/e/1/tree/node_modules"), "a\udcff": Path("/e/1/tree/x y")}
    laid_down.write(workspace, Path("/e/1/home"), list(below), below)
    assert laid_down.layer(workspace) == Path("/e/1/home")
    assert laid_down.within(workspace) == (
        TreeLayer(Path("/e/1/tree/node_modules"), workspace.directory / "within-0", "node_modules"),
        TreeLayer(Path("/e/1/tree/x y"), workspace.directory / "within-1", "a\udcff"),
    )


def test_one_whose_layer_is_gone_or_was_not_written_whole_is_made_again(workspace: Workspace, tmp_path: Path) -> None:
    laid_down.write(workspace, tmp_path / "gone", ["x"], {"x": tmp_path / "gone/x"})
    assert not laid_down.whole(workspace)
    for said in (b"", b"/e/1"):  # what a power cut may leave
        (workspace.directory / "layer").write_bytes(said)
        assert not laid_down.whole(workspace)
    laid_down.write(workspace, None, ["x"], {})
    assert laid_down.whole(workspace)


def test_what_is_forgotten_is_the_layers_and_not_what_stands_in_the_tree(workspace: Workspace) -> None:
    laid_down.write(workspace, None, ["x"], {"x": Path("/e/1/x")})
    for _ in range(2):
        laid_down.forget(workspace)
    assert (laid_down.within(workspace), laid_down.layer(workspace), laid_down.made(workspace)) == ((), None, ("x",))
    assert not laid_down.whole(workspace)


def test_a_list_of_layers_that_was_cut_off_is_read_to_its_last_whole_pair(workspace: Workspace) -> None:
    (workspace.directory / "within").write_bytes(b"a\0/e/a\0b")
    assert [one.path for one in laid_down.within(workspace)] == ["a"]
    (workspace.directory / "within").write_bytes(b"")
    assert laid_down.within(workspace) == ()
