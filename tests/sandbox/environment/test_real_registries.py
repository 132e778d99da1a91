"""Set-ups that really install in the box, from the registries that this machine reaches, as it is configured."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace

import pytest

from sandbox.backend import BoxCommand, BoxSpec
from sandbox.boxes.bubblewrap import Bubblewrap
from sandbox.detect import detect
from sandbox.environment.set_up import Prepared, SetupCommand, inside, prepare
from sandbox.environment.throw_away import Described
from sandbox.network.outbound import Outbound
from tests.fakes.machine import machine, need, reaching_backend

pytestmark = [pytest.mark.bwrap, pytest.mark.xdist_group("boxes")]

SCM = """
[build-system]
requires = ["setuptools>=64", "setuptools_scm>=8"]
build-backend = "setuptools.build_meta"
[project]
name = "sample"
dynamic = ["version"]
dependencies = ["iniconfig"]
[dependency-groups]
dev = ["pytest"]
[tool.setuptools]
packages = ["sample"]
[tool.setuptools_scm]
version_file = "sample/_version.py"
"""
TEST = """
import subprocess
import iniconfig
from sample._version import version
def test_version():
    assert version.startswith("1.2.4.dev3+g"), version
def test_git():
    assert subprocess.check_output(["git", "describe", "--tags"], text=True).startswith("v1.2.3-3-g")
"""
IS_ODD = "node -e \"if (!require('is-odd')(3)) process.exit(1)\""


def write(spec: BoxSpec, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = spec.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip())


def package(**more: object) -> str:
    base = {"name": "a", "version": "1.0.0", "scripts": {"test": IS_ODD}, "dependencies": {"is-odd": "3.0.1"}}
    return json.dumps({**base, **more})


async def set_up(spec: BoxSpec, described: Described | None = None) -> tuple[Bubblewrap, Prepared, list[SetupCommand]]:
    """As a run would: the commands are found, and run with what this machine is configured for."""
    host = machine()
    backend = reaching_backend(host)
    backend.own(spec.tree)
    steps = [SetupCommand(found.command, found.cwd, found.env, found.instead) for found in detect(spec.tree).setup]
    return backend, await prepare(backend, spec, steps, host=host, described=described or Described()), steps


async def run(backend: Bubblewrap, spec: BoxSpec, prepared: Prepared, line: str) -> tuple[int, str]:
    async with backend.open(replace(spec, lower=prepared.lower)) as box:
        outcome = await box.run(BoxCommand(shell=inside(line)))
        return outcome.exit_code, outcome.output


@pytest.mark.at_length
async def test_pip_brings_uv_and_uv_a_project_whose_version_is_in_a_tag(box_machine: None, box_spec: BoxSpec) -> None:
    need("pypi.org")
    write(box_spec, {"pyproject.toml": SCM, "sample/__init__.py": "", "tests/test_a.py": TEST})
    backend, prepared, _ = await set_up(box_spec, Described("v1.2.3", 3))
    assert prepared.failure == "", prepared.printed
    assert any("uv " in one.output for one in prepared.printed)
    assert "sample/_version.py" in prepared.made
    code, output = await run(backend, box_spec, prepared, "pytest -q")
    assert (code, "2 passed" in output) == (0, True), output


@pytest.mark.at_length
async def test_pip_alone_installs_too(box_machine: None, box_spec: BoxSpec) -> None:
    need("pypi.org")
    host = machine()
    backend = reaching_backend(host)
    lines = ('python3 -m venv "$HOME/venv"', 'cd . && "$HOME/venv/bin/pip" install iniconfig')
    prepared = await prepare(backend, box_spec, [SetupCommand(line) for line in lines], host=host)
    assert prepared.failure == "", prepared.printed
    assert (await run(backend, box_spec, prepared, "python -c 'import iniconfig'"))[0] == 0


POETRY = """
[tool.poetry]
name = "sample"
version = "1.0.0"
description = ""
authors = []
[tool.poetry.dependencies]
python = ">=3.9"
iniconfig = "2.0.0"
[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
"""
LOCK = """
[[package]]
name = "iniconfig"
version = "2.0.0"
description = ""
optional = false
python-versions = ">=3.7"
files = [{file = "iniconfig-2.0.0-py3-none-any.whl", hash = "sha256:HASH"}]

[metadata]
lock-version = "2.0"
python-versions = ">=3.9"
content-hash = "64badbcf048970dd69b03d40b98df2426d4245dbc28a2daf2d8dac96817832e2"
""".replace("HASH", "b6a85871a79d2e3b22d2d1b94ac2824226a63c6b741c88f7ae975f18b6778374")


@pytest.mark.at_length
async def test_poetry_itself_installs_what_its_lock_file_pins(box_machine: None, box_spec: BoxSpec) -> None:
    need("pypi.org")
    write(box_spec, {"pyproject.toml": POETRY, "poetry.lock": LOCK, "sample/__init__.py": ""})
    backend, prepared, _ = await set_up(box_spec)
    assert prepared.failure == "", prepared.printed
    assert not any("pip installed" in one for one in prepared.told), prepared.told
    assert any("Installing iniconfig (2.0.0)" in one.output for one in prepared.printed)
    assert (await run(backend, box_spec, prepared, "python -c 'import sample, iniconfig'"))[0] == 0


async def test_npm_installs_and_its_git_hooks_are_left_out(box_machine: None, box_spec: BoxSpec) -> None:
    need("registry.npmjs.org")
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    manifest = package(scripts={"test": IS_ODD, "prepare": "husky"}, devDependencies={"husky": "9.1.7"})
    write(box_spec, {"package.json": manifest})
    backend, prepared, _ = await set_up(box_spec)
    assert prepared.failure == "", prepared.printed
    assert "the git hooks of `husky` are left out (HUSKY=0)" in prepared.told
    assert (await run(backend, box_spec, prepared, "npm test"))[0] == 0


@pytest.mark.at_length
@pytest.mark.parametrize("manager", ["pnpm@9.12.0", "yarn@4.5.0", "yarn@1.22.22"])
async def test_a_manager_that_only_package_json_names_is_brought(
    box_machine: None, box_spec: BoxSpec, manager: str
) -> None:
    need("registry.npmjs.org")
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    write(box_spec, {"package.json": package(packageManager=manager), ".yarnrc.yml": "nodeLinker: node-modules\n"})
    if "@1" in manager or manager.startswith("pnpm"):
        (box_spec.tree / ".yarnrc.yml").unlink()
    name, _, version = manager.partition("@")
    backend, prepared, steps = await set_up(box_spec)
    assert steps[0].command.startswith(name)
    assert prepared.failure == "", prepared.printed
    assert await run(backend, box_spec, prepared, f"{name} --version") == (0, f"{version}\n")
    assert (await run(backend, box_spec, prepared, f"{name} test"))[0] == 0


@pytest.mark.at_length
async def test_a_registry_with_a_private_address_is_refused_by_name_reason_and_setting(
    box_machine: None, box_spec: BoxSpec
) -> None:
    async def private(host: str, port: int) -> list[tuple[str, int]]:
        return [("10.9.8.7", port)]

    backend = Bubblewrap(outbound=Outbound(resolve=private))
    steps = ('python3 -m venv "$HOME/venv"', "\"$HOME/venv/bin/python\" -m pip install 'pip>=25.1'")
    prepared = await prepare(backend, box_spec, [SetupCommand(line) for line in (*steps, "true && false")])
    said = "pypi.org resolves to an address that is not public; where that is a mirror of yours, "
    assert f"refused: {said}PULLWRIGHT_SETUP_HOSTS=pypi.org allows it" in prepared.told
    assert said in prepared.failure


@pytest.mark.at_length
async def test_a_project_that_takes_another_python_gets_one_that_is_here_or_is_told(
    box_machine: None, box_spec: BoxSpec
) -> None:
    need("pypi.org")
    project = (
        '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.12"\n[dependency-groups]\ndev = ["pytest"]\n'
    )
    write(box_spec, {"pyproject.toml": project, "a.py": ""})
    backend, prepared, _ = await set_up(box_spec)
    _, version = await run(backend, box_spec, prepared, "python -c 'import sys; print(sys.version_info >= (3, 12))'")
    if any("no Python of this machine is >=3.12" in one for one in prepared.told):
        assert prepared.failure
    else:
        assert (prepared.failure, version) == ("", "True\n"), prepared.printed
