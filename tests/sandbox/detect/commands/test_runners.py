"""Which task a call of a task runner names, and what is behind it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands.runners import READERS
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]
SCRIPTS = {"test": "jest", "lint": "eslint .", "lint:a": "x", "unit": "vitest"}
FILES = {
    "Makefile": "a:\n\tone $(X)\nb:\n\ttwo\n",
    "other.mk": "a:\n\tother\n",
    "sub/Makefile": "a:\n\tsub\n",
    "package.json": json.dumps({"scripts": SCRIPTS}),
    "sub/package.json": '{"scripts": {"test": "sub"}}',
    "composer.json": '{"scripts": {"t": ["phpunit"]}}',
    ".cargo/config.toml": '[alias]\nxt = "nextest run"\nl = ["clippy", "--all"]\nclippy = "clippy -x"\nodd = 5\n',
    "justfile": "t:\n  just-t\n",
    "sub/justfile": "t:\n  just-sub\n",
    "Taskfile.yml": "version: 3\ntasks:\n  t:\n    cmds: [task-t]\n",
    "mise.toml": '[tasks.t]\nrun = "mise-t"\n[tasks.u]\nrun = "mise-u"\n',
    "sub/mise.toml": '[tasks.t]\nrun = "mise-sub"\n',
    "deno.json": '{"tasks": {"t": "deno test"}}',
    "sub/deno.json": '{"tasks": {"t": "deno lint"}}',
}


@pytest.fixture
def source(write: Write) -> Source:
    return Source(write(FILES))


def called(source: Source, line: str, cwd: str = ".") -> tuple[str, list[str], str] | None:
    words = tuple(shlex.split(line))
    task = READERS[words[0]](source, words, cwd)
    return task and (task[0], [body.script for body in task[1]], task[2])


@pytest.mark.parametrize(
    ("line", "name", "scripts", "cwd"),
    [
        ("make", "make", ["one $(X)"], "."),
        ("gmake -k -j 4 a b", "make a b", ["one $(X)", "two"], "."),
        ("make X=5 a", "make a", ["one 5"], "."),
        ("make -C sub a", "make a", ["sub"], "sub"),
        ("make --directory=sub a", "make a", ["sub"], "sub"),
        ("make -f other.mk a", "make a", ["other"], "."),
        ("make --file=other.mk a", "make a", ["other"], "."),
        ("make --makefile other.mk a", "make a", ["other"], "."),
        ("make -C ../../.. b", "make b", ["two"], "."),
        ("make -C", "make", ["one $(X)"], "."),
        ("make nothing", "make nothing", [], "."),
        ("just t", "just t", ["just-t"], "."),
        ("just -f sub/justfile t", "just t", ["just-sub"], "sub"),
        ("just -d sub t", "just t", ["just-sub"], "sub"),
        ("task t", "task t", ["task-t"], "."),
        ("go-task nothing", "task nothing", [], "."),
        ("mise run t", "mise t", ["mise-t"], "."),
        ("mise r t ::: u", "mise t", ["mise-t", "mise-u"], "."),
        ("rtx tasks run t", "mise t", ["mise-t"], "."),
        ("mise run //sub:t", "mise //sub:t", ["mise-sub"], "sub"),
        ("deno task t", "deno t", ["deno test"], "."),
        ("deno task --cwd sub t", "deno t", ["deno lint"], "sub"),
        ("composer run-script t", "composer t", ["phpunit"], "."),
        ("cargo +nightly xt -p a", "cargo xt", ["cargo nextest run -p a"], "."),
        ("cargo l", "cargo l", ["cargo clippy --all"], "."),
    ],
)
def test_a_call_names_a_task(source: Source, line: str, name: str, scripts: list[str], cwd: str) -> None:
    assert called(source, line) == (name, scripts, cwd)


@pytest.mark.parametrize(
    ("line", "scripts", "cwd"),
    [
        ("npm test", ["jest"], "."),
        ("npm t", ["jest"], "."),
        ("npm run -s lint", ["eslint ."], "."),
        ("npm run lint -- --max-warnings 0", ["eslint . --max-warnings 0"], "."),
        ("npm run lint src", ["eslint . src"], "."),
        ("npm run unit --if-present --loglevel error", ["vitest"], "."),
        ("npm --prefix sub test", ["sub"], "sub"),
        ("npm test --prefix sub", ["sub"], "sub"),
        ("npm run test --prefix=sub -- --ci", ["sub --ci"], "sub"),
        ("npm -C sub test", ["sub"], "sub"),
        ("pnpm --dir=sub test", ["sub"], "sub"),
        ("pnpm lint --fix", ["eslint . --fix"], "."),
        ("yarn lint", ["eslint ."], "."),
        ("yarn eslint src", ["eslint src"], "."),
        ("yarn --cwd sub test", ["sub"], "sub"),
        ("bun run test", ["jest"], "."),
        ("nr lint", ["eslint ."], "."),
        ("run-s lint test", ["npm run lint", "npm run test"], "."),
        ("run-p 'lint:*'", ["npm run lint:a"], "."),
        ("concurrently -k npm:lint 'eslint x'", ["npm run lint", "eslint x"], "."),
    ],
)
def test_a_call_of_a_package_manager_runs_its_script(source: Source, line: str, scripts: list[str], cwd: str) -> None:
    found = called(source, line)
    assert found
    assert found[1:] == (scripts, cwd)


@pytest.mark.parametrize(
    "line",
    [
        *("npm", "npm run", "npm install", "npm ci", "npm lint", "npm run nothing", "npm --prefix", "npm test:unit"),
        *("yarn install", "yarn nothing", "pnpm -C", "bun test", "deno test", "deno task", "deno task nothing"),
        *("mise", "mise run", "mise run nothing", "mise //sub:nothing", "mise //../..:t", "composer install"),
        *("composer", "cargo", "cargo clippy", "cargo test", "cargo odd", "cargo +nightly"),
    ],
)
def test_a_call_of_something_else_names_none(source: Source, line: str) -> None:
    assert called(source, line) is None


@pytest.mark.parametrize("name", sorted(READERS))
def test_no_words_break_a_reader(source: Source, name: str) -> None:
    for rest in (
        [],
        [""],
        ["-"],
        ["--"],
        ["=", "="],
        ["run"],
        ["-C"],
        ["\0"],
        ["$X", "a" * 5000],
        ["//", ":"],
        ["[", "("],
    ):
        READERS[name](source, (name, *rest), ".")
        READERS[name](source, (name, "run", *rest), "missing")
