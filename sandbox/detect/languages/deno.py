"""Deno: its own runner, linter and checker, through deno.json's tasks where those do the same."""

from __future__ import annotations

from dataclasses import replace

from sandbox.detect.commands import choose
from sandbox.detect.commands.bodies import first_of
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.commands.tasks import taskfiles
from sandbox.detect.read.values import Found

NAME = "deno"


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    path = first_of(source, ".", taskfiles.DENO)
    seen = [s for s in project.of(NAME) if not s.aside]
    if not path and not seen:
        return None
    witness = source.evidence(path, '"') if path else seen[0].evidence
    tests = [s for s in seen if s.call.kind == "test" and not s.call.skip]
    if not tests and (source.has("package.json") or not _has_tests(project)):
        test: tuple[Found, ...] = ()
    else:
        ci = {s.call.line: s for s in reversed(tests) if s.origin == "ci"}
        chosen = list(reversed(ci.values()))[:3] or sorted(tests, key=lambda s: len(s.call.words))[:1]
        lines = [(s.call.line, s.evidence, s.cwd) for s in chosen] or [("deno test -A", witness, ".")]
        test = tuple(
            replace(
                choose.proposed(project, NAME, line, place), cwd=cwd, suite=f"{number + 1}. deno test" if number else ""
            )
            for number, (line, place, cwd) in enumerate(lines)
        )
    lint = tuple(choose.checks(project, "lint", NAME))
    types = tuple(choose.checks(project, "types", NAME))
    # Without a file of its own it has nothing to install, and what npm installs is no part of it.
    setup = (choose.install("deno install", witness),) if path else ()
    return EcosystemPart(NAME, setup, test, lint, types, tuple(choose.left_out(project, NAME)))


def _has_tests(project: Project) -> bool:
    source = project.source
    return any(
        name.rpartition(".")[0].endswith(("_test", ".test")) or name.startswith("test.")
        for directory in source.walk(depth=3, limit=120)
        for name in source.files(directory)
        if name.endswith((".ts", ".js", ".tsx", ".jsx", ".mts"))
    )
