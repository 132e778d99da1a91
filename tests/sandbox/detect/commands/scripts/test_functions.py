"""Functions that a script calls with plain words."""

from __future__ import annotations

import pytest

from sandbox.detect.commands.scripts.shell import commands


def ran(script: str) -> list[str]:
    return [" ".join(line.words) for line in commands(script)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('check() {\n  cargo test -p "$1"\n}\ncheck a\ncheck b', ["cargo test -p a", "cargo test -p b"]),
        ("function check {\n  t ${1} -x $2\n}\ncheck a 'b c'", ["t a -x b c"]),
        ('check() { t "$@"; }\ncheck a b', ["t a b"]),
        ("check()\n{\n  local p=$1\n  cd $p && t\n}\ncheck a\ncheck b", ["t", "t"]),
        ("check() {\n  local p=$1\n  t $p $2\n}\ncheck a x\ncheck b", ["t a x", "t b"]),
        ("check() {\n  t $1\n}\ncheck $x", ["t $1", "}", "check $x"]),
        ("check() {\n  t all\n}\ncheck a", ["t all", "}", "check a"]),
        ("for p in a b; do\n  check $p\ndone\ncheck() {\n  t $1\n}", ["check a", "check b", "t $1", "}"]),
        ("check() {\n  shift\n  t $1\n}\ncheck a b", ["shift", "t $1", "}", "check a b"]),
        ("check() {\n  check $1\n}\ncheck a", ["check a"]),
    ],
)
def test_a_function_is_what_its_calls_make_of_it(script: str, expected: list[str]) -> None:
    assert [line for line in ran(script) if line not in ("check", "function check")] == expected


def test_each_call_works_in_the_directory_that_it_is_given() -> None:
    script = "check() {\n  (cd $1 && go test ./...)\n}\ncheck a\ncheck b"
    assert [(line.cwd, line.offset) for line in commands(script)] == [("a", 3), ("b", 4)]


@pytest.mark.parametrize(
    "script", ["a() {\n", "a() { $1; }\n" * 900 + "a b\n" * 900, "a() {\n a $1 $1\n}\n" + "a b\n" * 1999]
)
def test_functions_without_an_end_or_without_number_end(script: str) -> None:
    ran(script)
