"""What else a call is given where it is written: a configuration, an image, variables, shells other than bash."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
PHP = {"composer.json": json.dumps({"require-dev": {"phpunit/phpunit": "^12"}}), "a.php": "<?php"}
RUST = {"Cargo.toml": "[workspace]\nmembers = ['a']\n", "a/Cargo.toml": "[package]\nname = 'a'\n", "a/src/lib.rs": ""}
SWIFT = {"Package.swift": 'let package = Package(name: "x")\n', "Sources/x/a.swift": "", "Tests/xTests/a.swift": ""}
STACK = {"stack.yaml": "packages: [core]\n", "core/core.cabal": "name: core\n", "core/test/a.hs": "", "core/A.hs": ""}


def job(*runs: str, name: str = "check", services: str = "", env: str = "") -> str:
    head = "".join(f"    {key}: {{{value}}}\n" for key, value in (("services", services), ("env", env)) if value)
    steps = "".join(f"      - run: {json.dumps(run)}\n" for run in runs)
    return f"  {name}:\n{head}    steps:\n{steps}"


def workflow(*jobs: str) -> str:
    return "on: push\njobs:\n" + "".join(jobs)


def ran(root: Path, kind: str = "test") -> list[str]:
    return [f.command for f in getattr(detect(root), kind)]


UNITS = "vendor/bin/phpunit -c tests/units.sqlite.xml"


@pytest.mark.parametrize(
    ("files", "calls", "expected"),
    [
        ({}, [UNITS], [UNITS]),
        ({}, ["./vendor/bin/phpunit --configuration=tests/units.sqlite.xml --no-coverage"], [UNITS]),
        ({}, [UNITS, "vendor/bin/phpunit -c tests/units.mysql.xml"], [UNITS]),
        ({"phpunit.xml": ""}, ["vendor/bin/phpunit -c ci/phpunit.xml"], ["vendor/bin/phpunit"]),
        (
            {"phpunit.xml": ""},
            ["vendor/bin/phpunit -c a.xml", "vendor/bin/phpunit -c b-unit.xml"],
            ["vendor/bin/phpunit -c b-unit.xml", "vendor/bin/phpunit -c a.xml"],
        ),
        ({}, ["vendor/bin/phpunit"], ["vendor/bin/phpunit"]),
    ],
)
def test_phpunit_keeps_the_configuration_that_nothing_else_finds(
    write: Write, files: dict[str, str], calls: list[str], expected: list[str]
) -> None:
    names = ("a.xml", "b-unit.xml", "ci/phpunit.xml", "tests/units.sqlite.xml", "tests/units.mysql.xml")
    given = dict.fromkeys(names, "")
    assert ran(write({**PHP, **given, **files, CI: workflow(job(*calls))})) == expected


def test_of_several_configurations_those_without_services_are_run(write: Write) -> None:
    text = workflow(
        job(UNITS.replace("sqlite", "first")),
        job(UNITS.replace("sqlite", "other"), name="other", services="db: {image: x}"),
    )
    given = {f"tests/units.{name}.xml": "" for name in ("first", "other")}
    assert ran(write({**PHP, **given, CI: text})) == [UNITS.replace("sqlite", "first")]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (job("cargo nextest run --test '*'", name="more", services="db: {image: x}"), "cargo test --lib --bins"),
        (job("cargo test --test api", name="more", services="db: {image: x}"), "cargo test --lib --bins"),
        (job("cargo test --test api", name="more"), "cargo test"),
        ("", "cargo test"),
    ],
)
def test_rust_is_tested_without_the_targets_that_take_services(write: Write, others: str, expected: str) -> None:
    assert ran(write({**RUST, CI: workflow(job("cargo nextest run --lib --bins"), others)}))[0] == expected


@pytest.mark.parametrize(
    ("uses", "given", "lint"),
    [
        ("ghcr.io/php-cs-fixer/php-cs-fixer:3-php8.4", "check --diff", ["vendor/bin/php-cs-fixer check --diff"]),
        ("ghcr.io/phpstan/phpstan:2", "analyse src", []),
        ("hadolint/hadolint:latest-alpine", "hadolint Dockerfile", ["hadolint Dockerfile"]),
        ("rhysd/actionlint:latest", "-color", ["actionlint"]),
        ("someone/strange:1", "--all", []),
    ],
)
def test_an_image_that_is_a_tool_is_called_like_it(write: Write, uses: str, given: str, lint: list[str]) -> None:
    step = f"      - uses: docker://{uses}\n        with: {{args: {given}}}\n"
    text = f"on: push\njobs:\n  check:\n    steps:\n{step}"
    brings = {"phpunit/phpunit": "^12", "friendsofphp/php-cs-fixer": "^3"}
    files = {**PHP, "composer.json": json.dumps({"require-dev": brings}), "Dockerfile": "FROM x\n", CI: text}
    found = detect(write(files))
    assert [f.command for f in found.lint] == lint
    assert found.types == ()
    named = [n.reason for n in found.not_run if "phpstan" in n.subject]
    assert named == (["composer.json does not bring the tool"] if "phpstan" in uses else [])


ZSH = """#!/bin/zsh
swiftlint --strict --reporter relative-path
swiftlint analyze --strict --compiler-log-path\\
\t=(xcodebuild -scheme x)
shellcheck -a Scripts/***/*(.)
yamllint -s **/*.yml(.N)
yamllint -s .
diff <(swiftlint lint) <(echo a)
"""


def test_what_only_zsh_understands_is_no_command(write: Write) -> None:
    found = ran(write({**SWIFT, "Scripts/lint": ZSH, "a.yml": "", CI: workflow(job("Scripts/lint"))}), "lint")
    assert sorted(found) == ["swiftlint --strict --reporter relative-path", "yamllint -s ."]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (["$stack build --test core --only-dependencies", "$stack install --test core --fast"], ["stack test"]),
        (["stack build --test --no-run-tests"], ["stack test"]),
        (["stack test --fast"], ["stack test --fast"]),
        ([], ["stack test"]),
    ],
)
def test_stack_tests_as_it_builds_and_a_variable_of_the_job_names_it(
    write: Write, calls: list[str], expected: list[str]
) -> None:
    assert ran(write({**STACK, CI: workflow(job(*calls, env="stack: stack")) if calls else ""})) == expected


def test_a_text_of_several_lines_in_a_justfile_is_given_whole(write: Write) -> None:
    given = "FILES := '\n    a.hs\n    b/*.hs\n    '\nMORE := '''\nc.hs\n'''\n"
    recipe = "lint:\n    hlint --report=x.html {{ FILES }} {{ MORE }}\n"
    found = ran(write({**STACK, "justfile": given + recipe}), "lint")
    assert found == ["hlint a.hs b/*.hs c.hs"]


def test_redocly_lints_what_describes_an_api(write: Write) -> None:
    files = {"package.json": "{}", "a.js": "", "docs/root.yaml": "", CI: workflow(job("redocly lint docs/root.yaml"))}
    assert ran(write(files), "lint") == ["redocly lint docs/root.yaml"]
