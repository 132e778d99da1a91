"""Preparing boxes: set-up once with the network, later copies, and failures that are no end."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.backend import MIB, BoxCommand, BoxSpec, CommandLimits, CommandOutcome, Kill
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.environment.cache import Environment, EnvironmentCache, copy_home
from sandbox.environment.set_up import REGISTRIES, Prepared, SetupCommand, Shelf, inside, prepare
from sandbox.files.erase import erase
from sandbox.host.configured.values import Configured
from sandbox.limits.slots import started
from tests.fakes.memory_box import MemoryBackend, says

NPM = SetupCommand("npm ci")
INSTALLED = says("added 1 package", writes={"/work/node_modules/a/index.js": "1", "/home/box/.npmrc": "cache"})


class Desk:
    """Fresh boxes over the same repository, with one cache."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = EnvironmentCache(root / "environments")
        self.boxes: list[Place] = []

    def box(self) -> Place:
        here = self.root / f"box-{len(self.boxes)}"
        (here / "tree").mkdir(parents=True)
        (here / "home").mkdir()
        (here / "tree/package-lock.json").write_text("{}")
        box = Place(BoxSpec(f"b{len(self.boxes)}", here / "tree", here / "home"))
        box.on("uname", says("x86_64"))
        box.on("site-packages", says())
        box.on("pyright --version", says())
        box.on("npm ci", INSTALLED)
        self.boxes.append(box)
        return box

    async def prepare(self, box: Place, *setup: SetupCommand, **more: object) -> Prepared:
        shelf = Shelf(self.cache)
        how = {"look": (shelf,), "keep": (shelf,), "repository": "r", **more}
        return await prepare(box, box.spec, setup or (NPM,), **how)  # type: ignore[arg-type]


class Place(MemoryBackend):
    """A scripted backend for the boxes over one tree and home."""

    def __init__(self, spec: BoxSpec) -> None:
        super().__init__()
        self.spec = spec

    @property
    def commands(self) -> list[BoxCommand]:
        return [command for box in self.boxes for command in box.commands]

    @property
    def lines(self) -> list[str]:
        return [command.line for command in self.commands]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_the_second_box_gets_a_copy_and_runs_no_set_up(desk: Desk) -> None:
    first, second = desk.box(), desk.box()
    assert (await desk.prepare(first)).cached is False
    assert (await desk.prepare(second)).cached is True
    assert (second.spec.tree / "node_modules/a/index.js").read_text() == "1"
    assert (second.spec.home / ".npmrc").read_text() == "cache"
    assert not any("npm" in line.split() for line in second.lines if "uname" not in line)


async def test_what_one_box_does_to_its_copy_does_not_reach_the_next(desk: Desk) -> None:
    first, second, third = desk.box(), desk.box(), desk.box()
    await desk.prepare(first)
    await desk.prepare(second)
    for box in (first, second):
        (box.spec.tree / "node_modules/a/index.js").write_text("poison")
    await desk.prepare(third)
    assert (third.spec.tree / "node_modules/a/index.js").read_text() == "1"


async def test_set_up_alone_has_the_network_and_only_to_registries_and_named_hosts(desk: Desk) -> None:
    box = desk.box()
    await desk.prepare(box, hosts=frozenset({"registry.example.org"}))
    networks = {"npm ci" in c.line and "uname" not in c.line: c.network for c in box.commands}
    assert networks[True] == REGISTRIES | {"registry.example.org"}
    assert networks[False] == frozenset()


async def test_a_failed_set_up_says_which_command_and_is_never_kept(desk: Desk) -> None:
    box, again = desk.box(), desk.box()
    box.on(
        "npm ci",
        says("npm error code ENOTFOUND\nnpm error A complete log of this run can be found in: x\n", exit_code=1),
    )
    prepared = await desk.prepare(box)
    assert prepared.failure == "`npm ci` ended with exit code 1: `npm error code ENOTFOUND`"
    assert (await desk.prepare(again)).cached is False


async def test_the_other_commands_of_a_failed_set_up_are_tried_but_not_after_a_kill(desk: Desk) -> None:
    box = desk.box()
    box.on("first", says("no", exit_code=1), says("", exit_code=137, killed=Kill.TIMEOUT))
    box.on("second", says("yes"))
    steps = (SetupCommand("first"), SetupCommand("second"))
    await desk.prepare(box, *steps)
    assert [line.splitlines()[-1] for line in box.lines].count("second") == 1
    prepared = await desk.prepare(box, *steps)
    assert [line.splitlines()[-1] for line in box.lines].count("second") == 1
    assert prepared.failure == "`first` was stopped (timeout)"


async def test_another_command_is_tried_in_the_place_of_one_that_fails(desk: Desk) -> None:
    box = desk.box()
    box.on("poetry", says("No candidates", exit_code=1))
    box.on("by pip", says("done"))
    step = SetupCommand("poetry install", instead="by pip")
    prepared = await desk.prepare(box, step)
    told = "`poetry install` ended with exit code 1: `No candidates`, so pip installed what it would have"
    assert (prepared.failure, prepared.told) == ("", (told,))
    box.on("by pip", says("neither", exit_code=1))
    failed = await desk.prepare(box, SetupCommand("poetry install", instead="by pip too"))
    assert failed.failure == "`poetry install` ended with exit code 1: `No candidates`"


@pytest.mark.parametrize("own_index", ["", "https://mirror.example/simple/"])
async def test_poetry_asks_an_index_as_pip_does_where_its_own_interface_is_missing(desk: Desk, own_index: str) -> None:
    box = desk.box()
    box.on("uv --version", says(exit_code=1))
    box.on("poetry-plugin-pypi-mirror", says("done"))
    box.on("poetry install", says("0 candidate(s) were identified", exit_code=1))
    box.on("POETRY_PYPI_MIRROR_URL=", says("Installing iniconfig"))
    step = SetupCommand('"$HOME/poetry/bin/poetry" install', instead="by pip")
    host = Configured(env={"PIP_INDEX_URL": own_index} if own_index else {})
    prepared = await desk.prepare(box, step, host=host)
    installed = [line.splitlines()[-1] for line in box.lines if "poetry install" in line or '" install' in line]
    asked = 'POETRY_PYPI_MIRROR_URL="${PIP_INDEX_URL:-https://pypi.org/simple/}" "$HOME/poetry/bin/poetry" install'
    assert installed == ([asked] if own_index else ['"$HOME/poetry/bin/poetry" install', asked])
    assert prepared.failure == ""
    assert [one.rpartition(", so ")[2] for one in prepared.told] == (
        [] if own_index else ["poetry asked the index as pip asks it"]
    )


@pytest.mark.parametrize("itself", ["-e .", "-e '.[test]' --group dev"])
@pytest.mark.parametrize("is_there", [True, False])
async def test_a_project_whose_own_lists_replace_it_is_installed_again(desk: Desk, itself: str, is_there: bool) -> None:
    box = desk.box()
    box.on("pip install", says("done"))
    box.on("direct_url", says(exit_code=0 if is_there else 1))
    own = SetupCommand(f'"$HOME/venv/bin/python" -m pip install {itself}')
    lists = SetupCommand('"$HOME/venv/bin/python" -m pip install -r requirements/tests.txt')
    prepared = await desk.prepare(box, own, lists)
    again = any(f"{itself} --no-deps" in line for line in box.lines)
    assert (again, prepared.failure, len(prepared.told)) == (not is_there, "", int(not is_there))
    assert not any("direct_url" in line for line in (await _lines(desk, lists, own)))


async def _lines(desk: Desk, *steps: SetupCommand) -> list[str]:
    """What is run in a box of its own for these steps."""
    box = desk.box()
    box.on("pip install", says("done"))
    await desk.prepare(box, *steps)
    return box.lines


async def test_what_only_linters_need_is_told_where_it_fails_and_kept_as_good(desk: Desk) -> None:
    box = desk.box()
    box.on("flake8", says("ERROR: ResolutionImpossible", exit_code=1))
    prepared = await desk.prepare(box, NPM, SetupCommand("get flake8", optional=True))
    told = "`get flake8` ended with exit code 1: `ERROR: ResolutionImpossible`"
    assert (prepared.failure, prepared.told) == ("", (told,))
    again = await desk.prepare(desk.box(), NPM, SetupCommand("get flake8", optional=True))
    assert (again.cached, again.told) == (True, (told,))


async def test_a_first_use_that_fails_is_told_and_is_no_failure(desk: Desk) -> None:
    box = desk.box()
    box.on("pip install", says("done"))
    box.on("pyright --version", says("npm error network request failed", exit_code=1))
    prepared = await desk.prepare(box, SetupCommand('"$HOME/venv/bin/python" -m pip install -e .'))
    told = "`the first use of pyright` ended with exit code 1: `npm error network request failed`"
    assert (prepared.failure, prepared.told) == ("", (told,))
    used = next(command for command in box.commands if "pyright --version" in command.line)
    assert "registry.npmjs.org" in used.network


async def test_what_lay_in_the_home_before_a_set_up_is_neither_kept_nor_left(desk: Desk) -> None:
    box, again = desk.box(), desk.box()
    planted = box.spec.home / ".local/bin/pytest"
    planted.parent.mkdir(parents=True)
    planted.write_text("echo 2 passed")
    await desk.prepare(box)
    assert (await desk.prepare(again)).cached
    assert not planted.exists()
    assert not (again.spec.home / ".local").exists()


@pytest.mark.parametrize("name", [".npmrc", ".cache"])
async def test_a_link_in_the_home_does_not_lead_the_copy_outside(desk: Desk, name: str) -> None:
    first, second = desk.box(), desk.box()
    writes = {"/home/box/.npmrc": "attack", "/home/box/.cache/npmrc": "attack"}
    for box in (first, second):
        box.on("npm ci", says("added", writes=writes))
    outside = desk.root / "outside"
    outside.mkdir()
    (outside / "npmrc").write_text("kept")
    (second.spec.home / name).symlink_to(outside if name == ".cache" else outside / "npmrc")
    await desk.prepare(first)
    assert (await desk.prepare(second)).cached
    assert (outside / "npmrc").read_text() == "kept"
    assert [entry.name for entry in outside.iterdir()] == ["npmrc"]


async def test_what_a_changed_tree_makes_is_not_kept_for_others(desk: Desk) -> None:
    box, again = desk.box(), desk.box()
    await desk.prepare(box, keep=())
    assert (await desk.prepare(again)).cached is False


async def test_nothing_to_set_up_runs_nothing(desk: Desk) -> None:
    box = desk.box()
    assert (await prepare(box, box.spec, (), look=(Shelf(desk.cache),))).failure == ""
    assert box.commands == []


async def test_a_tree_that_has_a_link_where_the_copy_should_go_is_not_written_through(desk: Desk) -> None:
    first, second, third = desk.box(), desk.box(), desk.box()
    deep = says("", writes={"/work/packages/a/node_modules/x.js": "1"})
    outside = desk.root / "outside"
    (outside / "a").mkdir(parents=True)
    for box in (first, second, third):
        box.on("npm ci", deep)
    (first.spec.tree / "packages/a").mkdir(parents=True)
    (second.spec.tree / "packages").symlink_to(outside)
    (third.spec.tree / "packages/a").mkdir(parents=True)
    (third.spec.tree / "packages/a/node_modules").symlink_to(outside)
    for box in (first, second, third):
        await desk.prepare(box)
    assert list((outside / "a").iterdir()) == []
    assert [entry.name for entry in outside.iterdir()] == ["a"]
    assert (third.spec.tree / "packages/a/node_modules").is_symlink(), "what the tree has stays as it is"


def _put(cache: EnvironmentCache, key: str, home: Path, tree: Path, made: list[str], user: Path) -> Environment | None:
    return cache.put(key, Environment(home, made=tuple(made)), tree, user)


def _environment(root: Path, name: str, size: int = 1000) -> tuple[Path, Path]:
    home, tree = root / f"{name}-home", root / f"{name}-tree"
    home.mkdir()
    tree.mkdir()
    (home / "data").write_bytes(b"x" * size)
    return home, tree


def test_two_that_keep_the_same_at_once_leave_one_whole_entry(tmp_path: Path) -> None:
    cache = EnvironmentCache(tmp_path / "c")
    homes = [_environment(tmp_path, f"e{n}", 200_000) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda pair: _put(cache, "key", *pair, [], pair[0].parent / "gone"), homes))
    taken = cache.take("key", tmp_path, tmp_path)
    assert taken is not None
    assert (taken.home / "data").stat().st_size == 200_000
    assert not list((tmp_path / "c").glob(".new-*"))


def test_the_least_recently_used_go_first_when_the_cache_is_full(tmp_path: Path) -> None:
    cache = EnvironmentCache(tmp_path / "c", most_bytes=700_000)
    for number, name in enumerate(("a", "b", "c")):
        _put(cache, name, *_environment(tmp_path, name, 200_000), [], tmp_path / "gone")
        entry = tmp_path / "c" / name / "entry.json"
        os.utime(entry, (entry.stat().st_mtime + number - 10,) * 2)
    assert cache.take("a", tmp_path, tmp_path / "gone")
    _put(cache, "d", *_environment(tmp_path, "d", 200_000), [], tmp_path / "gone")
    assert sorted(path.parent.name for path in (tmp_path / "c").glob("*/entry.json")) == ["a", "c", "d"]


def test_old_environments_and_forgotten_halves_are_removed(tmp_path: Path) -> None:
    cache = EnvironmentCache(tmp_path / "c", most_days=1)
    _put(cache, "old", *_environment(tmp_path, "old"), [], tmp_path / "gone")
    half = tmp_path / "c/.new-999999999.5-half"
    (half / "sub").mkdir(parents=True)
    long_ago = time.time() - 3 * 86_400
    for path in (tmp_path / "c/old/entry.json", half):
        os.utime(path, (long_ago, long_ago))
    cache.evict()
    assert [p for p in (tmp_path / "c").iterdir() if p.suffix != ".lock"] == []


def test_an_environment_that_is_too_large_is_not_kept(tmp_path: Path) -> None:
    cache = EnvironmentCache(tmp_path / "c", most_bytes=300_000)
    home, tree = _environment(tmp_path, "big", 200_000)
    assert _put(cache, "big", home, tree, [], tmp_path) is None
    assert (home / "data").stat().st_size == 200_000, "it is used where it is"
    assert not cache.take("big", tree, tmp_path)


@pytest.mark.parametrize("damage", ["", "{", '{"made": 3, "bytes": "x"}', '{"made": ["../../x"], "bytes": 1}'])
def test_a_damaged_entry_is_no_entry_and_never_leaves_the_tree(tmp_path: Path, damage: str) -> None:
    cache = EnvironmentCache(tmp_path / "c")
    home, tree = _environment(tmp_path, "e")
    (tree / "made").write_text("1")
    assert _put(cache, "key", home, tree, ["made"], tmp_path / "gone")
    (tmp_path / "c/key/entry.json").write_text(damage)
    target = tmp_path / "far/away/target"
    target.mkdir(parents=True)
    assert cache.take("key", target, target) is None
    assert not [p for p in (tmp_path / "far").rglob("*") if p.is_file()]
    cache.evict()


@pytest.mark.parametrize("lost", ["entry.json", "users", "home"])
def test_an_entry_that_lost_a_part_is_replaced_or_used_and_in_any_case_no_error(tmp_path: Path, lost: str) -> None:
    cache = EnvironmentCache(tmp_path / "c", most_days=0.0)
    assert _put(cache, "key", *_environment(tmp_path, "one"), [], tmp_path / "gone")
    part = tmp_path / "c/key" / lost
    part.unlink() if part.is_file() else shutil.rmtree(part)
    taken = cache.take("key", tmp_path, tmp_path / "gone")
    assert (taken is not None) is (lost == "users")
    assert _put(cache, "key", *_environment(tmp_path, "two"), [], tmp_path / "gone") is not None
    part = tmp_path / "c/key" / lost
    part.unlink() if part.is_file() else shutil.rmtree(part)
    cache.evict()
    assert not (tmp_path / "c/key").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_home_that_cannot_be_kept_for_want_of_room_is_as_it_was(tmp_path: Path) -> None:
    small = tmp_path / "disk"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,nr_inodes=200", "tmpfs", small], check=True)
    try:
        (small / "fill").mkdir()
        for left in range(9):
            cache = EnvironmentCache(small / f"c{left}")
            home, tree = small / f"run{left}/home", small / f"run{left}/tree"
            home.mkdir(parents=True)
            tree.mkdir()
            (home / "tool").write_text("made")
            while (free := os.statvfs(small).f_ffree) > left:
                (small / "fill" / f"{left}-{free}").touch()
            kept = _put(cache, "key", home, tree, [], home.parent)
            where = home if kept is None else kept.home
            assert (where / "tool").read_text() == "made"
            assert home.is_dir()
            erase(small / "fill")
            (small / "fill").mkdir()
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_what_another_process_left_half_written_is_removed_at_once_and_what_one_writes_is_not(tmp_path: Path) -> None:
    cache = EnvironmentCache(tmp_path / "c")
    dead, own = tmp_path / "c/.new-999999999.5-x", tmp_path / f"c/.new-{os.getpid()}.{started(os.getpid())}-x"
    for half in (dead, own):
        (half / "home").mkdir(parents=True)
    cache.evict()
    assert (dead.exists(), own.exists()) == (False, True)


def test_a_pin_without_its_text_keeps_nothing(tmp_path: Path) -> None:
    cache = EnvironmentCache(tmp_path / "c", most_days=0.0)
    assert _put(cache, "key", *_environment(tmp_path, "e"), [], tmp_path / "gone")
    (tmp_path / "c/key/users/emptied-by-a-power-cut").touch()
    (tmp_path / "c/key/users/.half").write_text(str(tmp_path))
    cache.evict()
    assert not (tmp_path / "c/key").exists()


async def test_a_home_that_a_crash_left_missing_is_made_again(desk: Desk) -> None:
    box = desk.box()
    box.spec.home.rmdir()
    assert (await desk.prepare(box)).failure == ""
    assert (box.spec.home / ".npmrc").exists()


def _touch(path: Path) -> None:
    at = path.stat()
    path.write_bytes(b"y" * at.st_size)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))


def _plant(path: Path) -> None:
    (path.parent / ".local").mkdir()


def _swap(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize("change", [_touch, _plant, _swap, Path.unlink, lambda path: path.chmod(0o777)])
def test_an_environment_that_is_not_as_it_was_written_is_given_to_nobody(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    cache = EnvironmentCache(tmp_path / "c")
    assert _put(cache, "key", *_environment(tmp_path, "e"), [], tmp_path / "gone")
    change(tmp_path / "c/key/home/data")
    assert cache.take("key", tmp_path, tmp_path) is None
    assert not (tmp_path / "c/key").exists(), "the next set-up can be kept in its place"


def test_an_environment_stays_while_a_workspace_has_it_below_its_home(tmp_path: Path) -> None:
    cache = EnvironmentCache(tmp_path / "c", most_days=0.0)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    assert _put(cache, "key", *_environment(tmp_path, "e"), [], workspace)
    cache.evict()
    assert (tmp_path / "c/key/home/data").exists()
    workspace.rmdir()
    cache.evict()
    assert not (tmp_path / "c/key").exists()


def test_read_only_directories_can_be_kept_copied_and_removed(tmp_path: Path) -> None:
    cache = EnvironmentCache(tmp_path / "c", most_days=0.0)
    home, tree = _environment(tmp_path, "e")
    module = home / "go/mod"
    module.mkdir(parents=True)
    (module / "x.go").write_text("package x")
    module.chmod(0o555)
    kept = _put(cache, "key", home, tree, [], tmp_path / "gone")
    assert kept is not None
    target = tmp_path / "t"
    target.mkdir()
    assert copy_home(kept, target)
    assert stat.S_IMODE((target / "go/mod").stat().st_mode) == 0o555
    cache.evict()
    assert not (tmp_path / "c/key").exists()
    (target / "go/mod").chmod(0o755)


@pytest.fixture
def place() -> Iterator[Path]:
    here = Path(tempfile.mkdtemp(prefix="environment-"))
    here.chmod(0o755)
    yield here
    shutil.rmtree(here, ignore_errors=True)


TOOL = '#!/usr/bin/env python3\nimport sys\nprint("tool in", sys.prefix)\n'
STEPS = (
    SetupCommand('python3 -m venv --without-pip "$HOME/venv"'),
    SetupCommand(f'printf %s \'{TOOL}\' > "$HOME/venv/bin/tool" && chmod +x "$HOME/venv/bin/tool"'),
)


class Copying(Bubblewrap):
    """As on a machine that mounts no layers."""

    async def layers(self, spec: BoxSpec) -> bool:
        return False


@pytest.fixture(params=[Bubblewrap, Copying])
def backend(request: pytest.FixtureRequest, box_machine: None) -> Bubblewrap:
    made: Bubblewrap = request.param()
    return made


def _spec(backend: Bubblewrap, place: Path, name: str) -> BoxSpec:
    spec = BoxSpec(f"environment-{name}", place / name / "tree", place / name / "home")
    for directory in (spec.tree, spec.home):
        directory.mkdir(parents=True)
        backend.own(directory)
    return spec


@pytest.mark.bwrap
@pytest.mark.xdist_group("boxes")
async def test_a_virtual_environment_works_in_the_next_box_and_belongs_to_it(backend: Bubblewrap, place: Path) -> None:
    shelf = Shelf(EnvironmentCache(place / "cache"))

    async def once(name: str) -> tuple[Prepared, CommandOutcome]:
        spec = _spec(backend, place, name)
        prepared = await prepare(backend, spec, STEPS, look=(shelf,), keep=(shelf,))
        async with backend.open(replace(spec, lower=prepared.lower)) as box:
            return prepared, await box.run(
                BoxCommand(shell=inside("tool && touch ~/venv/own && ! test -e ~/venv/mine"))
            )

    first, second = await once("a"), await once("b")
    assert (first[0].failure, first[0].cached, second[0].cached) == ("", False, True)
    for _, outcome in (first, second):
        assert outcome.output == "tool in /home/box/venv\n"
        assert outcome.ok, "what is below belongs to the box's user"


@pytest.mark.at_length
@pytest.mark.bwrap
@pytest.mark.xdist_group("boxes")
async def test_whatever_a_box_does_to_its_home_the_next_one_has_it_as_the_set_up_left_it(
    backend: Bubblewrap, place: Path
) -> None:
    shelf = Shelf(EnvironmentCache(place / "cache"))
    attacks = (
        "echo 'echo 2 passed' > ~/venv/bin/tool",
        "rm -rf ~/venv",
        "chmod 0 ~/venv/bin/tool",
        "mv ~/venv ~/v2; cp -r ~/v2 ~/venv; echo 'print(1)' >> ~/venv/bin/tool",
        "rm ~/venv/bin/tool; ln -s /etc/passwd ~/venv/bin/tool",
        "mkdir -p ~/.local/bin; echo 'echo 2 passed' > ~/.local/bin/tool; chmod +x ~/.local/bin/tool",
        "truncate -s 0 ~/venv/bin/tool; setfattr -n user.overlay.opaque -v y ~/venv 2>/dev/null",
        'python3 -c \'import mmap, sys; f = open(sys.argv[1], "r+b"); m = mmap.mmap(f.fileno(), 0); m[:4] = b"echo"\''
        " ~/venv/bin/tool",
    )
    for number, attack in enumerate(attacks):
        spec = _spec(backend, place, f"a{number}")
        prepared = await prepare(backend, spec, STEPS, look=(shelf,), keep=(shelf,))
        assert prepared.cached is (number > 0)
        async with backend.open(replace(spec, lower=prepared.lower)) as box:
            said = await box.run(BoxCommand(shell=inside("tool; ls ~/.local")))
            assert said.output.splitlines()[0] == "tool in /home/box/venv"
            assert "No such file" in said.output
            await box.run(BoxCommand(shell=attack))
        async with backend.open(replace(spec, lower=prepared.lower)) as again:
            seen = await again.run(BoxCommand(shell="cat ~/venv/bin/tool ~/.local/bin/tool"))
            assert not seen.output.startswith(TOOL + "cat: "), "the box itself keeps what it did"


@pytest.mark.bwrap
@pytest.mark.xdist_group("boxes")
async def test_nothing_is_left_of_the_layers_when_a_box_is_closed(box_backend: Bubblewrap, place: Path) -> None:
    shelf = Shelf(EnvironmentCache(place / "cache"))
    spec = _spec(box_backend, place, "a")
    prepared = await prepare(box_backend, spec, STEPS, keep=(shelf,))
    if prepared.lower is None:
        pytest.skip("this machine mounts no layers")
    async with box_backend.open(replace(spec, lower=prepared.lower)) as box:
        assert (await box.run(BoxCommand(shell="rm -r ~/venv; mkdir ~/venv; echo 1 > ~/mine"))).ok
    assert sorted(path.name for path in spec.home.parent.iterdir()) == ["home", "tree"]
    assert (spec.home / "mine").read_text() == "1\n"
    erase(spec.home)


@pytest.mark.bwrap
@pytest.mark.xdist_group("boxes")
async def test_the_disk_bound_counts_what_is_written_over_a_layer(box_backend: Bubblewrap, place: Path) -> None:
    shelf = Shelf(EnvironmentCache(place / "cache"))
    spec = _spec(box_backend, place, "a")
    prepared = await prepare(box_backend, spec, STEPS, keep=(shelf,))
    async with box_backend.open(replace(spec, lower=prepared.lower)) as box:
        fill = BoxCommand(
            shell="for n in $(seq 40); do head -c 4M /dev/zero > ~/venv/$n; done; sleep 30",
            limits=CommandLimits(disk_bytes=64 * MIB, wall_seconds=40),
        )
        assert (await box.run(fill)).killed is Kill.DISK


async def test_what_failed_for_one_ecosystem_alone_is_known_also_of_a_kept_set_up(desk: Desk) -> None:
    box, again, stopped, unknown = desk.box(), desk.box(), desk.box(), desk.box()
    steps = [SetupCommand("composer install", part="php"), SetupCommand("pip install .", part="python")]
    for one in (box, again, unknown):
        one.on("composer install", says("composer: command not found", exit_code=127))
        one.on("pip install", says("yes"))
    stopped.on("composer install", says("", exit_code=137, killed=Kill.TIMEOUT))
    keep = {"keep": (Shelf(desk.cache, good_only=False),)}
    for one, cached in ((box, False), (again, True)):
        prepared = await desk.prepare(one, *steps, **keep)
        assert (prepared.cached, list(prepared.parts)) == (cached, ["php"])
        assert prepared.failure == prepared.parts["php"]
    assert (await desk.prepare(stopped, *steps, look=())).parts == {}, "the other command was not tried"
    anyones = [SetupCommand("composer install"), steps[1]]
    assert (await desk.prepare(unknown, *anyones, look=())).parts == {}, "nobody knows who needs it"
