"""Tool chains are found where people have them, and nothing beside them is shown."""

from pathlib import Path

from sandbox.backend import Mount
from sandbox.host.toolchains import discover, outermost


def make(home: Path, *places: str) -> None:
    for place in places:
        (home / place).mkdir(parents=True)


def test_known_places_are_shown_and_come_on_the_path(tmp_path: Path) -> None:
    make(tmp_path, ".pyenv/shims", ".pyenv/bin", ".cargo/bin", ".rustup", ".ssh", ".config")
    found = discover("", tmp_path)
    assert [mount.target for mount in found.mounts] == [str(tmp_path / p) for p in (".cargo/bin", ".pyenv", ".rustup")]
    assert not any(mount.writable for mount in found.mounts)
    assert f"{tmp_path}/.pyenv/shims:{tmp_path}/.pyenv/bin:{tmp_path}/.cargo/bin" in found.path
    assert found.path.endswith("/usr/sbin:/usr/bin:/sbin:/bin")
    assert found.env == {"PYENV_ROOT": f"{tmp_path}/.pyenv", "RUSTUP_HOME": f"{tmp_path}/.rustup"}


def test_the_users_order_on_the_search_path_is_kept(tmp_path: Path) -> None:
    make(tmp_path, ".pyenv/shims", ".cargo/bin")
    found = discover(f"{tmp_path}/.cargo/bin:{tmp_path}/.pyenv/shims:/usr/bin", tmp_path)
    assert found.path.index(".cargo/bin") < found.path.index(".pyenv/shims")


def test_a_home_on_the_search_path_is_never_shown_whole(tmp_path: Path) -> None:
    make(tmp_path, "me/.ssh")
    home = tmp_path / "me"
    assert discover(f"{home}:{tmp_path}:relative:/nowhere", home).mounts == ()


def test_a_link_to_a_tool_chain_brings_what_it_points_at(tmp_path: Path) -> None:
    make(tmp_path, "me", "store/node/bin")
    (tmp_path / "me" / ".volta").symlink_to(tmp_path / "store" / "node")
    targets = [mount.target for mount in discover("", tmp_path / "me").mounts]
    assert targets == [str(tmp_path / "me/.volta"), str(tmp_path / "store/node")]


def test_the_newest_node_of_nvm_is_on_the_path(tmp_path: Path) -> None:
    make(tmp_path, ".nvm/versions/node/v9.1.0/bin", ".nvm/versions/node/v20.2.0/bin")
    assert f"{tmp_path}/.nvm/versions/node/v20.2.0/bin" in discover("", tmp_path).path
    assert "v9.1.0" not in discover("", tmp_path).path


def test_extra_directories_are_shown_with_their_programs(tmp_path: Path) -> None:
    make(tmp_path, "me", "zig", "jdk/bin")
    found = discover("", tmp_path / "me", [tmp_path / "zig", tmp_path / "jdk"])
    assert f"{tmp_path}/zig:{tmp_path}/jdk/bin" in found.path


def test_what_the_operator_asks_for_wins_over_shims_and_the_boxs_own_set_up_over_that(tmp_path: Path) -> None:
    make(tmp_path, ".pyenv/shims", "python/bin")
    found = discover(f"{tmp_path}/.pyenv/shims:/usr/bin", tmp_path, [tmp_path / "python"])
    order = found.path.split(":")
    assert order[0] == "/home/box/venv/bin"
    assert order.index(f"{tmp_path}/python/bin") < order.index(f"{tmp_path}/.pyenv/shims")


def test_shims_in_another_home_bring_their_tool_chain_and_nothing_else_of_that_home(tmp_path: Path) -> None:
    make(tmp_path, "me", "other/.pyenv/shims", "other/.pyenv/versions", "other/.ssh")
    found = discover(f"{tmp_path}/other/.pyenv/shims", tmp_path / "me")
    assert [mount.target for mount in found.mounts] == [f"{tmp_path}/other/.pyenv"]
    assert found.env == {"PYENV_ROOT": f"{tmp_path}/other/.pyenv"}
    assert f"{tmp_path}/other/.pyenv/shims" in found.path


def test_a_tool_chain_of_ones_own_home_keeps_its_variable(tmp_path: Path) -> None:
    make(tmp_path, "me/.pyenv/shims", "other/.pyenv/shims")
    found = discover(f"{tmp_path}/other/.pyenv/shims:{tmp_path}/me/.pyenv/shims", tmp_path / "me")
    assert found.env == {"PYENV_ROOT": f"{tmp_path}/me/.pyenv"}


def test_a_virtual_environment_on_the_search_path_is_shown_with_its_packages(tmp_path: Path) -> None:
    venv = tmp_path / "project" / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "pyvenv.cfg").touch()
    found = discover(str(venv / "bin"), tmp_path / "home")
    assert [mount.source for mount in found.mounts] == [venv]
    assert str(venv / "bin") in found.path.split(":")


def test_mounts_within_mounts_are_left_out(tmp_path: Path) -> None:
    mounts = [Mount(Path(p), p) for p in ("/a/b", "/a", "/ab", "/a/c/d", "/ab")]
    assert [mount.target for mount in outermost(mounts)] == ["/a", "/ab"]
