"""The packages of a JavaScript workspace, and what a command over packages runs in which of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect.commands import workspaces
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]


def package(name: object, **scripts: object) -> str:
    return json.dumps({"name": name, "scripts": scripts})


@pytest.fixture
def source(write: Write) -> Source:
    files = {
        "package.json": '{"workspaces": ["packages/*", "!packages/old", "apps/**"]}',
        "packages/a/package.json": package("@o/a", test="jest", pretest="tsc"),
        "packages/b/package.json": package("b", test="mocha"),
        "packages/old/package.json": package("old", test="x"),
        "packages/none/readme": "",
        "packages/.h/package.json": package("h", test="x"),
        "packages/node_modules/package.json": package("n", test="x"),
        "apps/c/d/package.json": package(5, test=7),
    }
    return Source(write(files))


def test_the_members_are_the_packages_that_the_patterns_take_in_and_none_leaves_out(source: Source) -> None:
    assert workspaces.members(source) == {"packages/a": "@o/a", "packages/b": "b", "apps/c/d": "5"}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"package.json": '{"workspaces": {"packages": ["p/a"]}}'}, ["p/a"]),
        ({"package.json": '{"workspaces": "p/*"}'}, ["p/a", "p/b"]),
        ({"package.json": '{"workspaces": ["p/{a,x}", "./p/a/", "p//a", "p/./a"]}'}, ["p/a"]),
        ({"pnpm-workspace.yaml": "packages:\n  - p/*\n  - '!p/a'\n"}, ["p/b"]),
        ({"lerna.json": '{"packages": ["p/?"]}'}, ["p/a", "p/b"]),
        ({"package.json": '{"workspaces": [5, null, "p/a", "", "../x", "/etc", "p/["]}'}, ["p/a"]),
        ({"package.json": '{"workspaces": 5}'}, []),
        ({"package.json": "["}, []),
        ({"pnpm-workspace.yaml": "- p/*\n"}, []),
        ({}, []),
    ],
)
def test_each_manager_names_its_packages_in_a_file_of_its_own(
    write: Write, files: dict[str, str], found: list[str]
) -> None:
    source = Source(write({**files, "p/a/package.json": "{}", "p/b/package.json": "{}"}))
    assert list(workspaces.members(source)) == found


def test_many_packages_and_many_stars_come_to_an_end(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / "p" / f"a{number}").mkdir(parents=True)
        (tmp_path / "p" / f"a{number}" / "package.json").write_text("{}")
    for pattern in ("p/*", "**/" * 30 + "*"):
        (tmp_path / "package.json").write_text(json.dumps({"workspaces": [pattern]}))
        assert 140 < len(workspaces.members(Source(tmp_path))) <= 150


A, B = [("packages/a", "tsc"), ("packages/a", "jest")], [("packages/b", "mocha")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("npm test --workspaces", A + B),
        ("pnpm -r test", A + B),
        ("yarn workspaces foreach -Apt run test", A + B),
        ("lerna run test", A + B),
        ("turbo run test", A + B),
        ("nx run-many -t test", A + B),
        ("pnpm --filter [origin/main] test", A + B),
        ("npm test -w packages/a", A),
        ("npm run test --workspace=@o/a", A),
        ("pnpm --filter ./packages/b test", B),
        ("pnpm --filter a... test", A),
        ("pnpm --filter @o/* run test", A),
        ("pnpm -F !b test", A),
        ("yarn workspace b test", B),
        ("turbo test --filter=b", B),
        ("nx run b:test", B),
        ("nx b:test", B),
        ("nx test b", B),
        (
            "pnpm -r exec mocha --ci",
            [("packages/a", "mocha --ci"), ("packages/b", "mocha --ci"), ("apps/c/d", "mocha --ci")],
        ),
        ("pnpm --filter b exec -- mocha", [("packages/b", "mocha")]),
        ("pnpm -r nothing", []),
        ("pnpm --filter unknown test", []),
    ],
)
def test_a_script_runs_in_the_packages_that_are_meant(
    source: Source, line: str, expected: list[tuple[str, str]]
) -> None:
    spread = workspaces.spread(source, tuple(line.split()), ".")
    assert spread
    assert spread.known
    assert [(body.cwd, body.script) for body in spread.bodies] == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        "npm test",
        "pnpm exec jest",
        "pnpm -r install",
        "pnpm -r",
        "pnpm --filter",
        "yarn workspace b",
        "turbo",
        "make -r",
    ],
)
def test_other_commands_are_not_over_packages(source: Source, line: str) -> None:
    assert workspaces.spread(source, tuple(line.split()), ".") is None


def test_where_no_package_is_found_that_is_said(write: Write) -> None:
    spread = workspaces.spread(Source(write({"package.json": "{}"})), ("turbo", "run", "test"), ".")
    assert spread
    assert not spread.known


def test_a_directory_of_a_workspace_has_the_packages_below_it(write: Write) -> None:
    files = {"package.json": '{"workspaces": ["web/*"]}', "web/a/package.json": package("a", test="jest")}
    spread = workspaces.spread(Source(write(files)), ("pnpm", "-r", "test"), "web")
    assert spread
    assert [body.cwd for body in spread.bodies] == ["web/a"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("turbo run lint test --x", ["turbo run lint --x", "turbo run test --x"]),
        ("nx run-many --targets=lint,test", ["nx run-many --target=lint", "nx run-many --target=test"]),
        ("nx run-many -t lint,test", ["nx run-many --target=lint", "nx run-many --target=test"]),
        ("nx run-many -t lint -t test", ["nx run-many --target=lint", "nx run-many --target=test"]),
        ("nx run-many -t lint test", ["nx run-many -t lint", "nx run-many -t test"]),
        ("nx test b", ["nx test b"]),
        ("sbt -x clean test", ["sbt -x clean", "sbt -x test"]),
        ("sbt scalafmtCheck;test", ["sbt scalafmtCheck", "sbt test"]),
        ("sbt -x ;clean;test;", ["sbt -x clean", "sbt -x test"]),
        ("sbt ;test", ["sbt test"]),
        ("pants lint test ::", ["pants lint ::", "pants test ::"]),
        ("lerna run test", ["lerna run test"]),
        ("npm run lint test", ["npm run lint test"]),
        ("", [""]),
    ],
)
def test_a_command_that_runs_several_scripts_is_one_for_each(line: str, expected: list[str]) -> None:
    assert [" ".join(words) for words in workspaces.each(tuple(line.split()))] == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("nx affected -t test --base main --head=HEAD", "nx run-many -t test"),
        ("nx affected:test", "nx run-many --target=test"),
        ("turbo run test --filter=...[origin/main]", "turbo run test"),
        ("turbo run test --filter [HEAD^1]", "turbo run test"),
        ("turbo test --affected", "turbo test"),
        ("lerna run test --since main --x", "lerna run test --x"),
        ("lerna run test --since", "lerna run test"),
        ("pnpm --filter a test", "pnpm --filter a test"),
        ("make --since x", "make --since x"),
        ("", ""),
    ],
)
def test_what_a_change_touches_is_all_of_it(line: str, expected: str) -> None:
    assert " ".join(workspaces.whole(tuple(line.split()))) == expected
