"""How identifiers come apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.localize.languages import SyntaxKind, kind, language
from workflows.localize.words import digest, parts


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("getHTTPResponse_code", ("get", "http", "response", "code", "gethttpresponse_code")),
        ("items", ("item",)),
        ("class_", ("class",)),
        ("__init__", ("init",)),
        ("utf8", ("utf", "utf8")),
        ("größe", ("gr", "öß", "größe")),
        ("_", ()),
    ],
)
def test_identifiers_are_split_at_case_and_underscore(identifier: str, words: tuple[str, ...]) -> None:
    assert parts(identifier) == words


@given(st.text(max_size=80))
def test_any_text_comes_apart_without_repeats(text: str) -> None:
    words = parts(text)
    assert len(set(words)) == len(words)
    assert all(0 <= digest(word) < 2**64 for word in words)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("django/db/models/query.py", SyntaxKind.SOURCE),
        ("django/test/client.py", SyntaxKind.ASIDE),
        ("src/_pytest/pytester.py", SyntaxKind.SOURCE),
        ("tests/admin/models.py", SyntaxKind.TEST),
        ("pkg/cart_test.go", SyntaxKind.TEST),
        ("src/cart.spec.ts", SyntaxKind.TEST),
        ("src/main/java/CartTest.java", SyntaxKind.TEST),
        ("examples/run.py", SyntaxKind.ASIDE),
        ("lib/vendor/jquery.min.js", SyntaxKind.ASIDE),
        ("README.md", SyntaxKind.OTHER),
    ],
)
def test_the_path_says_how_likely_a_fix_is_in_it(path: str, expected: SyntaxKind) -> None:
    assert kind(path) is expected


def test_unknown_suffixes_are_no_code() -> None:
    assert language("a/Makefile") is None
    assert language("a/b.TSX") == "tsx"
