"""Python: how to install a project with what its tests need, how to test it, and which linters it has."""

from __future__ import annotations

import re

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import Seen
from sandbox.detect.commands.project import Part, Project
from sandbox.detect.languages.pysetup import TEST_DIRS, requirement_files, setup
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence, Found, Note

NAME = "python"


def find(project: Project) -> Part | None:
    source = project.source
    if not _is_python(source):
        return None
    lint = tuple(choose.checks(project, "lint", NAME))
    types = tuple(choose.checks(project, "types", NAME, lambda seen: _types_line(source, seen)))
    test = tuple(_tests(project))
    return Part(NAME, tuple(setup(project, [*lint, *types], test)), test, lint, types, tuple(_notes(project)))


def _is_python(source: Source) -> bool:
    if source.has("setup.py", "setup.cfg", "tox.ini", "noxfile.py", "Pipfile", "requirements.txt", "pytest.ini"):
        return True
    data = source.toml("pyproject.toml")
    if "project" in data or "build-system" in data or "dependency-groups" in data:
        return True
    return bool(table(data, "tool", "poetry")) or any(n.endswith(".py") for n in source.files())


def _tests(project: Project) -> list[Found]:
    source = project.source
    seen = [s for s in project.of(NAME) if s.call.kind == "test" and s.cwd == "."]
    pytests = [s for s in seen if s.call.key == "pytest"]
    others = [s for s in project.of(NAME) if s.call.kind == "test" and s.call.key != "pytest"]
    config = _pytest_evidence(source)
    found: list[Found] = []
    if pytests or config or not others:
        found += _pytest(project, pytests, config, bool(others))
    runners: dict[tuple[str, str], list[Seen]] = {}
    for s in others:
        runners.setdefault((s.call.line, s.cwd), []).append(s)
    own = [
        Found(
            "test",
            line,
            choose.merge(e for s in group for e in (s.evidence, *s.trail[-1:])),
            cwd,
            env={**choose.ENV, **group[0].env},
            confidence=choose.confidence(group),
        )
        for (line, cwd), group in sorted(runners.items(), key=lambda item: (item[1][0].origin != "ci", len(item[0][0])))
    ][:3]
    # Where CI calls only a runner of the project's own, pytest may collect something else or nothing.
    if own and own[0].confidence == "confirmed" and not any(s.origin == "ci" for s in pytests) and not config:
        return [*own, *found]
    return [*found, *own]


def _pytest(project: Project, seen: list[Seen], config: tuple[Evidence, ...], others: bool) -> list[Found]:
    source = project.source
    calls = sorted({s.call.line: s for s in reversed(seen)}.values(), key=lambda s: _narrowness(source, s))
    line = "pytest"
    if calls and not _testpaths(source):
        words = calls[0].call.words
        paths = [w for w in words[1:] if not w.startswith("-") and (source.is_dir(w) or source.has(w))]
        selects = [w for w in words[1:] if w.startswith("-")]
        if paths and not selects and all(source.is_dir(p) for p in paths):
            line = " ".join(["pytest", *dict.fromkeys(p.rstrip("/") or "." for p in paths)])
        elif "--pyargs" in words:
            line = calls[0].call.line
    witnesses = choose.merge([*(e for s in calls[:2] for e in (s.evidence, *s.trail[-1:])), *config])
    guide = None if any(s.origin == "ci" for s in seen) else project.guide_line("pytest")
    confidence = choose.confidence(seen) if seen else "manifest" if config else "default"
    if guide:
        witnesses, confidence = choose.merge([*witnesses, guide]), "confirmed"
    if not witnesses and not any(source.is_dir(d) for d in TEST_DIRS) and others:
        return []
    env = {**choose.ENV, **(calls[0].env if calls else {})}
    found = [Found("test", line, witnesses, env=env, confidence=confidence)]
    if line != "pytest":
        found.append(Found("test", "pytest", config, env=env, confidence="default"))
    return found


def _narrowness(source: Source, seen: Seen) -> tuple[int, int, int, int]:
    words = seen.call.words
    paths = [w for w in words[1:] if not w.startswith("-")]
    files = sum(1 for p in paths if "::" in p or p.endswith(".py") or "/" in p.strip("/"))
    return sum(w.startswith(("-k", "-m")) for w in words), files, seen.origin != "ci", len(words)


def _testpaths(source: Source) -> bool:
    ini = table(source.toml("pyproject.toml"), "tool", "pytest", "ini_options")
    native = table(source.toml("pyproject.toml"), "tool", "pytest")
    if ini.get("testpaths") or native.get("testpaths"):
        return True
    texts = (source.text("pytest.ini"), source.text(".pytest.ini"), source.text("tox.ini"), source.text("setup.cfg"))
    return any(re.search(r"^testpaths\s*=", t, re.M) for t in texts)


def _pytest_evidence(source: Source) -> tuple[Evidence, ...]:
    """Lines that say the project tests with pytest: its configuration, else a requirement."""
    places = (
        ("pyproject.toml", "[tool.pytest"),
        ("pytest.ini", "[pytest]"),
        ("setup.cfg", "[tool:pytest]"),
        ("tox.ini", "[pytest]"),
        *((path, "pytest") for path in ("pyproject.toml", "setup.cfg", "setup.py", "hatch.toml", "Pipfile")),
        *((path, "pytest") for path in requirement_files(source)),
    )
    found = [e for path, needle in places if (e := source.evidence(path, needle)).line]
    if not found:
        found += [
            Evidence(p, 1, "conftest.py")
            for p in ("conftest.py", "tests/conftest.py", "test/conftest.py")
            if source.has(p)
        ]
    return choose.merge(found, 2)


def _types_line(source: Source, seen: Seen) -> str:
    """mypy without a path works only where its configuration names files."""
    words = seen.call.words
    if words[0] != "mypy" or any(not w.startswith("-") for w in words[1:]) or {"-p", "-m"} & set(words):
        return seen.call.line
    configured = table(source.toml("pyproject.toml"), "tool", "mypy")
    texts = (source.text("mypy.ini"), source.text(".mypy.ini"), source.text("setup.cfg"))
    if {"files", "packages", "modules"} & set(configured) or any(
        re.search(r"^(files|packages|modules)\s*=", t, re.M) for t in texts
    ):
        return seen.call.line
    return f"{seen.call.line} {_code_place(source)}"


def _code_place(source: Source) -> str:
    if source.is_dir("src"):
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
