"""Tasks of a Taskfile, of mise and of Deno."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands.tasks import taskfiles
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]
TASKFILE = """
version: 3
includes:
  docs: ./docs
  more: {taskfile: ./more.yml, dir: sub}
  away: ../../etc/passwd
  odd: 5
env: {A: '1', TOKEN: x}
tasks:
  default: [x]
  t:
    dir: sub
    env: {B: '{{.X}}2'}
    deps: [l, {task: m}]
    cmds:
      - pytest {{.ARGS}}
      - cmd: flake8
        ignore_error: true
      - task: :l
      - task: docs:build
  l: ruff check .
  m: {cmd: mypy .}
  loop: {cmds: [{task: loop}, x]}
  loose: {ignore_error: true, cmds: [a]}
"""
FILES = {
    "Taskfile.yml": TASKFILE,
    "docs/Taskfile.yml": "tasks: {build: sphinx-build}\n",
    "more.yml": "tasks: {x: y}\n",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("t", [("ruff check .", "."), ("mypy .", "."), ("pytest ", "sub"), ("flake8", "sub"), ("sphinx-build", ".")]),
        ("", [("x", ".")]),
        ("loop", [("x", ".")]),
        ("docs:build", [("sphinx-build", ".")]),
        ("more:x", [("y", "sub")]),
        ("away:x", []),
        ("odd:x", []),
        ("nothing", []),
    ],
)
def test_a_task_is_its_commands_behind_those_that_it_needs(
    write: Write, name: str, expected: list[tuple[str, str]]
) -> None:
    found = taskfiles.task(Source(write(FILES)), ".", name)
    assert [(b.script, b.cwd) for b in found] == expected


def test_a_command_knows_its_line_its_environment_and_what_may_fail(write: Write) -> None:
    source = Source(write(FILES))
    _, _, test, flake8, _ = taskfiles.task(source, ".", "t")
    assert (test.env, test.tolerated, test.evidence.line) == ({"A": "1", "B": "2"}, False, 15)
    assert (flake8.tolerated, flake8.evidence.line) == (True, 16)
    assert taskfiles.task(source, ".", "loose")[0].tolerated


def test_the_tasks_of_what_is_included_are_named_with_it(write: Write) -> None:
    names = taskfiles.task_names(Source(write(FILES)))
    assert names == ["default", "t", "l", "m", "loop", "loose", "docs:build", "more:x"]


@pytest.mark.parametrize(
    "text", ["", "- a", "tasks: []", "tasks: {t: 5, u: [[], {cmd: []}]}", "tasks: {t: &a [*a]}", "{"]
)
def test_a_taskfile_of_another_shape_has_nothing_to_run(write: Write, text: str) -> None:
    source = Source(write({"Taskfile.yml": text}))
    taskfiles.task_names(source)
    assert not [b for b in (*taskfiles.task(source, ".", "x"), *taskfiles.task(source, ".", "u")) if b.script]


def test_braces_without_end_are_read_as_they_are(write: Write) -> None:
    text = "{{" * 50_000
    (body,) = taskfiles.task(Source(write({"Taskfile.yml": f'tasks: {{t: ["{text}"]}}'})), ".", "t")
    assert body.script == text


MISE = """
[env]
A = "1"
[tasks]
plain = "x"
[tasks.t]
run = ["pytest {{arg()}}", "mypy ."]
depends = ["l -v", ""]
dir = "{{cwd}}/sub"
env = {B = "2"}
[tasks.l]
run = "ruff check ."
[tasks.away]
run = "x"
dir = "../.."
"""


def test_a_task_of_mise_comes_from_a_table_or_from_a_file(write: Write) -> None:
    source = Source(write({"mise.toml": MISE, ".mise-tasks/style/all": "#!/bin/sh\nruff check .\n"}))
    assert [b.script for b in taskfiles.mise(source, "plain")] == ["x"]
    found = taskfiles.mise(source, "t")
    assert [b.script for b in found] == ["ruff check .", "pytest ", "mypy ."]
    assert found[1].env == {"A": "1", "B": "2"}
    assert taskfiles.mise(source, "away")[0].cwd == "."
    assert taskfiles.mise(source, "style:all")[0].script == "#!/bin/sh\nruff check .\n"
    assert taskfiles.mise(source, "../../etc/passwd") == []
    assert taskfiles.mise_names(source) == ["plain", "t", "l", "away"]


DENO = """{
  // a comment, with "quotes" and /* more
  "tasks": {
    /* "no": "x", */
    "t": "deno test --allow-net=http://localhost [a,]", // [b,]
    "u": {"command": "deno lint", "dependencies": ["t", "u", 5],},
  },
}"""


def test_a_task_of_deno_is_read_through_comments_and_trailing_commas(write: Write) -> None:
    source = Source(write({"sub/deno.jsonc": DENO}))
    (test,) = taskfiles.deno(source, "sub", "t")
    assert (test.script, test.cwd) == ("deno test --allow-net=http://localhost [a,]", "sub")
    assert [b.script for b in taskfiles.deno(source, "sub", "u")] == [test.script, "deno lint"]
    assert list(taskfiles.deno_table(source, "sub")["tasks"]) == ["t", "u"]
    assert taskfiles.deno(source, ".", "t") == []


@pytest.mark.parametrize("text", ["[", "[1]", '{"tasks": []}', "/*" + "*" * 50_000, '"' * 9999, "{" * 20_000])
def test_a_deno_json_of_another_shape_has_no_tasks(write: Write, text: str) -> None:
    assert taskfiles.deno(Source(write({"deno.json": text})), ".", "t") == []
