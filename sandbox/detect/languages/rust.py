"""Rust: cargo's defaults, with the flags that CI gives its tests."""

from __future__ import annotations

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import Part, Project
from sandbox.detect.read.source import table
from sandbox.detect.read.values import Found

NAME = "rust"


def find(project: Project) -> Part | None:
    source = project.source
    if not source.has("Cargo.toml"):
        return None
    data = source.toml("Cargo.toml")
    witness = source.evidence("Cargo.toml", "[workspace" if "package" not in data else "[package")
    workspace = bool(table(data, "workspace").get("members"))
    default = "cargo test --workspace" if workspace and "package" in data else "cargo test"
    locked = " --locked" if source.has("Cargo.lock") else ""
    tests = [choose.proposed(project, NAME, default, witness, confirmed_by="cargo test")]
    if default != "cargo test":
        tests.append(choose.proposed(project, NAME, "cargo test", witness, confirmed_by="cargo test"))
    lint = tuple(choose.checks(project, "lint", NAME))
    setup: tuple[Found, ...] = (choose.install(f"cargo fetch{locked}", source.evidence("Cargo.toml", "[dependencies")),)
    return Part(NAME, setup, tuple(tests), lint, (), tuple(choose.left_out(project, NAME)))
