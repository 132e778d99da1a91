"""Loops over patterns and listings as loops over what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.detect.commands.scripts.globs import filled
from sandbox.detect.read.source import Source

FILES = (
    "go.mod",
    "libs/a/go.mod",
    "libs/b/go.mod",
    "libs/.hidden/x",
    "sub/c/go.mod",
    "odd name/go.mod",
    "$(x);y/go.mod",
)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return Source(tmp_path)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("for d in libs/*/; do t $d; done", "for d in libs/a libs/b; do t $d; done"),
        ("for  d  in\tlibs/*; do", "for d in libs/a libs/b; do"),
        ("for d in 'x' libs/*; do", "for d in x libs/a libs/b; do"),
        ("for d in */; do", "for d in libs sub; do"),
        ("for d in */*/; do", "for d in libs/a libs/b sub/c; do"),
        ("for d in libs/.*; do", "for d in libs/.hidden; do"),
        ("for f in libs/*/go.mod; do", "for f in libs/a/go.mod libs/b/go.mod; do"),
        ("for d in $(ls libs); do", "for d in a b; do"),
        ("for d in `ls libs | sort`; do", "for d in a b; do"),
        ("for d in $(ls -d libs/*); do", "for d in libs/a libs/b; do"),
        ("for d in $(ls -d libs/); do", "for d in libs; do"),
        ("for m in $(find libs -name go.mod); do", "for m in libs/a/go.mod libs/b/go.mod; do"),
        ("for m in $(find . -name go.mod -exec dirname {} \\;); do", "for m in . libs/a libs/b sub/c; do"),
        ("ls -d libs/* | while read -r d; do t $d; done", "for d in libs/a libs/b; do t $d; done"),
        ("git ls-files 'libs/*/go.mod' | xargs dirname | while IFS= read -r d; do", "for d in libs/a libs/b; do"),
        ("for m in $(git ls-files '*/go.mod'); do", "for m in libs/a/go.mod libs/b/go.mod sub/c/go.mod; do"),
        ("for m in $(git ls-files go.mod); do", "for m in go.mod; do"),
        ("find . -name go.mod -not -path './libs/*' | while read d; do", "for d in go.mod sub/c/go.mod; do"),
    ],
)
def test_a_loop_runs_over_what_its_pattern_finds(source: Source, line: str, expected: str) -> None:
    assert filled(source, line, ".") == expected


@pytest.mark.parametrize("end", ["\\;", "';'", '";"', "+"])
def test_a_command_in_each_directory_that_has_a_file_is_that_many_commands(source: Source, end: str) -> None:
    assert filled(source, f"find libs -name go.mod -execdir go test {end}", ".") == (
        "(cd libs/a && go test)\n(cd libs/b && go test)"
    )


@pytest.mark.parametrize(
    "line",
    [
        "for f in *.sh; do",
        "for d in nothing/*/; do",
        "for d in /etc/*; do",
        "for d in $DIRS; do",
        "for d in $(ls libs | grep a); do",
        "for d in $(cat list); do",
        "find . -name '*.mod' -execdir t \\;",
        "while true; do t; done",
        "echo for x",
        "make test",
        "",
    ],
)
def test_what_is_not_known_stays_as_it_is(source: Source, line: str) -> None:
    assert filled(source, line, ".") == line


def test_patterns_are_looked_up_where_the_script_is(source: Source) -> None:
    assert filled(source, "for d in */; do", "libs") == "for d in a b; do"
    assert filled(source, "for m in $(find . -name go.mod -exec dirname {} \\;); do", "libs") == "for m in a b; do"


def test_of_many_directories_some_are_taken(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"d{number}").mkdir()
    assert len(filled(Source(tmp_path), "for d in */; do", ".").split()) == 4 + 14


@pytest.mark.parametrize("part", ["for x in ", "for x in $(a ", "; for x in ", "find . -not -path ", "while read "])
def test_a_line_of_any_length_is_passed_on(source: Source, part: str) -> None:
    assert filled(source, part * 100_000, ".") == part * 100_000
    filled(source, "\n".join([part * 60] * 300), ".")
