"""Where the repository's own npm packages were loaded from, with a real Node in a directory of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from sandbox.backend import HOME
from tests.fakes.machine import need
from workflows.reports.node_origins import FILE, foreign, hooked, own_packages

pytestmark = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
OURS = '{"name": "adder", "main": "index.js", "version": "2.0.0"}'
THEIRS = '{"name": "adder", "main": "index.js", "version": "1.0.0"}'
HERE = "exports.add = (a, b) => a + b\n"
ELSE = "exports.add = (a, b) => a - b\n"


def made(place: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


def told(home: Path, tree: Path, command: str) -> tuple[str, ...]:
    own = own_packages(tree)
    lines = hooked("check", tree, own).replace(HOME, str(home))
    env = {"PATH": os.environ["PATH"], "HOME": str(home)}
    done = subprocess.run(
        ["bash", "-c", f"{lines}{command}"], env=env, cwd=tree, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    path = home / FILE.format(name="check")
    return foreign(path.read_bytes() if path.exists() else b"", tree, own)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return made(tmp_path / "tree", {"package.json": OURS, "index.js": HERE, "a.test.js": 'require("adder")\n'})


def test_a_copy_of_another_release_in_node_modules_is_told(tree: Path, tmp_path: Path) -> None:
    made(tree / "node_modules/adder", {"package.json": THEIRS, "index.js": ELSE})
    place = tree / "node_modules/adder/index.js"
    assert told(tmp_path / "home", tree, "node a.test.js") == (f"adder from {place}",)
    assert told(tmp_path / "home", tree, "node --test") == (f"adder from {place}",)


def test_modules_are_told_of_too(tree: Path, tmp_path: Path) -> None:
    made(tree, {"package.json": OURS.replace("{", '{"type": "module", ', 1), "a.test.js": 'import "adder"\n'})
    made(tree / "node_modules/adder", {"package.json": THEIRS, "index.js": ELSE})
    assert told(tmp_path / "home", tree, "node --test") == (f"adder from {tree}/node_modules/adder/index.js",)


def test_a_link_to_the_tree_and_a_copy_of_it_are_as_good_as_the_tree(tree: Path, tmp_path: Path) -> None:
    (tree / "node_modules").mkdir()
    (tree / "node_modules/adder").symlink_to("..")
    assert told(tmp_path / "home", tree, "node a.test.js") == ()
    (tree / "node_modules/adder").unlink()
    made(tree / "node_modules/adder", {"package.json": OURS, "index.js": HERE})
    assert told(tmp_path / "home", tree, "node a.test.js") == ()
    made(tree / "node_modules/adder", {"package.json": OURS.replace("index", "dist/index"), "dist/index.js": ELSE})
    made(tree, {"package.json": OURS.replace("index", "dist/index")})
    assert told(tmp_path / "home", tree, "node a.test.js") == ()
    made(tree / "node_modules/adder", {"package.json": THEIRS.replace("index", "dist/index")})
    assert told(tmp_path / "home", tree, "node a.test.js") != ()


def test_what_a_runner_loads_for_itself_is_none_of_it(tree: Path, tmp_path: Path) -> None:
    made(tree / "node_modules/adder", {"package.json": THEIRS, "index.js": ELSE})
    made(tree / "node_modules/runner", {"index.js": 'require("adder")\n'})
    made(tree, {"a.test.js": 'require("runner"); require("./index.js")\n'})
    assert told(tmp_path / "home", tree, "node a.test.js") == ()
    made(tree / "node_modules/runner", {"index.js": f'require("{tree}/node_modules/adder/index.js")\n'})
    assert told(tmp_path / "home", tree, "node a.test.js") != (), "one that is handed the place loads it for a test"


def test_packages_of_a_workspace_are_told_and_others_are_not(tmp_path: Path) -> None:
    tree = made(
        tmp_path / "tree",
        {
            "package.json": '{"name": "root", "workspaces": ["packages/*"]}',
            "packages/a/package.json": '{"name": "@x/a", "main": "i.js"}',
            "packages/a/i.js": HERE,
            "packages/b/b.test.js": 'require("@x/a"); require("other")\n',
            "packages/b/package.json": '{"name": "$(id)"}',
            "node_modules/@x/a/package.json": '{"name": "@x/a", "main": "i.js", "version": "1"}',
            "node_modules/@x/a/i.js": ELSE,
            "node_modules/other/index.js": "",
            "tests/fixtures/package.json": '{"name": "other"}',
        },
    )
    assert own_packages(tree) == {"root": "", "@x/a": "packages/a"}
    assert told(tmp_path / "home", tree, "node packages/b/b.test.js") == (f"@x/a from {tree}/node_modules/@x/a/i.js",)


def test_rows_that_are_none_hold_nothing(tree: Path) -> None:
    own = own_packages(tree)
    assert foreign(b"adder\t../../etc/passwd\t/x\tff\tee\nadder\nx\ty\tz\tff\tee\n\xff\t\t\t\t\n", tree, own) == (
        "adder from /x",
    )


CALLS = "const {add} = require('adder')\n"
ASKS = "import {add} from 'adder'\n"
JEST = "test('adds', () => expect(add(1, 2)).toBe(-1))\n"
MOCHA = "it('adds', () => { if (add(1, 2) !== -1) throw Error() })\n"
VM = 'NODE_OPTIONS="$NODE_OPTIONS --experimental-vm-modules"'
RUNNERS = {
    "jest 29": ("jest@29.7.0", CALLS + JEST, "jest"),
    "jest 29 in workers": ("jest@29.7.0", CALLS + JEST, "jest -w 2"),
    "jest 29, modules": ("jest@29.7.0", ASKS + JEST, f"{VM} jest"),
    "jest 30": ("jest@30.5.2", CALLS + JEST, "jest"),
    "jest 30, modules": ("jest@30.5.2", ASKS + JEST, f"{VM} jest"),
    "mocha": ("mocha@10.8.2", CALLS + MOCHA, "mocha a.test.js b.test.js"),
    "mocha, modules": ("mocha@10.8.2", ASKS + MOCHA, "mocha a.test.js b.test.js"),
    "vitest": ("vitest@2.1.9", f"import {{test, expect}} from 'vitest'\n{ASKS}{JEST}", "vitest run"),
}


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the node_modules of a runner, from the registry that this machine is configured for."""
    need("registry.npmjs.org")
    place = tmp_path_factory.mktemp("runners")

    @cache
    def install(package: str) -> Path:
        folder = made(place / package, {"package.json": "{}"})
        npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", package]
        subprocess.run(npm, cwd=folder, check=True, capture_output=True, timeout=300)
        return folder / "node_modules"

    return install


@pytest.mark.at_length
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
@pytest.mark.xdist_group("runners")
@pytest.mark.parametrize("runner", RUNNERS)
def test_real_runners_tell_of_another_release_and_not_of_the_tree(
    tmp_path: Path, installed: Callable[[str], Path], runner: str
) -> None:
    package, test, command = RUNNERS[runner]
    modules = "import " in test

    def kind(manifest: str) -> str:
        return manifest.replace("{", '{"type": "module", ', 1) if modules else manifest

    exports = "export const add =" if modules else "exports.add ="
    ours, theirs = (f"{exports} (a, b) => a {how} b\n" for how in "+-")
    tree = made(tmp_path / "tree", {"package.json": kind(OURS), "index.js": ours})
    made(tree, {"a.test.js": test, "b.test.js": test})
    shutil.copytree(installed(package), tree / "node_modules", symlinks=True)
    made(tree / "node_modules/adder", {"package.json": kind(THEIRS), "index.js": theirs})
    line = f"export PATH=$PWD/node_modules/.bin:$PATH CI=1; {command}"
    assert told(tmp_path / "home", tree, line) == (f"adder from {tree}/node_modules/adder/index.js",)
    shutil.rmtree(tree / "node_modules/adder")
    (tree / "node_modules/adder").symlink_to("..")
    made(tree, {name: test.replace("-1", "3") for name in ("a.test.js", "b.test.js")})
    assert told(tmp_path / "home", tree, line) == ()
