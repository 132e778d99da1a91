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
