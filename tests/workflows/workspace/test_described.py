"""What a throw-away repository says of the run's base: its branch as git takes it, and whether tags are asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.git.repository import Repository
from sandbox.trees.workspace import Workspace
from tests.fakes.real_repository import git, make_repository
from tests.fakes.snapshots import snapshot
from workflows.workspace.described import asks_for_tags, branch_of


def opened(folder: Path, files: dict[str, str | bytes]) -> Workspace:
    make_repository(folder / "source", files)
    mirror = Repository.mirror(folder / "mirror.git")
    mirror.fetch(str(folder / "source"))
    return Workspace.open(folder / "runs", "r1", mirror, git(folder / "source", "rev-parse", "HEAD"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("develop", "develop"),
        ("release/1.x_y-z", "release/1.x_y-z"),
        (None, "main"),
        ("", "main"),
        ("-x", "main"),
        ("a..b", "main"),
        ("a b", "main"),
        ("a\n", "main"),
        ("ü", "main"),
        ("a" * 101, "main"),
        ("$(x)", "main"),
    ],
)
def test_a_branch_is_called_so_where_no_shell_or_git_could_take_it_otherwise(name: Any, said: str) -> None:
    run = snapshot().run
    assert branch_of(replace(run, state={} if name is None else {"base_branch": name})) == said


@pytest.mark.parametrize(
    ("files", "asks"),
    [
        ({"pyproject.toml": "[build-system]\nrequires = ['setuptools-scm']\n"}, True),
        ({"setup.py": "setup(use_scm_version=True, setup_requires=['setuptools_scm'])"}, True),
        ({"setup.cfg": "[pbr]\n"}, True),
        ({"pyproject.toml": "[tool.hatch.version]\nsource = \"vcs\"\n[x]\nrequires = ['hatch-vcs']"}, True),
        ({"build.gradle": "version = 'git describe --tags'.execute().text"}, True),
        ({"pyproject.toml": "[project]\nversion = '1'\n"}, False),
        ({"docs/setup.py": "versioneer", "README.md": "setuptools_scm"}, False),
        ({"setup.py": b"\xff\x00" * 10}, False),
        ({}, False),
    ],
)
def test_tags_are_asked_for_where_the_project_s_own_build_makes_its_version_of_them(
    tmp_path: Path, files: dict[str, str | bytes], asks: bool
) -> None:
    assert asks_for_tags(opened(tmp_path, {"a.txt": "", **files})) is asks


def test_a_link_in_the_place_of_a_build_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/setup.py").symlink_to("versioneer.rst")
    git(tmp_path / "source", "init", "-q", "-b", "main")
    git(tmp_path / "source", "add", "-A")
    git(tmp_path / "source", "commit", "-q", "-m", "Link")
    mirror = Repository.mirror(tmp_path / "mirror.git")
    mirror.fetch(str(tmp_path / "source"))
    commit = git(tmp_path / "source", "rev-parse", "HEAD")
    assert not asks_for_tags(Workspace.open(tmp_path / "runs", "r1", mirror, commit))
