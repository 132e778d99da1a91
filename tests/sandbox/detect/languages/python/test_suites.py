"""Which commands test a Python project: what CI runs to check a change, not what clones or needs more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
PROJECT = '[project]\nname = "x"\n[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


def lines(root: Path, kind: str = "test") -> list[str]:
    return [f.command for f in getattr(detect(root), kind)]


@pytest.mark.parametrize(
    "files",
    [
        {"requirements-dev.txt": "pytest\n"},
        {"pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-ra"\n'},
        {"tests/test_a.py": "", "lib/a.py": ""},
        {"dev-requirements.txt": "pytest>=8\n", "pkg/a.py": ""},
        {"requirements/test.txt": "pytest\n", "pytest.ini": "[pytest]\n"},
        {"src/a.py": "", "src/test_a.py": ""},
        {"uv.lock": "", "pyproject.toml": "[tool.uv]\ndev-dependencies = ['pytest']\n"},
    ],
)
def test_python_is_seen_by_what_ci_runs_and_by_any_list_of_packages(write: Write, files: dict[str, str]) -> None:
    root = write({**files, CI: steps("pip install pytest", "python -m pytest")})
    assert lines(root) == ["pytest"]
    assert detect(root).ecosystems == ("python",)


@pytest.mark.parametrize(
    ("runs", "first", "others"),
    [
        (["pytest tests/unit -s", "pytest tests/integration"], "pytest tests/unit", []),
        (["pytest tests/e2e", "pytest tests/unit"], "pytest tests/unit", []),
        (["pytest -m slow", "pytest -m 'not slow'"], "pytest -m 'not slow'", []),
        (
            ["pytest --pyargs pkg.drawing", "pytest --doctest-modules --pyargs pkg"],
            "pytest --doctest-modules --pyargs pkg",
            [],
        ),
        (["pytest tests/unit", "pytest tests/functional"], "pytest tests/unit", ["pytest tests/functional"]),
        (["pytest tests/unit/test_a.py", "pytest"], "pytest", []),
        (["pytest tests/test_a.py", "pytest tests/test_b.py"], "pytest", []),
        (["pytest", "python manage.py test"], "pytest", ["python manage.py test"]),
        (["pytest -k memray --memray", "pytest -m integration"], "pytest", []),
        (["pytest -m unit", "pytest -m integration"], "pytest -m unit", []),
        (["pytest -k m", "pytest -m 'not integration and not perf'"], "pytest -m 'not integration and not perf'", []),
        (["pytest tests/unit", "pytest tests/unit --cov --junitxml=x.xml"], "pytest tests/unit", []),
    ],
)
def test_ci_s_own_suite_comes_first_and_its_other_suites_stand_apart(
    write: Write, runs: list[str], first: str, others: list[str]
) -> None:
    dirs = {f"tests/{d}/test_a.py": "" for d in ("unit", "integration", "e2e", "functional")}
    files = {"pyproject.toml": PROJECT, "manage.py": "", "tests/test_a.py": "", "tests/test_b.py": "", **dirs}
    found = detect(write({**files, CI: steps(*runs)})).test
    assert found[0].command == first
    apart = [f.command for f in found if f.suite != found[0].suite]
    assert apart == others


@pytest.mark.parametrize(
    ("name", "other"),
    [("integration", "pytest tests/integration"), ("nightly", "pytest --slow"), ("downstream", "pytest tests/other")],
)
def test_a_workflow_with_another_purpose_does_not_choose(write: Write, name: str, other: str) -> None:
    files = {"tests/unit/test_a.py": "", "tests/integration/test_b.py": "", "pyproject.toml": PROJECT}
    workflows = {f".github/workflows/{name}.yml": steps(other), CI: steps("pytest tests/unit")}
    assert lines(write({**files, **workflows}))[0] == "pytest tests/unit"


@pytest.mark.parametrize(
    ("script", "env"),
    [
        ("export PYTHONPATH=src\npytest", {"PYTHONPATH": "src"}),
        ("export PYTHONPATH=$PWD/lib:$PYTHONPATH\npytest tests", {"PYTHONPATH": "lib"}),
        ('export PYTHONPATH="$(pwd)"\npytest', {"PYTHONPATH": "."}),
        ("declare -x APP_ENV=test && pytest", {"APP_ENV": "test"}),
        ("DJANGO_SETTINGS_MODULE=x.settings pytest", {"DJANGO_SETTINGS_MODULE": "x.settings"}),
        ("env APP_ENV=test pytest", {}),
        ("export APP_ENV=${APP_ENV:-test}\npytest", {"APP_ENV": "test"}),
        ("export GITHUB_TOKEN=abc PATH=$PATH:x\npytest", {}),
    ],
)
def test_what_a_script_exports_is_there_when_its_tests_run(write: Write, script: str, env: dict[str, str]) -> None:
    files = {"setup.py": "", "tests/test_a.py": "", "scripts/test.sh": script, CI: steps("bash scripts/test.sh")}
    (first, *_) = detect(write(files)).test
    assert first.env == {"CI": "1", **env} or (script.startswith("env ") and first.env["CI"] == "1")


@pytest.mark.parametrize(
    ("files", "run"),
    [
        ({"Makefile": "export APP_ENV := test\ntest:\n\tpytest\n"}, "make test"),
        ({"tox.ini": "[testenv]\nsetenv =\n    APP_ENV = test\ncommands = pytest\n"}, "tox -e py"),
        (
            {"noxfile.py": "import nox\n@nox.session\ndef t(s):\n    s.run('pytest', env={'APP_ENV': 'test'})\n"},
            "nox -s t",
        ),
        ({"pyproject.toml": "[tool.poe.tasks.test]\ncmd = 'pytest'\nenv = {APP_ENV = 'test'}\n"}, "poe test"),
        ({"justfile": 'export APP_ENV := "test"\ntest:\n    pytest\n'}, "just test"),
        ({"Taskfile.yml": "tasks:\n  test:\n    env: {APP_ENV: test}\n    cmds: [pytest]\n"}, "task test"),
        ({"mise.toml": "[env]\nAPP_ENV = 'test'\n[tasks.test]\nrun = 'pytest'\n"}, "mise run test"),
        ({"hatch.toml": "[envs.a.env-vars]\nAPP_ENV='test'\n[envs.a.scripts]\ntest='pytest'\n"}, "hatch run a:test"),
        ({}, "echo APP_ENV=test >> $GITHUB_ENV"),
    ],
)
def test_what_a_task_sets_is_there_when_its_tests_run(write: Write, files: dict[str, str], run: str) -> None:
    more = ["pytest"] if "GITHUB_ENV" in run else []
    root = write({"setup.py": "", "tests/test_a.py": "", **files, CI: steps(run, *more)})
    assert detect(root).test[0].env == {"CI": "1", "APP_ENV": "test"}


@pytest.mark.parametrize(
    "text",
    [
        '[tool.ruff]\nexclude = [".pytest_cache", "x"]\n',
        '[tool.black]\nextend-exclude = "/.pytest_cache/"\n',
        '[tool.isort]\nknown_third_party = ["pytest"]\n',
        '[tool.ruff.lint]\nselect = ["PT"]  # flake8-pytest-style\n',
        '[[tool.mypy.overrides]]\nmodule = "pytest.*"\nignore_missing_imports = true\n',
        '[project]\nname = "x"\nkeywords = ["pytest", "django"]\n',
    ],
)
def test_the_mere_word_pytest_is_no_evidence_ahead_of_what_ci_runs(write: Write, text: str) -> None:
    root = write({"pyproject.toml": text, "manage.py": "", "app/tests.py": "", CI: steps("python manage.py test app")})
    assert lines(root) == ["python manage.py test app"]
    assert lines(write({CI: steps("true")})) == ["python manage.py test"]


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("pytest test_p.py p -v --cov p --cov-report term-missing", "pytest test_p.py p"),
        ("pytest --cov p tests", "pytest tests"),
        ("pytest --cov -n auto tests", "pytest tests"),
        ("pytest --cov=p tests", "pytest tests"),
        ("pytest tests --cov", "pytest tests"),
        ("pytest --log-file log.txt --junit-prefix x tests", "pytest tests"),
    ],
)
def test_what_a_flag_of_pytest_takes_is_no_path(write: Write, run: str, expected: str) -> None:
    files = {"p/a.py": "", "tests/test_a.py": "", "test_p.py": "", CI: steps(run)}
    assert lines(write(files))[0] == expected


def test_what_ci_runs_comes_before_what_files_speak_for(write: Write) -> None:
    """So that the base's run falls through to it first, not last."""
    files = {"pyproject.toml": PROJECT, "runtests.py": "", "tests/test_a.py": "", CI: steps("python runtests.py")}
    assert lines(write(files)) == ["python runtests.py", "pytest"]


@pytest.mark.parametrize("flags", ["-Wall", "-W error", "-X dev -W error", "-b", "-u -W ignore"])
def test_flags_of_python_do_not_hide_a_runner(write: Write, flags: str) -> None:
    files = {"setup.py": "", "tests/runtests.py": "", CI: steps(f"cd tests && python {flags} runtests.py")}
    (found,) = detect(write(files)).test
    assert (found.cwd, found.command) == ("tests", "python runtests.py")


def test_a_script_that_ci_writes_itself_is_no_runner(write: Write) -> None:
    root = write(
        {"setup.py": "", "tests/test_a.py": "", CI: steps("echo 'import x' > test.py && python test.py", "pytest")}
    )
    assert lines(root) == ["pytest"]


@pytest.mark.parametrize(
    ("runs", "named"),
    [
        (["pytest -m 'not dev and not slow'", "pytest -m dev"], ["pytest -m dev"]),
        (["pytest -m 'not slow'", "pytest -m slow", "pytest tests/a"], ["pytest -m slow"]),
        (["pytest", "pytest -m slow"], []),
        (["pytest -m 'not slow'", "pytest tests/a"], []),
    ],
)
def test_what_a_mark_leaves_out_and_ci_runs_by_itself_is_named(write: Write, runs: list[str], named: list[str]) -> None:
    found = detect(write({"pyproject.toml": PROJECT, "tests/a/test_a.py": "", CI: steps(*runs)}))
    assert [n.subject for n in found.not_run if n.subject.startswith("pytest")] == named
