"""Python: how to install a project with what its tests need, how to test it, and which linters it has."""

from __future__ import annotations

import re

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.languages.python.package_lists import TEST_DIRS
from sandbox.detect.languages.python.setup import setup
from sandbox.detect.languages.python.suites import pixi_line, tests
from sandbox.detect.read.manifests import manifest_names
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence, Note

NAME = "python"


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    owned = _is_python(source)
    seen = [s for s in project.of(NAME) if not s.aside and (s.origin != "task" or owned)]
    if not owned and not seen:
        return None
    lint = tuple(choose.checks(project, "lint", NAME, lambda seen: pixi_line(seen, seen.call.line)))
    types = tuple(choose.checks(project, "types", NAME, lambda seen: pixi_line(seen, _types_line(source, seen))))
    test, notes = tests(project) if owned or any(s.call.kind == "test" for s in seen) else ([], [])
    steps = setup(project, [*lint, *types], test)
    return EcosystemPart(NAME, tuple(steps), tuple(test), lint, types, (*_notes(project), *notes))


def _is_python(source: Source) -> bool:
    if any(n != "pyproject.toml" for n in manifest_names(source, "python")):
        return True
    if any(n.endswith(".py") for n in source.files()):
        return True
    data = source.toml("pyproject.toml")
    if "project" in data or "build-system" in data or "dependency-groups" in data:
        return True
    if {"poetry", "pytest", "pixi", "hatch", "pdm", "uv", "setuptools", "flit", "poe"} & set(table(data, "tool")):
        return True
    return any(re.fullmatch(r"test_.*\.py|.*_test\.py", n) for d in TEST_DIRS for n in source.files(d))


def _types_line(source: Source, seen: SeenCheck) -> str:
    """mypy without a path works only where its configuration names files."""
    words = seen.call.words
    if words[0] != "mypy" or any(not w.startswith("-") for w in words[1:]) or {"-p", "-m"} & set(words):
        return seen.call.line
    configured = table(source.toml("pyproject.toml"), "tool", "mypy")
    sections = [_section(source.text(path), "mypy") for path in ("mypy.ini", ".mypy.ini", "setup.cfg")]
    if {"files", "packages", "modules"} & set(configured) or any(
        re.search(r"^(files|packages|modules)\s*[=:]", text, re.M) for text in sections
    ):
        return seen.call.line
    return f"{seen.call.line} {_code_place(source)}"


def _section(text: str, name: str) -> str:
    """The lines of one section of an ini file."""
    matched = re.search(rf"^\[{re.escape(name)}\][^\n]*\n((?:(?!\[)[^\n]*\n?)*)", text, re.M)
    return matched.group(1) if matched else ""


def _code_place(source: Source) -> str:
    if any(
        n.endswith((".py", ".pyi"))
        for d in source.below("src").walk(depth=2, limit=60)
        for n in source.files(f"src/{d}")
    ):
        return "src"
    name = str(table(source.toml("pyproject.toml"), "project").get("name", "")).replace("-", "_")
    if name and source.has(f"{name}/__init__.py"):
        return name
    packages = [
        d for d in source.dirs() if source.has(f"{d}/__init__.py") and d not in (*TEST_DIRS, "docs", "examples")
    ]
    return packages[0] if len(packages) == 1 else "."


def _notes(project: Project) -> list[Note]:
    notes = choose.left_out(project, NAME)
    config = next((p for p in (".pre-commit-config.yaml", ".pre-commit-config.yml") if project.source.has(p)), "")
    if config:
        reason = "its hooks may rewrite files and are downloaded when they run; the linters among them are run directly"
        notes.append(Note("pre-commit run --all-files", reason, (Evidence(config, 1, ""),)))
    return notes
