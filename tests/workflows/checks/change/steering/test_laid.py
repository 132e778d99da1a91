"""What a changed tree's set-up made otherwise than the base's: tools are told, copies and caches are not."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.backend import BoxSpec
from sandbox.detect import detect
from sandbox.environment.bytecode import strip
from sandbox.environment.set_up import SetupCommand, prepare
from tests.fakes.boxes import box_backend, box_machine, box_spec
from tests.fakes.machine import machine, need, reaching_backend
from workflows.checks.change.steering.laid import MOST_TOLD, SetUpTree, laid_otherwise
from workflows.checks.change.steering.laid import _blob as blob_of
from workflows.checks.change.steering.laid import _files as files_in

__all__ = ["box_backend", "box_machine", "box_spec"]

SITE = "venv/lib/python3.11/site-packages"
HOME = {
    "venv/bin/pytest": "#!/home/box/venv/bin/python\nfrom pytest import main\n",
    f"{SITE}/pytest/__init__.py": "def main(): ...\n",
    f"{SITE}/pytest-8.dist-info/RECORD": "pytest/__init__.py,sha256=1,10\n",
    f"{SITE}/pytest-8.dist-info/entry_points.txt": "[console_scripts]\npytest = pytest:main\n",
    f"{SITE}/sample/__init__.py": "VERSION = 1\n",
    f"{SITE}/sample/speed.so": "compiled from 1",
    f"{SITE}/sample-1.dist-info/METADATA": "Version: 1\n",
    f"{SITE}/__editable__.other-1.pth": "/work/src\n",
    ".cache/pip/http/1": "a",
    ".npmrc": "fund=false\n",
}
FINDS = {
    "__editable__.finds-{0}.pth": "import __editable___finds_{0}_finder; __editable___finds_{0}_finder.install()\n",
    "__editable___finds_{0}_finder.py": "PATHS = {{'finds': '/work'}}\nHOOK = '__editable__.finds-{0}.finder'\n",
}
HOME |= {f"{SITE}/{name.format(1)}": text.format(1) for name, text in FINDS.items()}
EDITABLE_AGAIN: dict[str, str | None] = {
    **{f"{SITE}/{name.format(1)}": None for name in FINDS},
    **{f"{SITE}/{name.format(2)}": text.format(2) for name, text in FINDS.items()},
}
TREE = {"src/sample/__init__.py": "VERSION = 1\n", "setup.py": "import sample\n", "native/speed.c": "int one;\n"}


def laid(root: Path, name: str, home: Mapping[str, str], tree: Mapping[str, str], made: Mapping[str, str]) -> SetUpTree:
    for place, files in (("home", home), ("tree", {**tree, **made})):
        (root / name / place).mkdir(parents=True)
        for path, text in files.items():
            file = root / name / place / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755 if "/bin/" in path else 0o644)
    found = files_in(root / name / "tree")
    blobs = {path: blob_of(one) for path, one in found.items() if path in tree}
    return SetUpTree(root / name / "home", root / name / "tree", blobs)


def told(
    root: Path,
    home: Mapping[str, str | None],
    tree: Mapping[str, str] | None = None,
    made: Mapping[str, str] | None = None,
    before: Mapping[str, str] | None = None,
) -> list[str]:
    """The paths that are told where the head's home and tree differ so from the base's; None takes a file away."""
    after = {path: text for path, text in {**HOME, **home}.items() if text is not None}
    base = laid(root, "base", HOME, TREE, before or {})
    head = laid(root, "head", after, {**TREE, **(tree or {})}, {**(before or {}), **(made or {})})
    return [one.rpartition(": ")[0] for one in laid_otherwise(base, head)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("venv/bin/pytest", "#!/bin/sh\necho 2 passed\n"),
        ("venv/bin/python", "#!/bin/sh\necho 2 passed\n"),
        (".local/bin/ruff", "#!/bin/sh\n"),
        (f"{SITE}/pytest/__init__.py", "def main(): return 0\n"),
        (f"{SITE}/sitecustomize.py", "import os\n"),
        (f"{SITE}/zz.pth", "import os; os\n"),
        (f"{SITE}/__editable__.other-1.pth", "import os; os\n"),
        (f"{SITE}/plug-1.dist-info/entry_points.txt", "[pytest11]\nplug = plug\n"),
        (f"{SITE}/sample-1.dist-info/entry_points.txt", "[pytest11]\nplug = sample\n"),
        (f"{SITE}/pytest.pyc", "sourceless"),
        (f"{SITE}/sample/hidden.py", "import pytest\n"),
        (f"{SITE}/sample/__init__.py", "VERSION = 1  # and what no source says\n"),
        (f"{SITE}/sample/speed.so", "compiled from nothing that is seen"),
        (f"{SITE}/other/__init__.py", "VERSION = 1\n"),
        (f"{SITE}/__editable___other_2_finder.py", "import os\n"),
        (f"{SITE}/__editable__.other-2.pth", "import __editable___other_2_finder\n"),
        (".npmrc", "script-shell=/home/box/sh\n"),
        (".config/pip/pip.conf", "[global]\n"),
        ("venv/bin/pytest", None),
        (f"{SITE}/pytest/__init__.py", None),
    ],
)
def test_tools_plug_ins_and_what_no_source_says_are_told(tmp_path: Path, path: str, text: str | None) -> None:
    assert told(tmp_path, {path: text}) == [f"~/{path}"]


@pytest.mark.parametrize(
    ("home", "tree"),
    [
        ({}, {"src/sample/__init__.py": "VERSION = 2\n"}),
        ({f"{SITE}/sample/__init__.py": "VERSION = 2\n"}, {"src/sample/__init__.py": "VERSION = 2\n"}),
        ({f"{SITE}/sample/more.py": "new\n"}, {"src/sample/more.py": "new\n"}),
        ({f"{SITE}/sample/speed.so": "compiled from 2"}, {"native/speed.c": "int two;\n"}),
        ({f"{SITE}/sample-1.dist-info/METADATA": "Version: 2\n", f"{SITE}/pytest-8.dist-info/RECORD": "x"}, {}),
        ({f"{SITE}/__editable__.other-1.pth": None, f"{SITE}/__editable__.other-2.pth": "/work/src\n"}, {}),
        (EDITABLE_AGAIN, {}),
        ({".cache/pip/http/1": "b", ".cache/pip/http/2": "c", ".npm/_logs/1.log": "x"}, {}),
        ({".cpanm/build.log": "x", ".cpanm/work/17960.2/build.log": "x", ".cpanm/latest-build": "x"}, {}),
    ],
)
def test_copies_of_the_tree_and_caches_are_not(
    tmp_path: Path, home: Mapping[str, str | None], tree: Mapping[str, str]
) -> None:
    assert told(tmp_path, home, tree) == []


def test_a_link_and_a_mode_count_as_much_as_contents(tmp_path: Path) -> None:
    base, head = laid(tmp_path, "base", HOME, TREE, {}), laid(tmp_path, "head", HOME, TREE, {})
    (head.home / "venv/bin/pytest").chmod(0o644)
    (head.home / ".npmrc").unlink()
    (head.home / ".npmrc").symlink_to("/work/.npmrc")
    assert [one.partition(":")[0] for one in laid_otherwise(base, head)] == ["~/.npmrc", "~/venv/bin/pytest"]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"node_modules/.bin/jest": "#!/bin/sh\n"}, ["node_modules/.bin/jest"]),
        ({".venv/bin/pytest": "#!/bin/sh\n"}, [".venv/bin/pytest"]),
        ({"tests/conftest.py": "import pytest\n"}, ["tests/conftest.py"]),
        ({"sitecustomize.py": "import os\n"}, ["sitecustomize.py"]),
        ({"pytest.ini": "[pytest]\n"}, ["pytest.ini"]),
        ({"src/sample/speed.so": "compiled from nothing"}, ["src/sample/speed.so"]),
        ({"src/sample/_version.py": "version = 2\n", "dist/bundle.js": "2\n", "gen/a_pb2.py": "2\n"}, []),
        ({".yarn/install-state.gz": "2", "node_modules/.pnpm-workspace-state-v1.json": "{}"}, []),
        ({".yarn/releases/yarn-4.4.1.cjs": "2"}, [".yarn/releases/yarn-4.4.1.cjs"]),
        ({"node_modules/.package-lock.json": "{}", "src/sample.egg-info/SOURCES.txt": "x"}, []),
    ],
)
def test_in_the_tree_tools_count_and_products_of_a_build_do_not(
    tmp_path: Path, made: Mapping[str, str], expected: list[str]
) -> None:
    assert told(tmp_path, {}, made=made) == expected


def test_what_both_set_ups_made_alike_is_not_told(tmp_path: Path) -> None:
    assert told(tmp_path, {}, before={"node_modules/.bin/jest": "#!/bin/sh\n", "pytest.ini": "[pytest]\n"}) == []


def test_of_many_a_few_are_named_and_the_number_is_told(tmp_path: Path) -> None:
    found = {f".local/bin/tool{number}": "#!/bin/sh\n" for number in range(MOST_TOLD + 3)}
    base, head = laid(tmp_path, "base", HOME, TREE, {}), laid(tmp_path, "head", {**HOME, **found}, TREE, {})
    said = laid_otherwise(base, head)
    assert len(said) == MOST_TOLD + 1
    assert said[-1] == "~/.local/bin/tool5: and 3 in all were laid otherwise by the set-up of the change"


def test_bytecode_is_taken_away_whatever_it_is_and_nothing_behind_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside/__pycache__"
    outside.mkdir(parents=True)
    root = tmp_path / "root"
    (root / "a/__pycache__/deep").mkdir(parents=True)
    (root / "a/__pycache__/b.pyc").write_bytes(b"")
    (root / "a/c.py").touch()
    (root / "b").mkdir()
    (root / "b/__pycache__").symlink_to(outside)
    (root / "linked").symlink_to(outside.parent)
    (root / "kept/__pycache__").mkdir(parents=True)
    strip(root, ("a", "b", "linked"))
    left = sorted(str(path.relative_to(root)) for path in root.rglob("*") if not os.path.islink(path))
    assert left == ["a", "a/c.py", "b", "kept", "kept/__pycache__"]
    assert outside.is_dir()


LEGACY = """
import sample
from setuptools import setup
setup(name="sample", version=sample.VERSION, py_modules=["sample"], extras_require={"test": ["pytest"]})
"""
PLANTS = """
import pathlib, sys
if "setuptools" in sys.modules:
    place = pathlib.Path.home() / ".local/bin/pytest"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("#!/bin/sh")
"""


@pytest.mark.at_length
@pytest.mark.bwrap
@pytest.mark.xdist_group("boxes")
async def test_real_set_ups_of_two_trees_differ_in_nothing_but_what_was_planted(
    box_machine: None, box_spec: BoxSpec
) -> None:
    need("pypi.org")
    host = machine()
    backend = reaching_backend(host)

    async def of(name: str, code: str) -> SetUpTree:
        user = box_spec.tree.parent / name
        spec = replace(box_spec, name=name, tree=user / "tree", home=user / "home")
        files = {"setup.py": LEGACY, "sample.py": code, "test_sample.py": "def test_a(): pass\n"}
        made = laid(user.parent, name, {}, files, {})
        for place in (spec.tree, spec.home, spec.tree / "sample.py"):
            backend.own(place)
        steps = [SetupCommand(found.command, found.cwd, found.env) for found in detect(spec.tree).setup]
        prepared = await prepare(backend, spec, steps, host=host, bytecode=name == "base")
        assert prepared.failure == "", prepared.printed
        return made

    base = await of("base", "VERSION = '1.0'\n")
    assert laid_otherwise(base, await of("honest", "VERSION = '1.0'\n\ndef new(): ...\n")) == ()
    planted = laid_otherwise(base, await of("planted", f"VERSION = '1.0'\n{PLANTS}"))
    assert planted == ("~/.local/bin/pytest: was laid otherwise by the set-up of the change",)
