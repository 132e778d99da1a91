"""Formatters that rewrite, as calls that check."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect
from sandbox.detect.tools.rewriters import LOOKED_AT, checking

Write = Callable[[Mapping[str, str]], Path]
C = "git ls-files '*.c' '*.cc' '*.cpp' '*.cxx' '*.h' '*.hh' '*.hpp' | xargs clang-format --dry-run -Werror"
GO = 'found=$(gofmt -l .) && echo "$found" && test -z "$found"'


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("clang-format -i a.c b.h", "clang-format --dry-run -Werror a.c b.h"),
        ("clang-format-18 -i src/*.c", "clang-format --dry-run -Werror src/*.c"),
        ("clang-format -i **/*.c", C),
        ("clang-format -i $FILES", C),
        ("clang-format --dry-run a.c", ""),
        ("gofmt -w .", GO),
        ("gofmt -s -w .", GO.replace("-l", "-l -s")),
        ("gofmt -w gen.go", ""),
        ("go fmt ./...", GO),
        ("golangci-lint fmt", "golangci-lint fmt --diff"),
        ("buf format -w", "buf format -d --exit-code"),
        ("taplo fmt", "taplo fmt --check"),
        ("dprint fmt", "dprint check"),
        ("shfmt -w scripts", "shfmt -d scripts"),
        ("ormolu -i a.hs", "ormolu --mode check a.hs"),
        ("cljfmt fix", "cljfmt check"),
        ("dune build @fmt --auto-promote", "dune build @fmt"),
        ("dotnet format A.sln", "dotnet format A.sln --verify-no-changes"),
        ("buildifier -r .", ""),
        ("buildifier -mode=fix -r .", "buildifier -mode=check -r ."),
        ("google-java-format -i A.java", "google-java-format --dry-run --set-exit-if-changed A.java"),
        ("rm -w .", ""),
        ("gofmt --help", ""),
    ],
)
def test_a_formatter_is_called_so_that_it_leaves_the_files_alone(call: str, line: str) -> None:
    found = checking(tuple(shlex.split(call)))
    assert (found.line if found else "") == line
    assert found is None or (found.kind, found.mended) == ("lint", True)


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("git diff --exit-code", True),
        ("DIFF=$(git diff)", True),
        ("git -c a=b diff", False),
        ("git --no-pager diff", True),
        ('test -z "$(git status --porcelain)"', True),
        ("git diff-index --quiet HEAD", True),
        ("git status", False),
        ("git commit -am x", False),
    ],
)
def test_a_script_that_looks_for_changed_files_is_known(text: str, looks: bool) -> None:
    assert bool(LOOKED_AT.search(text)) is looks


@pytest.mark.parametrize(
    ("runs", "lint"),
    [
        (["clang-format -i src/*.c", "git diff --exit-code"], ["clang-format --dry-run -Werror src/*.c"]),
        (["make format && git diff --exit-code"], ["clang-format --dry-run -Werror src/*.c"]),
        (
            ["find src -name '*.c' | xargs clang-format -i\ngit diff --quiet"],
            ["find src -name '*.c' | xargs clang-format --dry-run -Werror"],
        ),
        (["git diff --exit-code", "clang-format -i src/*.c"], []),
        (["clang-format -i src/*.c"], []),
    ],
)
def test_what_rewrites_is_a_check_where_somebody_looks_at_what_it_changed(
    write: Write, runs: list[str], lint: list[str]
) -> None:
    steps = "".join(f"      - run: {json.dumps(r)}\n" for r in runs)
    files = {
        "CMakeLists.txt": "project(a)\nadd_test(a a)\n",
        "src/a.c": "",
        "Makefile": "format:\n\tclang-format -i src/*.c\n",
    }
    found = detect(write({**files, ".github/workflows/ci.yml": f"on: push\njobs:\n  t:\n    steps:\n{steps}"}))
    assert [f.command for f in found.lint] == lint
