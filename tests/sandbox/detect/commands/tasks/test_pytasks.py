"""Tasks of poe, pdm, hatch, pixi, pipenv, rye, taskipy and invoke."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.detect.commands.tasks import pytasks
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]
POE = """
[tool.poe]
env = {A = "1", TOKEN = "x"}
[tool.poe.tasks]
t = {cmd = "pytest", cwd = "sub", env = {B = "2"}, deps = ["l"]}
l = "ruff check ."
all = ["l", {cmd = "mypy ."}, {ref = "t"}]
loose = {sequence = [{cmd = "a"}], ignore_fail = true}
loop = ["pool"]
pool = ["loop", "x"]
s = {script = "pkg.mod:main(1)"}
away = {shell = "a", cwd = "/etc"}
up = {shell = "a", cwd = "../../x"}
odd = 5
"""
PDM = """
[tool.pdm.scripts]
_.env = {A = "1"}
t = "pytest {args:-x}"
c = {call = "pkg.mod:main"}
m = {composite = ["t -v", "c"]}
"""
HATCH = """
[tool.hatch.envs.default.scripts]
t = "pytest {args}"
l = ["- flake8", "mypy ."]
[tool.hatch.envs.x]
env-vars = {A = "1"}
[tool.hatch.envs.x.scripts]
q = "ruff check ."
t = "other"
"""
PIXI = """
[tasks]
t = {cmd = ["pytest", "-q"], depends-on = ["l", {task = "m"}], cwd = "sub"}
l = "ruff check ."
[feature.f.tasks]
m = "mypy ."
[target.linux.tasks]
n = "flake8"
l = "never"
"""


@pytest.mark.parametrize(
    ("read", "file", "text", "name", "expected"),
    [
        (pytasks.poe, "pyproject.toml", POE, "t", ["ruff check .", "pytest"]),
        (pytasks.poe, "pyproject.toml", POE, "all", ["ruff check .", "mypy .", "pytest"]),
        (pytasks.poe, "pyproject.toml", POE, "loop", ["x"]),
        (pytasks.poe, "pyproject.toml", POE, "s", ["python -m pkg.mod"]),
        (pytasks.poe, "pyproject.toml", POE, "odd", []),
        (pytasks.poe, "pyproject.toml", POE, "", []),
        (pytasks.poe, "poe_tasks.toml", "[tasks]\nt = 'pytest'\n", "t", ["pytest"]),
        (pytasks.pdm, "pyproject.toml", PDM, "t", ["pytest -x"]),
        (pytasks.pdm, "pyproject.toml", PDM, "m", ["pytest -x", "python -m pkg.mod"]),
        (pytasks.hatch, "pyproject.toml", HATCH, "t", ["pytest "]),
        (pytasks.hatch, "pyproject.toml", HATCH, "x:t", ["other"]),
        (pytasks.hatch, "pyproject.toml", HATCH, "q", ["ruff check ."]),
        (pytasks.hatch, "pyproject.toml", HATCH, "y:q", []),
        (pytasks.hatch, "hatch.toml", HATCH.replace("tool.hatch.", ""), "t", ["pytest "]),
        (pytasks.pixi, "pixi.toml", PIXI, "t", ["ruff check .", "mypy .", "pytest -q"]),
        (pytasks.pixi, "pixi.toml", PIXI, "n", ["flake8"]),
        (pytasks.pixi, "pyproject.toml", "[tool.pixi.tasks]\nt = 'pytest'\n", "t", ["pytest"]),
        (pytasks.pixi, "pixi.toml", "tasks = 5", "t", []),
    ],
)
def test_a_task_is_what_it_runs_behind_what_it_needs(
    write: Write, read: Callable[..., Any], file: str, text: str, name: str, expected: list[str]
) -> None:
    assert [body.script for body in read(Source(write({file: text})), name)] == expected


def test_where_a_task_runs_never_leaves_the_tree(write: Write) -> None:
    source = Source(write({"pyproject.toml": POE}))
    assert [pytasks.poe(source, name)[-1].cwd for name in ("t", "away", "up", "s")] == ["sub", ".", ".", None]


def test_a_task_has_the_environment_of_its_table_and_its_own(write: Write) -> None:
    source = Source(write({"pyproject.toml": POE + PDM + HATCH}))
    assert pytasks.poe(source, "t")[-1].env == {"A": "1", "B": "2"}
    assert pytasks.pdm(source, "t")[0].env == {"A": "1"}
    assert pytasks.hatch(source, "x:q")[0].env == {"A": "1"}


def test_what_a_task_goes_on_after_is_tolerated(write: Write) -> None:
    source = Source(write({"pyproject.toml": POE + HATCH}))
    assert pytasks.poe(source, "loose")[0].tolerated
    assert [(b.script, b.tolerated) for b in pytasks.hatch(source, "l")] == [("flake8", True), ("mypy .", False)]


@pytest.mark.parametrize(
    ("tool", "file", "text", "expected"),
    [
        ("pipenv", "Pipfile", "[scripts]\npre_t = 'a'\nt = 'pytest'\n", ["pytest"]),
        ("rye", "pyproject.toml", "[tool.rye.scripts]\nt = {cmd = 'pytest'}\n", ["pytest"]),
        ("task", "pyproject.toml", "[tool.taskipy.tasks]\npre_t = 'a'\nt = 'pytest'\n", ["a", "pytest"]),
        ("task", "pyproject.toml", "[tool]\ntaskipy = 5\n", []),
    ],
)
def test_a_script_of_pipenv_rye_or_taskipy(write: Write, tool: str, file: str, text: str, expected: list[str]) -> None:
    source = Source(write({file: text}))
    assert [body.script for body in pytasks.script(source, tool, "t")] == expected
    assert ("t" in pytasks.script_names(source, tool)) == bool(expected)


INVOKE = """
@task(pre=[first], post=[never])
def run_all(c, x=1):
    helper(c)
    c.run(f"pytest {x} " + "-q", warn=True)
    c.run(" ".join(["a", "b"]))
    c.run("c {}".format(1))
    c.run(computed())

def helper(c):
    c.sudo("ruff check .")

@task
def first(c): c.run("one")

@tasks.task(first, name="named")
def other(c): c.run("two")

def none(c): c.run("no")
"""


def test_a_task_of_invoke_is_what_it_and_those_before_it_run(write: Write) -> None:
    found = pytasks.invoke_tasks(Source(write({"tasks.py": INVOKE})))
    assert {name: [b.script for b in bodies] for name, bodies in found.items()} == {
        "run-all": ["one", "ruff check .", "pytest  -q", "a b", "c "],
        "first": ["one"],
        "named": ["one", "two"],
    }
    assert [b.tolerated for b in found["run-all"]] == [False, False, True, False, False]


def test_tasks_of_a_package_are_called_by_their_module_and_by_their_name(write: Write) -> None:
    files = {"tasks/__init__.py": "", "tasks/code_style.py": "@task\ndef lint(c): c.run('ruff check .')\n"}
    assert list(pytasks.invoke_tasks(Source(write(files)))) == ["code-style.lint", "lint"]


@pytest.mark.parametrize(
    "text", ["def f(", "\0", "@task\ndef t(c): c.run('a'" + " + 'a'" * 2500 + ")", "@task()\ndef t(c): c.run()"]
)
def test_tasks_that_cannot_be_read_are_none(write: Write, text: str) -> None:
    found = pytasks.invoke_tasks(Source(write({"tasks.py": text})))
    assert sum(len(b.script) for bodies in found.values() for b in bodies) < 1000
