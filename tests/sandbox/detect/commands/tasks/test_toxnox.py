"""The environments of tox and the sessions of nox."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands.tasks import toxnox
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]


def tox(write: Write, text: str, name: str = "py", file: str = "tox.ini") -> toxnox.ToxEnvironment:
    environment = toxnox.tox(Source(write({file: text, "sub/a": ""})), name)
    assert environment
    return environment


def scripts(environment: toxnox.ToxEnvironment) -> list[str]:
    return [body.script for body in environment.bodies]


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("tox.ini", "[tox]\nenvlist = py{39,310}-{a,b}, lint\n", ["py39-a", "py39-b", "py310-a", "py310-b", "lint"]),
        ("tox.ini", "[tox]\nenv_list =\n  py\n  lint\n[testenv:docs]\n", ["py", "lint", "docs"]),
        ("tox.ini", "[testenv]\n[testenv:py{1-3}]\n", ["py", "py1", "py2", "py3"]),
        ("tox.ini", "[testenv:lint]\n", ["py", "lint"]),
        ("setup.cfg", "[tox]\nenvlist = lint\n", ["lint"]),
        ("tox.toml", "env_list = ['py', 5]\n[env.lint]\n", ["py", "lint"]),
        ("pyproject.toml", "[tool.tox]\nlegacy_tox_ini = '''\n[tox]\nenvlist = a\n'''\n", ["a"]),
        ("pyproject.toml", "[tool.tox]\nenv_list = ['a']\n", ["a"]),
        ("tox.ini", "no ini at all", []),
        ("tox.ini", "", []),
    ],
)
def test_the_environments_are_those_listed_and_those_that_have_a_section(
    write: Write, file: str, text: str, names: list[str]
) -> None:
    assert toxnox.tox_names(Source(write({file: text}))) == names


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pytest {posargs:tests/{envname}} -q", "pytest tests/{envname} -q"),
        ("pytest {posargs} []", "pytest  "),
        ("{envpython} {toxinidir}/a{/}b {tox_root}", "python a/b ."),
        ("a {env:X:1} {env:Y}", "a 1 "),
        ("a {[more]text}", "a 1"),
        ("a \\\n    b", "a  b"),
    ],
)
def test_what_tox_fills_in_is_filled_in(write: Write, line: str, expected: str) -> None:
    assert scripts(tox(write, f"[testenv]\ncommands =\n  {line}\n[more]\ntext = 1\n")) == [expected]


@pytest.mark.parametrize(("name", "expected"), [("py39", ["a", "c"]), ("py310-x", ["b", "x", "c"]), ("x", ["b", "c"])])
def test_lines_with_factors_count_where_the_name_has_them(write: Write, name: str, expected: list[str]) -> None:
    text = "[testenv]\ncommands =\n  py39: a\n  !py39: b\n  py310-x,py311: x\n  c\n"
    assert scripts(tox(write, text, name)) == expected


def test_an_environment_takes_from_the_base_what_it_does_not_say_itself(write: Write) -> None:
    text = "[testenv]\ndeps = a\n  b\nextras = x,y\ncommands = pytest\n[testenv:lint]\ndeps =\ncommands = flake8\n"
    lint, other = tox(write, text, "lint"), tox(write, text, "other")
    assert (scripts(lint), lint.deps, lint.extras) == (["flake8"], [], ["x", "y"])
    assert (scripts(other), other.deps) == (["pytest"], ["a", "b"])


def test_what_may_fail_where_it_runs_and_with_what_is_known(write: Write) -> None:
    text = "[testenv]\nchangedir = sub\nsetenv =\n  A = 1\n  CI = 2\ncommands =\n  - a\n  ! b\n  -c\n"
    found = tox(write, text).bodies
    assert [(b.script, b.tolerated, b.cwd, b.env) for b in found] == [
        ("a", True, "sub", {"A": "1"}),
        ("b", False, "sub", {"A": "1"}),
        ("c", True, "sub", {"A": "1"}),
    ]
    assert tox(write, "[testenv]\nchangedir = {envtmpdir}\ncommands = a\n").bodies[0].cwd is None
    assert tox(write, "[testenv]\nchangedir = missing\ncommands = a\n").bodies[0].cwd is None
    assert tox(write, "[testenv]\nignore_outcome = true\ncommands = a\n").bodies[0].tolerated


@pytest.mark.parametrize(
    "text",
    [
        "[testenv]\ncommands\n  pytest\n",
        "[testenv]\ncommands\n    pytest\nno key here\n = x\n",
        "[testenv]\n  odd\ncommands = pytest\n",
        "[testenv]\ncommands = x\n[testenv]\ncommands = pytest\n",
    ],
)
def test_a_line_that_nobody_can_read_does_not_lose_the_file(write: Write, text: str) -> None:
    assert "pytest" in scripts(tox(write, text))


@pytest.mark.parametrize(
    "text",
    [
        "[testenv]\ncommands =\n" + "  {[testenv]commands}\n" * 9,
        f"[testenv:{'{a,b}' * 40}]\n",
        "[tox]\nenvlist={1-99999999999}\n",
    ],
)
def test_what_grows_without_end_is_cut(write: Write, text: str) -> None:
    source = Source(write({"tox.ini": text}))
    assert len(toxnox.tox_names(source)) <= 60
    assert toxnox.tox(source, "py")


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ('[["pytest", {replace = "posargs", default = ["a"]}]]', ["pytest a"]),
        ('[["- flake8"], ["-", "x"], "! y -z", ["a", "b c"]]', ["flake8", "x", "y -z", "a 'b c'"]),
        ('["pytest -q"]', ["pytest -q"]),
        ('"pytest"', ["pytest"]),
        ("true", []),
        ("5", []),
        ("[[]]", [""]),
    ],
)
def test_commands_in_toml_are_lists_of_words(write: Write, commands: str, expected: list[str]) -> None:
    environment = tox(write, f"[env_run_base]\ncommands = {commands}\ndeps = 3\nset_env = 5\n", file="tox.toml")
    assert scripts(environment) == expected


def test_a_command_in_toml_may_be_allowed_to_fail(write: Write) -> None:
    text = '[env_run_base]\ncommands = [["- a"], ["-", "b"], "- c", ["!", "d"], ["-e"]]\n'
    found = tox(write, text, file="tox.toml").bodies
    assert [(b.script, b.tolerated) for b in found] == [
        ("a", True),
        ("b", True),
        ("c", True),
        ("d", False),
        ("-e", False),
    ]


def test_without_a_file_there_is_no_environment(tmp_path: Path) -> None:
    assert toxnox.tox(Source(tmp_path), "py") is None
    assert toxnox.nox(Source(tmp_path)) == {}


NOX = """
import nox

@nox.session(name="unit", python=["3.11"])
@nox.parametrize("x", [1])
def some_function(session):
    session.install("-r", "requirements.txt", f"x{y}")
    prepare(session)
    session.chdir("sub")
    session.run("pytest", *(session.posargs or ("tests", "-q")), env={"A": "1", "CI": "2"})

def prepare(session):
    session.run("a", "b c" if WINDOWS else "d", success_codes=[0, 1])
    prepare(session)

@session
def plain(session): session.run("flake8", where, str(1))

def none(session): session.run("no")
"""


def test_a_session_is_what_it_and_the_functions_that_it_calls_run(write: Write) -> None:
    found = toxnox.nox(Source(write({"noxfile.py": NOX})))
    assert list(found) == ["unit", "plain"]
    assert [(b.script, b.tolerated, b.env, b.cwd) for b in found["unit"].bodies] == [
        ("a d", True, {}, None),
        ("pytest tests -q", False, {"A": "1"}, "sub"),
    ]
    assert found["unit"].deps == ["-r", "requirements.txt"]
    assert scripts(found["plain"]) == ["flake8 '$VALUE' '$VALUE'"]
    assert found["unit"].bodies[1].evidence.line == 9


@pytest.mark.parametrize(
    "text", ["def f(", "\0", "\udcff", "@nox.session\ndef a(s): s.run(" + "'a' if b else " * 3000 + "'c')"]
)
def test_a_noxfile_that_is_no_python_has_no_sessions(tmp_path: Path, text: str) -> None:
    (tmp_path / "noxfile.py").write_bytes(text.encode(errors="surrogateescape"))
    assert toxnox.nox(Source(tmp_path)) == {}
