"""Every rule of every table of tools, whatever words a call has."""

from __future__ import annotations

import pytest

from sandbox.detect.tools import javascript, more, others, python
from sandbox.detect.tools.table import recognise

RULES = {name: rule for tools in (javascript, more, others, python) for name, rule in tools.RULES.items()}
REST: tuple[tuple[str, ...], ...] = (
    (),
    ("",),
    ("\x00", "é"),
    ("$X",),
    ("-",),
    ("--",),
    ("--check",),
    ("-c",),
    ("=",),
    ("test", ""),
    ("a" * 5000,),
)


@pytest.mark.parametrize("name", sorted(RULES))
def test_no_words_break_a_rule(name: str) -> None:
    for rest in REST:
        RULES[name]((name, *rest))


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        ("rumdl check docs", "lint"),
        ("autoflake --check .", "lint"),
        ("autoflake -i .", ""),
        ("check-manifest", "lint"),
        ("errcheck ./...", "lint"),
        ("golint ./...", ""),
        ("golint -set_exit_status ./...", "lint"),
        ("misspell -error .", "lint"),
        ("phpmd src text phpmd.xml", "lint"),
        ("rector process --dry-run", "lint"),
        ("rector process", ""),
        ("erlfmt --check src", "lint"),
        ("ocamlformat --check a.ml", "lint"),
        ("madge --circular src", "lint"),
        ("type-coverage", "types"),
        ("vitest --typecheck.only", "types"),
        ("prettier@3 --check .", "lint"),
        ("markdownlint-cli2@0.4 .", "lint"),
        ("opa test policy", "lint"),
        ("pyproject-fmt pyproject.toml", ""),
    ],
)
def test_linters_that_repositories_run_are_known_where_they_check(call: str, kind: str) -> None:
    found = recognise(tuple(call.split()))
    assert (found.kind if found else "") == kind


@pytest.mark.parametrize("call", ["cargo deny check", "cargo audit", "govulncheck ./...", "clang-tidy src/a.cc"])
def test_checks_that_take_more_than_a_checkout_are_named(call: str) -> None:
    found = recognise(tuple(call.split()))
    assert found is not None
    assert found.skip
