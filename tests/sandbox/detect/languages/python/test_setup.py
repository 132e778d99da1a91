"""Set-up of Python brings the tools that the checks need, and never hands pip another manager's list."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
PROJECT = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "x"\n'


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def setup(root: Path) -> str:
    return "\n".join(f.command for f in detect(root).setup)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "-e .[all]\npytest==8.0\nruff==0.9\nmypy==1.9\n"}, "-r requirements.txt"),
        ({"requirements.txt": "pytest\n"}, "-r requirements.txt"),
        ({"requirements.in": "ruff\n"}, "-r requirements.in"),
        ({"pyproject.toml": PROJECT + "[dependency-groups]\nall-tools = ['pytest', 'mypy']\n"}, "--group all-tools"),
        ({"pyproject.toml": PROJECT + "[project.optional-dependencies]\nfull = ['ruff']\n"}, "'.[full]'"),
        ({"pyproject.toml": PROJECT + "[dependency-groups]\na = [{include-group = 'b'}]\nb = ['pytest']\n"}, "--group a"),  # noqa: E501
        ({"ci/reqs.txt": "pytest\n", CI: steps("pip install -r ci/reqs.txt", "pytest")}, "-r ci/reqs.txt"),
        ({"etc/reqs.txt": "x\n", "scripts/install": "#!/bin/sh\npip install -r etc/reqs.txt\n", CI: steps("scripts/install")}, "-r etc/reqs.txt"),  # noqa: E501
    ],
)  # fmt: skip
def test_the_list_that_brings_the_tools_is_installed_beside_the_project(
    write: Write, files: dict[str, str], expected: str
) -> None:
    found = setup(write({"pyproject.toml": PROJECT, "tests/test_a.py": "", **files}))
    assert expected in found
    assert "-e " in found


def test_a_list_of_what_the_project_needs_to_run_is_not_installed_twice(write: Write) -> None:
    assert "requirements.txt" not in setup(write({"pyproject.toml": PROJECT, "requirements.txt": "requests\n"}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements-test.txt", "git\nperl\npytest\n"),
        ("requirements-dev.txt", "python=3.11\npytest\n"),
        ("requirements/test-conda.txt", "pytest\n"),
        ("requirements-dev.txt", "conda-forge::pytest\n"),
        ("requirements-test.txt", "compilers\npytest\n"),
        ("dev-requirements.txt", "pytest=8.0=py_0\n"),
        ("requirements-ci.txt", "nodejs>=20\nmake\n"),
    ],
)
def test_a_list_of_conda_s_is_never_handed_to_pip(write: Write, name: str, text: str) -> None:
    assert name not in setup(write({"pyproject.toml": PROJECT, "tests/test_a.py": "", name: text}))


@pytest.mark.parametrize("command", ["conda install --file", "mamba install -y --file", "micromamba install -f"])
def test_nor_is_one_that_ci_hands_to_conda(write: Write, command: str) -> None:
    files = {
        "pyproject.toml": PROJECT,
        "requirements-test.txt": "pytest\n",
        CI: steps(f"{command} requirements-test.txt"),
    }
    assert "requirements-test.txt" not in setup(write(files))


@pytest.mark.parametrize("name", ["requirements-test.txt", "requirements-dev.txt", "requirements/ci.txt"])
def test_a_list_of_pip_s_is(write: Write, name: str) -> None:
    text = "pytest>=8\nGitPython\nperl-tool==1; python_version > '3'\n-c constraints.txt\n"
    assert f"-r {name}" in setup(write({"pyproject.toml": PROJECT, "tests/test_a.py": "", name: text}))


LOCKED = {"pyproject.toml": PROJECT + "[dependency-groups]\ntest = ['pytest']\ndocs = ['sphinx']\n", "uv.lock": ""}
POETRY = "[tool.poetry.group.test]\noptional = true\n[tool.poetry.group.test.dependencies]\npytest = '*'\n"


def test_a_lock_of_uv_is_synced_with_the_groups_for_tests(write: Write) -> None:
    found = setup(write(LOCKED))
    assert 'uv" sync --frozen --inexact --group test' in found
    assert "docs" not in found


def test_groups_of_poetry_are_installed_but_for_those_of_documents_and_by_pip_where_it_is_not_to_be_had(
    write: Write,
) -> None:
    docs = "[tool.poetry.group.docs.dependencies]\nsphinx = '*'\n"
    found = detect(write({"pyproject.toml": f"[tool.poetry]\nname = 'x'\n{POETRY}{docs}", "test_a.py": ""})).setup
    install = next(f for f in found if 'poetry" install' in f.command)
    assert install.command.endswith("install --no-interaction --with test --without docs")
    assert "pytest" in install.instead


def test_what_poetry_brings_from_its_older_list_is_not_put_in_another_version_by_pip(write: Write) -> None:
    hooks = "repos:\n- repo: https://github.com/psf/black\n  rev: 23.11.0\n  hooks: [{id: black}]\n"
    project = "[tool.poetry]\nname = 'x'\n[tool.poetry.dev-dependencies]\npytest = '*'\nblack = '^22.6'\n"
    files = {"pyproject.toml": project, "poetry.lock": "", "test_a.py": "", ".pre-commit-config.yaml": hooks}
    found = [one.command for one in detect(write(files)).setup]
    assert not [one for one in found if "pip install pytest" in one or "pip install black" in one]


def test_a_tool_that_no_manifest_brings_comes_in_the_version_that_the_hook_pins_and_may_be_missing(
    write: Write,
) -> None:
    hooks = "repos:\n  - repo: https://github.com/pycqa/flake8\n    rev: 7.0.0\n    hooks: [{id: flake8}]\n"
    found = detect(write({"pyproject.toml": PROJECT, ".pre-commit-config.yaml": hooks, "test_a.py": "import pytest"}))
    (tool,) = [f for f in found.setup if "flake8==7.0.0" in f.command]
    assert tool.optional
    (runner,) = [f for f in found.setup if f.command.endswith("pip install pytest")]
    assert not runner.optional


def test_a_tool_of_the_manifest_is_not_installed_again(write: Write) -> None:
    files = {"pyproject.toml": PROJECT + "[dependency-groups]\ndev = ['pytest>=8', 'ruff']\n", "test_a.py": ""}
    found = setup(write({**files, CI: steps("pytest", "ruff check .")}))
    assert found.count("pytest") == found.count("ruff") == 0
    assert "--group dev" in found


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"tox.ini": "[testenv]\ndeps =\n  pytest\n  freezegun>=1  # why\n  -r more.txt\n  ./local\n  {x}\ncommands = pytest\n", "more.txt": "x"}, "pytest 'freezegun>=1' -r more.txt"),  # noqa: E501
        ({"noxfile.py": "@nox.session\ndef test(s):\n    s.install('pytest', 'mock', '-e', '.')\n    s.run('pytest')\n"}, "pytest mock"),  # noqa: E501
        ({"hatch.toml": "[envs.default]\ndependencies = ['pytest', 'mock', 'x @ {root:uri}/x']\n"}, "pytest mock"),
    ],
)  # fmt: skip
def test_what_the_environment_of_the_tests_installs_is_installed(
    write: Write, files: dict[str, str], expected: str
) -> None:
    assert (
        f"pip install {expected}" in setup(write({"pyproject.toml": PROJECT, "test_a.py": "", **files})).split("\n")[-1]
    )


@pytest.mark.parametrize(
    "text", ["[project]\noptional-dependencies = 5\n", "[tool]\npoetry = 5\n", "dependency-groups = []\n", "[", "\0"]
)
def test_a_manifest_of_another_shape_is_set_up_all_the_same(write: Write, text: str) -> None:
    found = setup(
        write({"pyproject.toml": text, "test_a.py": "", "setup.cfg": "[options.extras_require]\n" + "x" * 5000})
    )
    assert 'python3 -m venv "$HOME/venv"' in found
