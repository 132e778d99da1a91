"""Where the repository's own packages were imported from, with a real Python that runs in a directory of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.backend import HOME
from workflows.reports.origins import FILE, foreign, hooked, own_packages

FLASK = "__version__ = '1'\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {
        "src/flask/__init__.py": FLASK,
        "src/flask/app.py": "X = 1\n",
        "lone.py": "",
        "setup.py": "",
    }.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "tree"


def told(home: Path, tree: Path, code: str, **env: str) -> bytes:
    """What a Python that runs this code writes down; the box's home is a directory of the test's."""
    lines = hooked("check", own_packages(tree)).replace(HOME, str(home))
    done = subprocess.run(
        ["bash", "-c", f"{lines}exec {sys.executable} -c '{code}'"],
        env={"PATH": os.environ["PATH"], **env},
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    path = home / FILE.format(name="check")
    return path.read_bytes() if path.exists() else b""


def test_only_names_that_are_the_tree_s_own_are_asked_for(tree: Path) -> None:
    (tree / "json").mkdir()
    (tree / "json/__init__.py").write_text("")
    (tree / "lib").symlink_to("/usr/lib")
    assert own_packages(tree) == {"lone": "lone.py", "flask": "src/flask"}


def test_a_package_that_the_machine_has_under_the_same_name_is_told(tree: Path, tmp_path: Path) -> None:
    host = tmp_path / "site/flask"
    host.mkdir(parents=True)
    (host / "__init__.py").write_text("__version__ = '3'\n")
    said = told(tmp_path / "home", tree, "import flask", PYTHONPATH=str(tmp_path / "site"))
    assert foreign(said, tree, own_packages(tree)) == (f"flask from {host.resolve()}/__init__.py",)


def test_a_copy_that_was_installed_from_this_tree_is_as_good_as_the_tree(tree: Path, tmp_path: Path) -> None:
    host = tmp_path / "site/flask"
    host.mkdir(parents=True)
    (host / "__init__.py").write_text(FLASK)
    (host / "app.py").write_text("X = 1\n")
    (host / "_version.py").write_text("made by the set-up\n")
    code = "import flask.app" if (host / "app.py").exists() else ""
    said = told(tmp_path / "home", tree, code, PYTHONPATH=str(tmp_path / "site"))
    assert said
    assert foreign(said, tree, own_packages(tree)) == ()
    (tree / "src/flask/app.py").write_text("raise RuntimeError\n")
    assert foreign(said, tree, own_packages(tree)), "the change is not what was tested"


def test_a_sitecustomize_of_somebody_else_is_run_too(tree: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import builtins\nbuiltins.seen = 1\n")
    code = 'import sys; assert seen == 1; assert not [place for place in sys.path if place.endswith("hook")]'
    told(tmp_path / "home", tree, code, PYTHONPATH=str(site))


SAID = (b"", b"flask\n", b"\xff\t\xff\t\xff\n", b"flask\t/etc/x\tx\n" * 3, b"../x\t/a\tx\n")


@pytest.mark.parametrize("said", SAID)
def test_what_a_check_writes_there_itself_does_no_harm(tree: Path, said: bytes) -> None:
    assert len(foreign(said, tree, own_packages(tree))) <= 1
