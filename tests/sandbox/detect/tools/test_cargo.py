"""Calls of cargo."""

from __future__ import annotations

import shlex

import pytest

from sandbox.detect.tools.cargo import cargo, rustfmt
from sandbox.detect.tools.table import recognise


@pytest.mark.parametrize(
    ("call", "kind", "key", "line", "mark"),
    [
        ("cargo test --workspace", "test", "cargo test", "cargo test --workspace", ""),
        ("cargo test --target x86_64-unknown-linux-gnu -p a", "test", "cargo test", "cargo test -p a", ""),
        ("cargo clippy --target=aarch64-apple-darwin -- -D x", "lint", "clippy", "cargo clippy -- -D x", ""),
        (
            "cargo clippy --target thumbv7em-none-eabi",
            "lint",
            "clippy",
            "cargo clippy --target thumbv7em-none-eabi",
            "",
        ),
        ("cargo +nightly test", "test", "cargo test", "cargo test", ""),
        (
            "cargo nextest run --all-features --profile ci -p a -- x",
            "test",
            "cargo test",
            "cargo test --all-features -p a",
            "",
        ),
        ("cargo llvm-cov --workspace", "test", "cargo test", "cargo test --workspace", ""),
        ("cargo llvm-cov nextest --lcov", "test", "cargo test", "cargo test", ""),
        ("cargo clippy --fix --all -- -A x", "lint", "clippy", "cargo clippy --all -- -A x", "mended"),
        ("cargo clippy $X", "lint", "clippy", "cargo clippy --all-targets", ""),
        ("cargo fmt", "lint", "cargo fmt", "cargo fmt --all --check", "mended"),
        ("cargo fmt --all -- --check", "lint", "cargo fmt", "cargo fmt --all -- --check", ""),
        ("cargo fmt -p a --check", "lint", "cargo fmt", "cargo fmt -p a --check", ""),
        ("cargo --config a.toml test", "test", "cargo test", "cargo test --config a.toml", ""),
        ("cargo --config a=b test", "test", "cargo test", "cargo test", ""),
        ("cargo xtask test", "test", "cargo xtask", "cargo xtask test", ""),
        ("cargo xtask fmt --check", "lint", "cargo xtask fmt", "cargo xtask fmt --check", ""),
        ("cargo xtask check-x", "lint", "cargo xtask check-x", "cargo xtask check-x", ""),
        ("cargo run -p xtask -- lint", "lint", "cargo xtask lint", "cargo xtask lint", ""),
        ("cargo machete", "lint", "cargo machete", "cargo machete", ""),
        ("cargo machete --fix", "lint", "cargo machete", "cargo machete", "mended"),
        ("cargo sort --check", "lint", "cargo sort", "cargo sort --check", ""),
        ("cargo spellcheck --code 1", "lint", "cargo spellcheck", "cargo spellcheck --code 1", ""),
        ("cargo hack test --feature-powerset", "test", "cargo test", "cargo test", ""),
        ("cargo insta test --accept", "test", "cargo test", "cargo test", ""),
        ("cargo tarpaulin -p x", "test", "cargo test", "cargo test -p x", ""),
        ("cargo test -- --nocapture", "test", "cargo test", "cargo test -- --nocapture", ""),
        ("rustfmt --check src/a.rs", "lint", "rustfmt", "rustfmt --check src/a.rs", ""),
    ],
)
def test_a_call_is_run_in_words_that_only_check(call: str, kind: str, key: str, line: str, mark: str) -> None:
    found = recognise(tuple(shlex.split(call)))
    assert found
    assert (found.kind, found.key, found.line) == (kind, key, line)
    assert (found.mended, bool(found.skip)) == (mark == "mended", mark == "skipped")


@pytest.mark.parametrize(
    "call",
    [
        "cargo test --no-run",
        "cargo test --target x",
        "cargo nextest run --target x",
        "cargo llvm-cov report",
        "cargo xtask fix",
        "cargo run --bin xtask -- codegen",
        "cargo sort",
        "cargo spellcheck",
        "cargo",
        "cargo build",
        "rustfmt src/a.rs",
        "rustfmt --check",
    ],
)
def test_a_call_that_checks_nothing_or_passes_in_any_case_is_none(call: str) -> None:
    assert recognise(tuple(shlex.split(call))) is None


def test_no_words_break_a_rule() -> None:
    for rest in (
        (),
        ("",),
        ("-",),
        ("--",),
        ("--config",),
        ("xtask",),
        ("run", "xtask"),
        ("run", "xtask", "--"),
        ("+",),
        ("hack",),
    ):
        cargo(("cargo", *rest))
        rustfmt(("rustfmt", *rest))
