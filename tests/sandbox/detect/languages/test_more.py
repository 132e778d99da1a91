"""Languages of the table: which row fits, and what CI leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]


def steps(*runs: str) -> str:
    return "on: pull_request\njobs:\n  a:\n    steps:\n" + "".join(f"      - run: {r}\n" for r in runs)


ERLANG = {
    "Makefile": "PROJECT = x\ninclude erlang.mk\n",
    "erlang.mk": "ct: test-build\n\t$(call core,ct)\ndialyze:\n\t$(verbose) x\n",
    "src/a.erl": "",
    "test/a_SUITE.erl": "",
    "rebar.config": "",
}


@pytest.mark.parametrize(
    ("runs", "test", "types"),
    [
        ([], "make tests", []),
        (["make ct"], "make ct", []),
        (["make eunit", "make dialyze X=0"], "make eunit", ["make dialyze X=0"]),
        (["rebar3 ct"], "rebar3 ct", []),
    ],
)
def test_a_project_of_erlang_mk_is_tested_by_make(write: Write, runs: list[str], test: str, types: list[str]) -> None:
    found = detect(write({**ERLANG, ".github/workflows/ci.yml": steps(*runs) if runs else ""}))
    assert [f.command for f in found.test] == [test]
    assert [f.command for f in found.types] == types


@pytest.mark.parametrize(
    ("deps", "runs", "test"),
    [
        ("{:aliases {:test {:extra-paths []}}}", [], ["clojure -M:test"]),
        ("{:aliases {:dev {}}}", [], []),
        ("{:aliases {:dev {}}}", ["clojure -M:dev:test"], ["clojure -M:dev:test"]),
    ],
)
def test_clojure_without_an_alias_for_tests_has_none(write: Write, deps: str, runs: list[str], test: list[str]) -> None:
    found = detect(
        write({"deps.edn": deps, "test/a.clj": "", ".github/workflows/ci.yml": steps(*runs) if runs else ""})
    )
    assert [f.command for f in found.test] == test


@pytest.mark.parametrize(
    ("run", "lint"),
    [
        ("clojure -M:kondo --lint src test", ["clojure -M:kondo --lint src test"]),
        ("clj-kondo --lint src", ["clj-kondo --lint src"]),
        ("clojure -M:kondo --lint src --copy-configs --dependencies", []),
        ("lein clj-kondo --lint src", ["lein clj-kondo --lint src"]),
        ("clojure -M:kondo --lint $PATHS", []),
        ("lein clj-kondo --lint $PATHS", []),
        ("cljfmt check src", ["cljfmt check src"]),
        ("cljfmt fix src", []),
        ("clojure -M:cljfmt check", ["clojure -M:cljfmt check"]),
        ("clojure -M:cljfmt fix", []),
        ("lein cljfmt check", ["lein cljfmt check"]),
        ("cljstyle check", ["cljstyle check"]),
    ],
)
def test_the_linters_of_clojure_are_known_also_behind_an_alias(write: Write, run: str, lint: list[str]) -> None:
    found = detect(write({"deps.edn": "{:aliases {:test {}}}", "a.clj": "", ".github/workflows/ci.yml": steps(run)}))
    assert [f.command for f in found.lint] == lint


@pytest.mark.parametrize(
    ("runs", "test"),
    [
        (["mix test --exclude cloud --cover"], "mix test --exclude cloud"),
        (["mix test", "mix test --exclude cloud"], "mix test"),
        (["mix test --only cloud"], "mix test"),
    ],
)
def test_what_ci_always_leaves_out_of_the_tests_of_elixir_is_left_out(write: Write, runs: list[str], test: str) -> None:
    found = detect(write({"mix.exs": "def project", ".github/workflows/ci.yml": steps(*runs)}))
    assert [f.command for f in found.test] == [test]
