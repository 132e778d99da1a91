"""Languages that are known by one table: CI's call comes first, else the ecosystem's habit where tests are there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
JULIA = "julia --project -e 'using Pkg; Pkg.test()'"
PESTER = "pwsh -NoProfile -Command 'Invoke-Pester -CI'"
DART = {"pubspec.yaml": "name: x\n", "lib/a.dart": "", "test/a_test.dart": ""}
FLUTTER = {**DART, "pubspec.yaml": "name: x\ndependencies:\n  flutter:\n    sdk: flutter\n"}


def steps(*runs: str) -> str:
    return "on: push\njobs:\n  check:\n    steps:\n" + "".join(f"      - run: {json.dumps(r)}\n" for r in runs)


@pytest.mark.parametrize(
    ("files", "runs", "test", "lint", "types"),
    [
        (DART, ["dart analyze", "dart test"], ["dart test"], ["dart analyze"], []),
        (FLUTTER, ["flutter analyze", "flutter test --coverage"], ["flutter test --coverage"], ["flutter analyze"], []),
        (FLUTTER, [], ["flutter test"], [], []),
        ({"x.cabal": "", "src/A.hs": ""}, ["cabal test all", "hlint ."], ["cabal test all"], ["hlint ."], []),
        ({"stack.yaml": "", "x.cabal": "", "test/A.hs": ""}, [], ["stack test"], [], []),
        (
            {"build.sbt": "", "src/main/scala/A.scala": ""},
            ["sbt scalafmtCheckAll test"],
            ["sbt test"],
            ["sbt scalafmtCheckAll"],
            [],
        ),
        (
            {"deps.edn": "{}", "src/a.clj": ""},
            ["clojure -M:test", "clj-kondo --lint src"],
            ["clojure -M:test"],
            ["clj-kondo --lint src"],
            [],
        ),
        ({"project.clj": "(defproject x)", "test/a.clj": ""}, [], ["lein test"], [], []),
        (
            {"rebar.config": "", "src/a.erl": ""},
            ["rebar3 eunit", "rebar3 dialyzer"],
            ["rebar3 eunit"],
            [],
            ["rebar3 dialyzer"],
        ),
        (
            {"build.zig": "", "src/a.zig": ""},
            ["zig build test", "zig fmt --check ."],
            ["zig build test"],
            ["zig fmt --check ."],
            [],
        ),
        ({"dune-project": "", "src/a.ml": ""}, ["opam exec -- dune runtest"], ["dune runtest"], [], []),
        ({"x.rockspec": "", "spec/a_spec.lua": ""}, ["busted", "luacheck ."], ["busted"], ["luacheck ."], []),
        ({"Makefile.PL": "", "lib/A.pm": "", "t/a.t": ""}, ["prove -lr t"], ["prove -lr t"], [], []),
        (
            {"a.sh": "", "test/a.bats": ""},
            ["bats test", "shellcheck *.sh", "shfmt -d ."],
            ["bats test"],
            ["shellcheck *.sh", "shfmt -d ."],
            [],
        ),
        (
            {"DESCRIPTION": "", "tests/testthat/test-a.R": ""},
            ["R CMD check ."],
            ["Rscript -e 'devtools::test()'"],
            [],
            [],
        ),
        ({"Project.toml": "", "src/X.jl": "", "test/runtests.jl": ""}, [JULIA], [JULIA], [], []),
        ({"x.nimble": "", "tests/a.nim": ""}, ["nimble test"], ["nimble test"], [], []),
        (
            {"shard.yml": "", "spec/a.cr": ""},
            ["crystal spec", "crystal tool format --check"],
            ["crystal spec"],
            ["crystal tool format --check"],
            [],
        ),
        ({"gleam.toml": "", "test/a.gleam": ""}, ["gleam format ."], ["gleam test"], ["gleam format --check ."], []),
        (
            {"foundry.toml": "", "src/A.sol": "", "test/A.t.sol": ""},
            ["forge test -vvv", "forge fmt --check"],
            ["forge test"],
            ["forge fmt --check"],
            [],
        ),
        ({"Chart.yaml": "", "templates/a.yaml": ""}, ["helm lint ."], [], ["helm lint ."], []),
        (
            {"pants.toml": "", "src/a.py": ""},
            ["pants lint check ::", "pants test ::"],
            ["pants test ::"],
            ["pants lint ::"],
            ["pants check ::"],
        ),
        ({"a.psm1": "", "tests/a.Tests.ps1": ""}, ["pwsh -c Invoke-Pester"], [PESTER], [], []),
        # a directory that CI unpacks, one file of many, a browser, another form of the results
        ({"stack.yaml": "", "x.cabal": "", "test/A.hs": ""}, ["cd source\ncabal test"], ["cabal test all"], [], []),
        (
            {"test/a.bats": "", "test/b/c.bats": ""},
            ["bats test/b/c.bats", "bats --tap test"],
            ["bats --tap test"],
            [],
            [],
        ),
        ({"build.sbt": "", "src/test/A.scala": ""}, ["sbt ciChrome", "sbt ciJVM"], ["sbt ciJVM"], [], []),
        ({"cpanfile": "", "t/a.t": ""}, ["prove --merge --formatter TAP::F -lr t"], ["prove -lr t"], [], []),
        (
            {"meson.build": "", "a.c": ""},
            ["clang-format --dry-run -Werror *.c"],
            ["meson test -C build"],
            ["clang-format --dry-run -Werror *.c"],
            [],
        ),
    ],
)
def test_a_language_of_the_table_is_tested_and_linted_as_ci_does(
    write: Write, files: dict[str, str], runs: list[str], test: list[str], lint: list[str], types: list[str]
) -> None:
    found = detect(write({**files, CI: steps(*runs)} if runs else files))
    assert [f.command for f in found.test] == test
    assert [f.command for f in found.lint] == lint
    assert [f.command for f in found.types] == types


@pytest.mark.parametrize(
    "run",
    [
        "dart format .",
        "dart format --set-exit-if-changed lib",
        "dart format -o none --set-exit-if-changed .",
        "gleam format",
        "zig fmt src",
        "crystal tool format",
        "stylua .",
        "forge fmt",
        "elm-format src",
    ],
)
def test_a_formatter_of_theirs_only_checks(write: Write, run: str) -> None:
    files = {"pubspec.yaml": "name: x\n", "gleam.toml": "", "build.zig": "", "shard.yml": "", "elm.json": "{}"}
    files |= {"x.rockspec": "", "foundry.toml": ""}
    (lint,) = detect(write({**files, CI: steps(run)})).lint
    assert any(word in lint.command for word in ("--check", "--output=none", "--validate"))


def test_a_language_of_the_table_in_a_directory_of_its_own_is_not_left_out(write: Write) -> None:
    app = {f"mobile/{k}": v for k, v in FLUTTER.items()}
    server = {"server/go.mod": "module x\n", "server/a.go": ""}
    found = detect(write({**app, **server, CI: steps("cd mobile && flutter test", "cd server && go test ./...")}))
    assert {(f.command, f.cwd) for f in found.test} == {("flutter test", "mobile"), ("go test ./...", "server")}


def test_an_action_that_stands_for_a_language_s_tests_confirms_them(write: Write) -> None:
    job = "on: push\njobs:\n  c:\n    steps:\n      - uses: r-lib/actions/check-r-package@v2\n"
    (found,) = detect(write({"DESCRIPTION": "", "tests/testthat/test-a.R": "", CI: job})).test
    assert (found.command, found.confidence) == ("Rscript -e 'devtools::test()'", "confirmed")


def test_set_up_is_of_the_tool_that_ci_tests_with(write: Write) -> None:
    files = {"stack.yaml": "", "x.cabal": "", "test/A.hs": "", CI: steps("cabal test all")}
    found = detect(write(files))
    assert [f.command for f in found.test] == ["cabal test all"]
    assert found.setup[0].command.startswith("cabal ")
