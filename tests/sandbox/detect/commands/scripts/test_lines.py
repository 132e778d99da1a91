"""Words in quotes over several lines, lists of words that have a name, and loops over them."""

from __future__ import annotations

import pytest

from sandbox.detect.commands.scripts.lines import logical
from sandbox.detect.commands.scripts.shell import commands


def ran(script: str, **given: str) -> list[str]:
    return [" ".join(line.words) for line in commands(script, given=given)]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("awk '\nblack\n{ print }\n' a\nruff check .", ["awk \nblack\n{ print }\n a", "ruff check ."]),
        ('python -c "\nimport x\npytest\n"\nmypy', ["python -c \nimport x\npytest\n", "mypy"]),
        ("a 'x\ny' 'z\nw'\nb", ["a x\ny z\nw", "b"]),
        ('echo "it\'s\nblack"\npytest', ["echo it's\nblack", "pytest"]),
        ('echo "a \\" b\nc"\npytest', ['echo a " b\nc', "pytest"]),
        ("pytest  # don't\nmypy", ["pytest", "mypy"]),
        ("# don't\nmypy  # can't", ["mypy"]),
        ("echo don't\nmypy", ["mypy"]),
        ("cat <<EOF\ndon't\nEOF\nmypy", ["cat <<EOF", "mypy"]),
    ],
)
def test_a_word_in_quotes_is_one_however_many_lines_it_has(script: str, expected: list[str]) -> None:
    assert ran(script) == expected


def test_the_line_behind_a_word_of_many_lines_is_still_where_it_is() -> None:
    assert list(logical("a 'x\n\ny'\nb")) == [(0, "a 'x\n\ny'"), (3, "b")]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_quote_that_is_never_closed_takes_no_line_away(quote: str) -> None:
    script = f"echo {quote}\n" + "true\n" * 400 + "pytest"
    assert [line for _, line in logical(script)][-1] == "pytest"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('p=(a b)\nfor x in "${p[@]}"; do\n  cargo test -p $x\ndone', ["cargo test -p a", "cargo test -p b"]),
        ("p=(\n  a  # one\n  b\n)\nfor x in ${p[*]}\ndo\n  t $x\ndone", ["t a", "t b"]),
        ('declare -a p=(a b)\nt "${p[@]}"', ["t a b"]),
        ("readonly p=(a)\np+=(b)\nt ${p[@]}", ["t a b"]),
        ("p=(a)\nif x; then\n  p+=(b)\nfi\nt ${p[@]}", ["x", "then", "fi", "t a"]),
        ("p=(black isort)\nmypy", ["mypy"]),
        ("p=($(ls))\nt ${p[@]}", ["$SUBSTITUTION", "t ${p[@]}"]),
        ("p='a b'\nfor x in $p; do t $x; done", ["t a", "t b"]),
        ('p="a b"\nfor x in ${p}\ndo\n  t $x\ndone', ["t a", "t b"]),
        ("for x in $GIVEN; do t $x; done", ["t c", "t d"]),
        ("for x in $OTHER; do t $x; done", ["for x in $OTHER", "t $x", "done"]),
    ],
)
def test_words_that_have_a_name_are_filled_in(script: str, expected: list[str]) -> None:
    assert [line for line in ran(script, GIVEN="c d") if line not in ("then", "fi")] == [
        line for line in expected if line not in ("then", "fi")
    ]
