"""Which lists of packages a Python project has, and what they bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands import project
from sandbox.detect.languages.python import package_lists
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]


def test_requirement_files_are_known_by_their_names_and_places(write: Write) -> None:
    names = ["requirements.txt", "dev-requirements.txt", "requirements-test.in", "requirements/base.txt", "reqs/ci.pip"]
    names += ["tests/requirements-x.txt"]
    others = ["notes.txt", "requirements.md", "requirements/readme.md", "tests/data.txt", "docs/requirements.txt"]
    found = package_lists.requirement_files(Source(write(dict.fromkeys([*names, *others], "pytest\n"))))
    assert sorted(found) == sorted(names)


@pytest.mark.parametrize(
    ("name", "text", "conda"),
    [
        ("conda-requirements.txt", "", True),
        ("a.txt", "python=3.11\n", True),
        ("a.txt", "numpy=1.2=py_0\n", True),
        ("a.txt", "conda-forge::numpy\n", True),
        ("a.txt", "cxx-compiler # x\n", True),
        ("a.txt", "numpy==1.2\nmake-it>=1\n# python\n", False),
        ("a.txt", "", False),
    ],
)
def test_a_list_of_conda_is_known_by_what_pip_could_not_install(
    write: Write, name: str, text: str, conda: bool
) -> None:
    assert package_lists.of_conda(Source(write({name: text})), name) is conda


def test_names_are_compared_as_pip_does() -> None:
    lines = ["PyTest_Cov[x]>=1", "  ruff", "# black", "mypy # why", "-r x", "", "zope.interface"]
    assert package_lists.names_of(lines) == {"pytest-cov", "ruff", "mypy", "zope-interface"}


@pytest.mark.parametrize(
    ("text", "brings"),
    [("PyTest\n", True), (" -e .[x]\n", True), ("--editable .\n", True), ("numpy\n-e git+x\n", False)],
)
def test_a_list_brings_tools_or_the_project(write: Write, text: str, brings: bool) -> None:
    assert package_lists.brings(Source(write({"r.txt": text})), "r.txt") is brings


def test_extras_are_read_from_each_manifest_and_the_first_one_counts(write: Write) -> None:
    files = {
        "pyproject.toml": "[project.optional-dependencies]\na = ['pytest', 5]\nodd = 7\n"
        "[tool.poetry.extras]\na = ['x']\nb = ['y']\n",
        "setup.cfg": "[options.extras_require]\nc =\n    ruff\n    mypy\nb = no\n[options]\nd = no\n",
        "setup.py": "tests = ['mock']\nsetup(extras_require={'e': tests, 'f': ['a', g], **more, h: []})\n",
    }
    source = Source(write(files))
    found = package_lists.extras(source.toml("pyproject.toml"), source)
    assert {k: [w.strip() for w in v if w.strip()] for k, v in found.items()} == {
        "a": ["pytest"],
        "odd": [],
        "b": ["y"],
        "c": ["ruff", "mypy"],
        "e": ["mock"],
        "f": ["a"],
    }


@pytest.mark.parametrize(
    "text",
    ["def f(", "\0", "setup(extras_require=compute())", "setup(extras_require={**a})", "x = " + "-" * 5000 + "1"],
)
def test_a_setup_py_that_computes_or_does_not_parse_has_no_extras(write: Write, text: str) -> None:
    assert package_lists.extras({}, Source(write({"setup.py": text}))) == {}


def test_a_group_has_those_that_it_includes_and_circles_end() -> None:
    groups = {
        "a": ["x", {"include-group": "b"}, 5],
        "b": ["y", {"include-group": "a"}],
        "odd": "z",
        "deep": [{"include-group": ["a"]}],
    }
    found = package_lists.groups({"dependency-groups": groups})
    assert found == {"a": ["x", "y"], "b": ["y", "x"], "odd": [], "deep": []}
    assert package_lists.groups({"dependency-groups": []}) == {}


@pytest.mark.parametrize(
    ("name", "needs", "wanted"),
    [
        *((name, [], True) for name in ("tests", "dev", "unit-tests", "lint", "typing", "pre-commit", "qa")),
        *((name, [], False) for name in ("docs", "release", "speed", "testimonials")),
        ("full", ["ruff>=1"], True),
        ("docs", ["pytest"], False),
    ],
)
def test_what_is_for_tests_and_checks_is_known_by_its_name_or_by_its_tools(
    name: str, needs: list[str], wanted: bool
) -> None:
    assert package_lists.wanted({name: needs}) == ([name] if wanted else [])


def test_what_ci_asks_for_is_wanted() -> None:
    assert package_lists.wanted({"speed": [], "docs": []}, frozenset({"speed", "docs"})) == ["speed"]


def test_the_files_that_ci_hands_to_pip_are_asked_for_but_for_condas_and_those_of_documents(write: Write) -> None:
    runs = [
        "pip install -r a.txt -rb.txt --requirement=c.txt",
        "cd sub && pip install -r d.txt",
        "conda install --file e.txt",
    ]
    runs += ["pip install -r e.txt -r missing.txt -r docs/f.txt -r docs.txt -r"]
    steps = "".join(f"      - run: {run}\n" for run in runs)
    names = ["a.txt", "b.txt", "c.txt", "sub/d.txt", "e.txt", "docs/f.txt", "docs.txt"]
    ci = f"on: push\njobs:\n  a:\n    steps:\n{steps}"
    found = project.read(Source(write({**dict.fromkeys(names, "x\n"), ".github/workflows/ci.yml": ci})))
    assert package_lists.asked(found) == ["a.txt", "b.txt", "c.txt", "sub/d.txt"]
    assert package_lists.by_conda(found) == {"e.txt"}


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        ("pyproject.toml", "[project]\ndependencies = [\n  'PyTest>=8',\n]\n", 3),
        ("pyproject.toml", "[project.optional-dependencies]\nx = ['pytest']\n", 2),
        ("pyproject.toml", "[dependency-groups]\nx = ['pytest']\n", 2),
        ("pyproject.toml", "[tool.poetry.group.x.dependencies]\npytest = '*'\n", 2),
        ("pyproject.toml", "[tool.pdm.dev-dependencies]\nx = ['pytest']\n", 2),
        ("requirements-dev.txt", "# pytest\npytest-cov\npytest>=8\n", 3),
        ("setup.py", "import pytest\nkeywords='pytest'\nx = ['pytest']\n", 3),
        ("Pipfile", "[dev-packages]\npytest = '*'\n", 2),
        ("pyproject.toml", "[project]\nkeywords = ['pytest']\n", 0),
        ("requirements.txt", "pytest-cov\nmypytest\n", 0),
    ],
)
def test_where_a_tool_is_required_is_told_by_its_line(write: Write, file: str, text: str, line: int) -> None:
    found = package_lists.requires(Source(write({file: text})), "pytest")
    assert [(e.file, e.line) for e in found] == ([(file, line)] if line else [])
