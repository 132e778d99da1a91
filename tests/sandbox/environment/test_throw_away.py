"""The repository that tools inside are given, and lock files that name a registry with a login."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.backend import Box, BoxCommand, CommandLimits
from sandbox.environment.manifests.lock_files import rewrite
from sandbox.environment.throw_away import Described, make_repository
from sandbox.git.repository import Repository
from tests.fakes.real_repository import commit, git
from tests.fakes.real_repository import make_repository as real

pytestmark = [pytest.mark.bwrap, pytest.mark.xdist_group("boxes")]


@pytest.mark.parametrize(
    ("described", "said"),
    [
        (Described("v1.2.3", 0), "v1.2.3"),
        (Described("v1.2.3", 1), "v1.2.3-1-g"),
        (Described("v1.2.3", 40), "v1.2.3-40-g"),
        (Described("release/1.0", 2, "feature/x"), "release/1.0-2-g"),
        (Described(), "fatal:"),
    ],
)
async def test_git_describes_the_tree_as_it_describes_the_base(box: Box, described: Described, said: str) -> None:
    (box.spec.tree / "a.txt").write_text("a\r\n")
    (box.spec.tree / "ignored.txt").write_text("tracked all the same\n")
    (box.spec.tree / ".gitignore").write_text("ignored.txt\n")
    await make_repository(box, described, CommandLimits())
    asked = "git describe --tags; git status --porcelain; git ls-files; git branch --show-current; ls /tmp"
    lines = (await box.run(BoxCommand(shell=asked))).output.splitlines()
    assert lines[0].startswith(said)
    assert lines[1:] == [".gitignore", "a.txt", "ignored.txt", described.branch]


async def test_what_a_set_up_made_is_no_part_of_it(box: Box) -> None:
    for path in ("a.txt", "node_modules/b/index.js", "sub/node_modules/c.js", "sub/d.txt", "it's [made]/x"):
        (box.spec.tree / path).parent.mkdir(parents=True, exist_ok=True)
        (box.spec.tree / path).write_text("1\n")
    (box.spec.tree / ".gitignore").write_text("a.txt\n")
    made = ["node_modules", "sub/node_modules", "it's [made]", "gone"]
    await make_repository(box, Described(), CommandLimits(), without=made)
    listed = (await box.run(BoxCommand(shell="git ls-files"))).output.splitlines()
    assert listed == [".gitignore", "a.txt", "sub/d.txt"]


async def test_what_lies_in_git_s_place_is_replaced_and_followed_nowhere(box: Box, tmp_path: Path) -> None:
    (box.spec.tree / ".git").symlink_to("/tmp")
    await make_repository(box, Described(), CommandLimits())
    assert (box.spec.tree / ".git").is_dir()
    assert not (box.spec.tree / ".git").is_symlink()


async def test_lock_files_name_the_box_s_way_to_a_registry(box: Box) -> None:
    base, here = "https://npm.example.org/all/", "http://127.0.0.1:3128/registry-abc/"
    lock = json.dumps({"packages": {"node_modules/a": {"resolved": f"{base}a/-/a-1.tgz", "integrity": "sha512-x"}}})
    files = {"package-lock.json": lock, "sub/yarn.lock": f'resolved "{base}b.tgz"', "docs.md": base, "bun.lockb": base}
    files |= {"uv.lock": "https://npmXexample.org/all/", "node_modules/a/package.json": base}
    for name, text in files.items():
        path = box.spec.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (box.spec.tree / "sub").chmod(0o777)
    told = await rewrite(box, {base: here}, CommandLimits())
    assert sorted(told) == [
        "`bun.lockb` names a registry that wants credentials, and cannot be rewritten",
        "`package-lock.json` names a registry that this machine has credentials for",
        "`sub/yarn.lock` names a registry that this machine has credentials for",
    ]
    assert (box.spec.tree / "package-lock.json").read_text() == lock.replace(base, here)
    for name in ("docs.md", "uv.lock", "bun.lockb", "node_modules/a/package.json"):
        assert (box.spec.tree / name).read_text() == files[name]


async def test_a_lock_file_that_is_a_link_leads_to_nothing_of_the_host(box: Box, tmp_path: Path) -> None:
    outside = tmp_path / "outside.lock"
    outside.write_text("https://npm.example.org/all/")
    (box.spec.tree / "yarn.lock").symlink_to(outside)
    assert await rewrite(box, {"https://npm.example.org/all/": "x"}, CommandLimits()) == []
    assert outside.read_text() == "https://npm.example.org/all/"


def test_the_nearest_tag_is_found_without_fetching_any(tmp_path: Path) -> None:
    source = tmp_path / "source"
    real(source, {"a": "1"})
    git(source, "tag", "-a", "v1.0.0", "-m", "one")
    commit(source, {"a": "2"})
    git(source, "tag", "nightly")
    head = commit(source, {"a": "3"})
    mirror = Repository.mirror(tmp_path / "mirror.git")
    mirror.fetch(str(source))
    assert mirror.nearest_tag(head, str(source)) == ("v1.0.0", 2)
    assert mirror.git.text("tag", "--list") == ""


def test_without_a_tag_of_a_version_there_is_none(tmp_path: Path) -> None:
    head = real(tmp_path / "source", {"a": "1"})
    git(tmp_path / "source", "tag", "nightly")
    mirror = Repository.mirror(tmp_path / "mirror.git")
    mirror.fetch(str(tmp_path / "source"))
    assert mirror.nearest_tag(head, str(tmp_path / "source")) == ("", 0)
