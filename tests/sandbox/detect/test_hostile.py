"""Repositories that mean harm, or are merely broken: detection reads on, stays inside, and never raises."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.detect import detect
from sandbox.detect.commands.tasks import toxnox
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]
MANIFESTS = (
    "pyproject.toml",
    "tox.ini",
    "noxfile.py",
    "setup.py",
    "package.json",
    "Makefile",
    "justfile",
    "composer.json",
    "Cargo.toml",
    ".pre-commit-config.yaml",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    ".pre-commit-config.yml",
    "Taskfile.yml",
    "mise.toml",
    "pixi.toml",
    "deno.json",
    "tasks.py",
    "pom.xml",
    "build.gradle.kts",
    "pnpm-workspace.yaml",
    "a/package.json",
    "requirements-dev.txt",
    "angular.json",
)
PIECES = (
    "[tox]\nenvlist=py{1,2}\n[testenv]\ncommands={[testenv]commands}\n",
    "test: test\n\t$(A) $(A)\nA=$(A)$(A)\n",
    '{"scripts": {"test": "npm test", "a": ["x"], "lint": 3}}',
    "jobs: {a: {steps: [{run: [1]}, 3, {uses: ./.}]}}",
    "jobs:\n - x\n",
    "repos:\n- hooks:\n  - id: ruff\n    args: 3\n",
    "[tool.tox.env.a]\ncommands=[[1,{replace='x'}]]\n",
    "[project]\ndependencies=3\n",
    "import nox\n@nox.session\ndef a(s):\n    a(s)\n    s.run(*s.x or ())\n",
    "[tool.poe.tasks]\na=['a','b']\nb={sequence=['a']}\n",
    "[dependency-groups]\ntest=[{include-group='test'}]\n",
    '{"workspaces": ["**/*", "a", 3], "scripts": {"test": "pnpm -r test", "lint": "turbo lint --filter=..."}}',
    "tasks: {a: {deps: [a, {task: 3}], cmds: [3, {task: a}], dir: [x]}}\nincludes: {b: ., c: {dir: 3}}\n",
    "[tasks.a]\ndepends=['a']\nrun=['mise run a', 'task a', 'invoke a', 'pixi run a', 'deno task a']\n",
    '{"tasks": {"a": {"dependencies": ["a"], "command": 3}, "b": "deno task b"}} // x',
    "from invoke import task\n@task\ndef a(c):\n    a(c)\n    c.run(x + 'pytest')\n",
    "on: {workflow_call: {inputs: {a: 3}}}\njobs: {a: {uses: ./.github/workflows/ci.yml, strategy: {matrix: {include: [3, {a: {b: [c]}}]}}}}",  # noqa: E501
    "exclude: '(((((((a|b)*)*)*)*c'\nrepos: [{repo: x, rev: [1], hooks: [{id: flake8, exclude: '(?x)^(', files: '^(|'}]}]\n",  # noqa: E501
    "<plugin><artifactId>maven-checkstyle-plugin</artifactId><goal>check</goal>",
    "packages: ['**', '!a', {x: y}]\n",
    "export A := $(A)\nmod a\nimport 'justfile'\na: a\n  -just a\ninclude Makefile\n",
    *("\x00\ud800", "[[[[", "- &a [*a]", "{" * 50, "\t", "'", "$("),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.dictionaries(
        st.sampled_from(MANIFESTS), st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=4)
    )
)
def test_nothing_that_a_file_holds_raises(tmp_path: Path, files: dict[str, list[str]]) -> None:
    for name in MANIFESTS:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if name in files:
            path.write_bytes("".join(files[name]).encode("utf-8", "surrogatepass"))
    detect(tmp_path)


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "package.json").write_text('{"scripts": {"test": "jest"}}')
    root = tmp_path / "root"
    root.mkdir()
    (root / "package.json").symlink_to(secret / "package.json")
    (root / ".github").symlink_to(secret)
    (root / "composer.json").symlink_to("../secret/package.json")
    assert detect(root).ecosystems == ()
    assert Source(root).text("../secret/package.json") == ""
    assert Source(root).text(str(secret / "package.json")) == ""


def test_a_link_inside_of_the_tree_is_read(tmp_path: Path) -> None:
    (tmp_path / "real.toml").write_text('[package]\nname = "x"\n')
    (tmp_path / "Cargo.toml").symlink_to("real.toml")
    assert detect(tmp_path).ecosystems == ("rust",)


def test_what_is_not_a_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "package.json")
    (tmp_path / "Makefile").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    assert detect(tmp_path).ecosystems == ()
    assert Source(tmp_path).text("loop") == ""
    assert Source(tmp_path).text("a\0b") == ""


def test_a_huge_file_is_left_unread(write: Write) -> None:
    root = write({"Makefile": "test:\n\tpytest\n"})
    with (root / "pyproject.toml").open("wb") as file:
        file.truncate(8 << 30)
    assert Source(root).text("pyproject.toml") == ""
    detect(root)


def test_an_alias_bomb_costs_nothing() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    assert yamltree.load(f"l0: &l0 [x, x]\n{levels}\n")["l0"] == ["x", "x"]
    assert yamltree.load("a: &a [*a]") == {} or yamltree.load("a: &a [*a]")


@pytest.mark.parametrize(
    "files",
    [
        {"Makefile": "test: check\n\tmake check\ncheck: test\n\tmake test\n"},
        {"package.json": '{"scripts": {"test": "npm run a", "a": "npm run test", "posttest": "npm test"}}'},
        {
            "tox.ini": "[testenv]\ncommands = tox -e py\n",
            "noxfile.py": "import nox\n@nox.session\ndef a(s):\n    s.run('nox')\n",
        },
        {
            "a.sh": "./b.sh\n" * 300,
            "b.sh": "./a.sh\n./c.sh\n" * 300,
            "Makefile": "test:\n\tbash a.sh\n",
            "c.sh": "pytest\n",
        },
    ],
)
def test_tasks_that_call_each_other_end(write: Write, files: dict[str, str]) -> None:
    detect(write(files))


def test_generative_names_of_tox_are_bounded(write: Write) -> None:
    options = ",".join(str(n) for n in range(50))
    root = write({"tox.ini": f"[tox]\nenvlist = {'-'.join(['{' + options + '}'] * 6)}\n[testenv]\ncommands = pytest\n"})
    assert len(toxnox.tox_names(Source(root))) <= 60


MATRIX = ", ".join(f"k{n}: [a, b, c, d, e, f]" for n in range(10))
STEP = "pytest " + " ".join(f"${{{{ matrix.k{n} }}}}" for n in range(10))


@pytest.mark.parametrize(
    "files",
    [
        {"justfile": ("a " * 1990 + "\n") * 120},
        {"Makefile": (" " * 3990 + "x\n") * 120},
        {"deno.json": "/*" * 200_000},
        {"pom.xml": "<plugin>" * 60_000},
        {"pom.xml": "<!--" * 100_000},
        {"setup.py": "", ".github/workflows/a.yml": f"jobs: {{a: {{steps: [{{run: '{'echo a=' * 8000}'}}]}}}}"},
        {
            "setup.py": "",
            ".github/workflows/a.yml": f"jobs: {{a: {{strategy: {{matrix: {{{MATRIX}}}}}, steps: ["
            + ", ".join(f"{{run: '{STEP} {n}'}}" for n in range(80))
            + "]}}",
        },
        {"package.json": '{"workspaces": [' + ", ".join(['"**/a*/**"'] * 60) + "]}", "a/b/c/package.json": "{}"},
        {"setup.py": "", ".pre-commit-config.yaml": f"repos: [{{repo: x, hooks: [{{id: flake8, exclude: '{'(a|b)' * 800}'}}]}}]"},  # noqa: E501
    ],
)  # fmt: skip
def test_files_that_are_made_to_be_slow_come_to_an_end(write: Write, files: dict[str, str]) -> None:
    """Each of them once took minutes, in an expression or a loop that went over the rest of a file again and again."""
    detect(write(files))


@pytest.mark.parametrize(
    "line",
    [
        "find . -exec " + " " * 20_000,
        "for a in " + "$(" * 10_000,
        "find " + "| " * 10_000 + "while read a",
        "shellcheck " + "`" * 20_000,
        "cd " * 6_000 + "${{ matrix.x }}",
        "workdir" * 3_000,
    ],
)
def test_a_hostile_line_of_a_loop_or_a_matrix_ends(tmp_path: Path, line: str) -> None:
    workflow = tmp_path / ".github/workflows/ci.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        "on: push\njobs:\n  a:\n    strategy: {matrix: {x: '${{ y }}'}}\n    steps:\n      - run: |\n          "
        + line
        + "\n"
    )
    assert detect(tmp_path).test == ()  # a pattern that runs away would take minutes
