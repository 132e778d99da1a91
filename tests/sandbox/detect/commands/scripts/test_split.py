"""Scripts as logical lines, and lines as the commands of their lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.detect.commands.scripts.lines import logical
from sandbox.detect.commands.scripts.split import parts, unrolled
from sandbox.detect.tools.call import PIPED


def words(line: str) -> list[list[str]]:
    return [part.words for part in parts(line)]


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        ("a \\\n  b\nc", [(0, "a   b"), (2, "c")]),
        ("\n\n  a  \n", [(2, "a")]),
        ("# a\nb", [(1, "b")]),
        ("# a comment that ends like this \\\nb", [(1, "b")]),
        ("a \\\n# within\nb", [(0, "a # within"), (2, "b")]),
        ("a --x=1,\\\n2 b", [(0, "a --x=1,2 b")]),
        ("a \\", [(0, "a")]),
        ("", []),
    ],
)
def test_continued_lines_are_one_and_comments_are_none(script: str, lines: list[tuple[int, str]]) -> None:
    assert list(logical(script)) == lines


@pytest.mark.parametrize(
    "first",
    [
        "cat <<EOF",
        "cat > x <<-EOF",
        "cat << 'EOF' > x",
        'cat <<"EOF"',
        "cat <<\\EOF",
        "(cat <<EOF)",
        "cat <<EOF|b",
        "cat<<EOF",
    ],
)
def test_a_here_document_is_no_script(first: str) -> None:
    assert list(logical(f"{first}\npytest\n  EOF\nruff check .")) == [(0, first), (3, "ruff check .")]


def test_a_here_document_ends_with_its_own_word_and_with_no_part_of_it() -> None:
    assert [line for _, line in logical("cat <<END-OF\nEND\npytest\nEND-OF\nruff check .")] == [
        "cat <<END-OF",
        "ruff check .",
    ]


@pytest.mark.parametrize(
    "first", ['read x <<< "abc"', "read x <<<abc", "echo $((1<<2))", "(( x << y ))", "grep '<<<<<<< HEAD' a"]
)
def test_what_only_looks_like_a_here_document_hides_nothing(first: str) -> None:
    assert list(logical(f"{first}\npytest")) == [(0, first), (1, "pytest")]


@pytest.mark.parametrize(
    "script",
    [
        "for x in a 'b'; do\n  t $x ${x}\ndone\nafter",
        "for x in a b\ndo\n  t $x ${x}\ndone\nafter",
        "for x in a b; do t $x ${x}; done; after",
    ],
)
def test_a_loop_over_plain_words_is_its_body_for_each_of_them(script: str) -> None:
    assert [line.strip() for _, line in unrolled(script) if line.strip()] == ["t a a", "t b b", "after"]


def test_a_loop_that_changes_its_directory_begins_each_turn_where_it_began() -> None:
    assert [line for _, line in unrolled("for x in a b; do cd $x && t; done")] == ["( cd a && t)", "( cd b && t)"]


def test_a_loop_over_what_is_not_known_stays_as_it_is() -> None:
    assert list(unrolled("for x in $(ls); do t; done")) == [(0, "for x in $(ls); do t; done")]


def test_a_loop_has_as_many_turns_as_a_reader_would_look_at() -> None:
    assert len(list(unrolled(f"for x in {'a ' * 1000}; do t; done"))) == 14


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a && b || c; d & e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("a | tee log", [["a"]]),
        ("a |& tee log", [["a"]]),
        ("a > out 2>&1 && b &> log", [["a"], ["b"]]),
        ("nix build .#checks # all of them", [["nix", "build", ".#checks"]]),
        ("find . \\( -name x \\)", [["find", ".", "(", "-name", "x", ")"]]),
        ('cd "$(dirname a/b.sh)" && c', [["cd", "a"], ["c"]]),
        ("a $(b | c) `d`", [["a", "$SUBSTITUTION", "$SUBSTITUTION"]]),
        ("a \"b c\" 'd'", [["a", "b c", "d"]]),
        ("echo 'never closed", []),
        ("&& ;; ()", []),
        ("", []),
    ],
)
def test_a_list_is_split_into_its_commands(line: str, expected: list[list[str]]) -> None:
    assert words(line) == expected


def test_a_line_that_only_a_program_writes_is_not_read() -> None:
    assert words("a && " * 10_000 + "b") == []
    assert words("a;" * 1000) == [["a"]] * 1000


@pytest.mark.parametrize(
    ("line", "tolerated"),
    [
        ("a || true", True),
        ("a || :", True),
        ("a || exit 0", True),
        ("a && b || true", True),
        ("a || echo failed", True),
        ("a || { echo failed; exit 1; }", False),
        ("a || exit 1", False),
        ("a || b", False),
        ("a; true", True),
        ("a; echo done", True),
        ("a; echo $?", False),
        ("a; b", False),
        ("a && true", False),
        ("a ||", False),
    ],
)
def test_a_failure_counts_unless_what_follows_makes_good_of_it(line: str, tolerated: bool) -> None:
    assert parts(line)[0].tolerated is tolerated


def test_each_pair_of_parentheses_is_a_group_of_its_own() -> None:
    found = parts("(a; b) && c && (d)")
    assert [(p.words[0], p.nested, p.group) for p in found] == [
        ("a", True, 1),
        ("b", True, 1),
        ("c", False, 0),
        ("d", True, 2),
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("git ls-files '*.py' | xargs flake8 --x", ["flake8", "--x", "."]),
        ("find src -name '*.py' | xargs -n 1 pylint", ["pylint", "src"]),
        ("find $DIR | xargs -0 ruff check", ["ruff", "check", "."]),
        ("git ls-files '*.sh' | xargs shellcheck", [PIPED, "git ls-files '*.sh'", "xargs", "shellcheck"]),
        ("shellcheck -x $(git ls-files '*.sh')", [PIPED, "git ls-files '*.sh'", "xargs", "shellcheck", "-x"]),
        ("shellcheck `find . -name a.sh | sort -u`", [PIPED, "find . -name a.sh", "xargs", "shellcheck"]),
        ("shellcheck $(git ls-files) more.sh", ["shellcheck", "$SUBSTITUTION", "more.sh"]),
    ],
)
def test_what_xargs_hands_on_is_said_of_the_tree_or_of_the_listing(line: str, expected: list[str]) -> None:
    assert words(line)[-1] == expected


@pytest.mark.parametrize("line", ["find . | xargs -I {} flake8 {}", "git ls-files | xargs", "cat x | xargs flake8"])
def test_what_xargs_does_otherwise_is_not_guessed(line: str) -> None:
    assert len(words(line)) == 1


@given(st.text(alphabet="ab <>|&;()$`'\"\\#\n{}x", max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    for _, line in unrolled(text):
        parts(line)


PHP = "find src -name '*.php'"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("find . -name '*.sh' -exec shellcheck {} +", [[PIPED, "find . -name '*.sh'", "xargs", "shellcheck"]]),
        (
            "find . -name '*.sh' -exec shellcheck -x {} \\;",
            [[PIPED, "find . -name '*.sh'", "xargs", "shellcheck", "-x"]],
        ),
        (f"{PHP} -exec php -l {{}} \\;", [[PIPED, PHP, "xargs", "-n", "1", "php", "-l"]]),
        ("find lib -name '*.py' -exec pytype -k -- {} +", [["pytype", "-k", "lib"]]),
        ("find . -exec rm {} +", [["find", ".", "-exec", "rm", "{}", "+"]]),
        ("find . -exec shellcheck {} -x \\;", [["find", ".", "-exec", "shellcheck", "{}", "-x"]]),
        ("git grep -l '^#!/bin/sh' | xargs shellcheck", [[PIPED, "git grep -l '^#!/bin/sh'", "xargs", "shellcheck"]]),
        ("git grep -zl x | xargs -0 shellcheck", [[PIPED, "git grep -zl x", "xargs", "-0", "shellcheck"]]),
        ("git grep x | xargs shellcheck", []),
        ("git grep -l x | xargs black --check", []),
        ("a $(b $(c $(d e)) f) g", [["a", "$SUBSTITUTION", "g"]]),
        ("go test $(go list ./... | grep -v /e2e)", [["go", "test", "$(go list ./... | grep -v /e2e)"]]),
        ("go test $(go list ./...|grep -v '/a\\|b') -v", [["go", "test", "$SUBSTITUTION", "-v"]]),
        ("go test $(go list ./... | head)", [["go", "test", "$SUBSTITUTION"]]),
    ],
)
def test_what_a_listing_hands_on_is_known_however_it_does(line: str, expected: list[list[str]]) -> None:
    assert [w for w in words(line) if w[0] not in ("git",)] == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (f"for f in $({PHP})\ndo\n  php -l $f\ndone", f"{PHP} | xargs -n1 php -l"),
        (f'for f in $({PHP}); do php -l "$f" || exit 1; done', f"{PHP} | xargs -n1 php -l"),
        (f'{PHP} | while read -r f; do\n  out=$(php -l "${{f}}")\ndone', f"{PHP} | xargs -n1 php -l"),
        ("for f in $(git ls-files '*.sh'); do shellcheck -x $f; done", "git ls-files '*.sh' | xargs -n1 shellcheck -x"),
        (f"for f in $({PHP}); do cat $f; done", ""),
        ("for f in a b; do php -l x; done", ""),
    ],
)
def test_a_loop_over_a_listing_is_the_listing_piped(script: str, expected: str) -> None:
    assert next((line for _, line in unrolled(script) if "xargs" in line), "") == expected
