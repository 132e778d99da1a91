"""What is kept out of marks although nobody wrote it into a .gitignore."""

from pathlib import Path

import pytest

from sandbox.git.repository import Repository
from sandbox.trees.workspace import Workspace
from tests.fakes.real_repository import git, make_repository


def opened(folder: Path, files: dict[str, str]) -> Workspace:
    make_repository(folder / "source", files)
    mirror = Repository.mirror(folder / "mirror.git")
    mirror.fetch(str(folder / "source"))
    return Workspace.open(folder / "runs", "r1", mirror, git(folder / "source", "rev-parse", "HEAD"))


def put(workspace: Workspace, path: str) -> None:
    target = workspace.tree / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("made by a tool\n")


def test_caches_of_tools_are_no_change_of_a_repository_that_does_not_ignore_them(tmp_path: Path) -> None:
    workspace = opened(tmp_path, {"a.py": "x = 1\n"})
    before = workspace.mark()
    for path in ("__pycache__/a.pyc", "pkg/__pycache__/b.pyc", "node_modules/x/index.js", "old.pyc", ".tox/py/x"):
        put(workspace, path)
    assert workspace.mark() == before


def test_where_the_base_has_such_a_directory_what_is_in_it_counts(tmp_path: Path) -> None:
    workspace = opened(tmp_path, {"node_modules/kept/index.js": "1\n"})
    put(workspace, "node_modules/kept/index.js")
    put(workspace, "node_modules/other.js")
    changes = workspace.changes(workspace.base_tree, workspace.mark())
    assert [change.path for change in changes] == [
        "node_modules/kept/index.js",
        "node_modules/other.js",
    ]


def test_a_plain_file_of_such_a_name_is_a_change(tmp_path: Path) -> None:
    workspace = opened(tmp_path, {"a.py": "x = 1\n"})
    put(workspace, "node_modules")
    assert [change.path for change in workspace.changes(workspace.base_tree, workspace.mark())] == ["node_modules"]


@pytest.mark.parametrize(
    "rules",
    [
        "logs/*\n!logs/.gitkeep\n",
        "/logs/*\n!/logs/keep\n",
        "logs/**\n!logs/keep\n",
        "logs/**\n!logs/deep/\n!logs/deep/keep\n",
        "logs/*/*\n!logs/deep/keep\n",
        "*\n!*/\n!keep\n",
        "log*\n!logs/keep\n",
        "logs/\n!logs/keep\n",
        "*/deep/*\n!keep\n",
    ],
)
def test_what_a_rule_lets_in_again_is_kept_as_git_keeps_it(tmp_path: Path, rules: str) -> None:
    workspace = opened(tmp_path, {".gitignore": rules})
    paths = ["logs/.gitkeep", "logs/keep", "logs/a.log", "logs/deep/keep", "logs/deep/b.log", "other/keep"]
    for path in paths:
        put(workspace, path)
        (tmp_path / "source" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "source" / path).write_text("made by a tool\n")
    git(tmp_path / "source", "add", "-A")
    theirs = git(tmp_path / "source", "diff", "--cached", "--name-only").split()
    assert [change.path for change in workspace.changes(workspace.base_tree, workspace.mark())] == theirs
