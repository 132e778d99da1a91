"""Submodules and contents of git LFS: what boxes see of them, and what is told where they cannot be had."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.backend import BoxCommand, BoxSpec
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.git.repository import Repository
from sandbox.git.submodules import named_by
from sandbox.trees.workspace import Workspace
from tests.fakes.boxes import box_backend, box_machine
from tests.fakes.real_repository import commit, git, make_repository
from workflows.ports import Remote
from workflows.workspace.beside import Beside, fetch

__all__ = ["box_backend", "box_machine"]

CONTENT = b"weights" * 1000
OID = hashlib.sha256(CONTENT).hexdigest()
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {len(CONTENT)}\n"
MODULES = '[submodule "lib"]\n\tpath = vendor/lib\n\turl = https://github.com/o/lib.git\n'


@dataclass
class Place:
    """A user's repository with a submodule and a pointer, and a run's workspace of it."""

    root: Path
    source: Path
    link: str

    def open(self) -> tuple[Workspace, Repository]:
        mirror = Repository.mirror(self.root / "mirror.git")
        mirror.fetch(str(self.source))
        head = git(self.source, "rev-parse", "HEAD")
        return Workspace.open(self.root / "workspaces", "run", mirror, head), mirror

    def fetched(self) -> tuple[Workspace, Beside]:
        workspace, mirror = self.open()
        return workspace, fetch(workspace, mirror, workspace.base, Remote(str(self.source)), self.root / "mirrors")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    link = make_repository(tmp_path / "lib", {"lib.py": "ANSWER = 42\n", ".gitattributes": "*.py filter=evil\n"})
    source = tmp_path / "source"
    make_repository(source, {".gitmodules": MODULES, ".gitattributes": "*.bin filter=lfs\n", "big.bin": POINTER})
    git(source, "update-index", "--add", "--cacheinfo", f"160000,{link},vendor/lib")
    git(source, "commit", "-q", "-m", "A submodule")
    (source / "vendor/lib").mkdir(parents=True)
    return Place(tmp_path, source, link)


def _brought(place: Place) -> None:
    """As after `git submodule update` and `git lfs pull`."""
    shutil.copytree(place.root / "lib/.git", place.source / ".git/modules/lib")
    kept = place.source / ".git/lfs/objects" / OID[:2] / OID[2:4]
    kept.mkdir(parents=True)
    (kept / OID).write_bytes(CONTENT)


def test_what_is_nowhere_is_told_and_the_tree_is_as_git_has_it(place: Place) -> None:
    workspace, found = place.fetched()
    assert found.mounts == ()
    assert found.missing == {"vendor/lib": "submodule", "big.bin": "git LFS"}
    assert found.told == (
        "the submodules `vendor/lib` could not be fetched: tests that need them cannot judge",
        "contents of `big.bin` are kept by git LFS, and are not here: tests that need them cannot judge",
    )
    assert workspace.mark() == workspace.base_tree


def test_contents_that_are_not_what_the_pointer_says_are_not_shown(place: Place) -> None:
    _brought(place)
    (place.source / ".git/lfs/objects" / OID[:2] / OID[2:4] / OID).write_bytes(b"others")
    assert place.fetched()[1].missing == {"big.bin": "git LFS"}


@pytest.mark.bwrap
@pytest.mark.xdist_group("boxes")
async def test_a_box_sees_both_in_their_places_and_no_mark_changes(box_backend: Bubblewrap, place: Place) -> None:
    _brought(place)
    workspace, found = place.fetched()
    assert (found.told, found.missing) == ((), {})
    box_backend.own(workspace.tree)
    box_backend.own(workspace.home)
    spec = BoxSpec("beside", workspace.tree, workspace.home, found.mounts)
    async with box_backend.open(spec) as box:
        said = await box.run(BoxCommand(shell="cat vendor/lib/lib.py; wc -c < big.bin; echo x > vendor/lib/lib.py"))
    assert said.output.splitlines()[:2] == ["ANSWER = 42", str(len(CONTENT))]
    assert "Read-only" in said.output
    assert workspace.mark() == workspace.base_tree
    assert (workspace.tree / "big.bin").read_text() == POINTER


def test_submodules_of_submodules_lie_in_them(place: Place) -> None:
    inner = make_repository(place.root / "inner", {"deep.txt": "deep\n"})
    modules = '[submodule "inner"]\n\tpath = third/inner\n\turl = ../inner.git\n'
    modules += '[submodule "gone"]\n\tpath = gone\n\turl = ../gone.git\n'
    commit(place.root / "lib", {".gitmodules": modules})
    for path in ("third/inner", "gone"):
        git(place.root / "lib", "update-index", "--add", "--cacheinfo", f"160000,{inner},{path}")
    git(place.root / "lib", "commit", "-q", "-m", "Submodules of its own")
    head = git(place.root / "lib", "rev-parse", "HEAD")
    git(place.source, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor/lib")
    git(place.source, "commit", "-q", "-m", "A newer one")
    _brought(place)
    shutil.copytree(place.root / "inner/.git", place.source / ".git/modules/lib/modules/inner")
    for _ in range(2):
        _, found = place.fetched()
        assert found.missing == {"vendor/lib/gone": "submodule"}
        (lib,) = [mount for mount in found.mounts if mount.target.endswith("vendor/lib")]
        assert (lib.source / "third/inner/deep.txt").read_text() == "deep\n"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://github.com/o/lib.git", "https://github.com/o/lib.git"),
        ("git@github.com:o/lib.git", "https://github.com/o/lib.git"),
        ("../lib.git", "https://github.com/o/lib.git"),
        ("../../p/lib", "https://github.com/p/lib"),
        ("https://gitlab.com/o/lib.git", ""),
        ("https://github.com.evil.example/o/lib", ""),
        ("https://user:pw@github.com/o/lib", ""),
        ("https://github.com:8443/o/lib", ""),
        ("http://github.com/o/lib", ""),
        ("https://10.0.0.1/o/lib", ""),
        ("ext::sh -c id", ""),
        ("file:///etc", ""),
        ("/etc", ""),
        ("--upload-pack=id", ""),
        ("../../../../etc/passwd", "https://github.com/etc/passwd"),
        ("https://github.com/o/../../x", ""),
        ("https://github.com/o/lib?x=1", ""),
    ],
)
def test_only_addresses_of_the_same_forge_are_asked(place: Place, url: str, address: str) -> None:
    commit(place.source, {".gitmodules": MODULES.replace("https://github.com/o/lib.git", url)})
    workspace, mirror = place.open()
    links = {"vendor/lib": place.link}
    (found,) = named_by(mirror.git, workspace.base, links, "https://github.com/o/repository.git")
    assert found.url == address


@pytest.mark.parametrize("name", ["../../x", "/etc", "a/../../b", ".."])
def test_a_submodule_s_name_leads_out_of_no_directory(place: Place, name: str) -> None:
    (place.source / ".git/modules").mkdir(exist_ok=True)
    (place.source.parent / "x").mkdir()
    commit(place.source, {".gitmodules": MODULES.replace('"lib"', f'"{name}"')})
    workspace, mirror = place.open()
    (found,) = named_by(mirror.git, workspace.base, {"vendor/lib": place.link}, str(place.source))
    assert found.url == ""
