"""C and C++: CMake, meson, autotools or a plain Makefile, built in `build` of the tree."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.commands import bodies, choose
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.languages import native_options
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Confidence, Evidence, Found, Note

NAME = "native"
_CODE = (".c", ".cc", ".cpp", ".cxx")


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    if source.has("configure.ac", "configure") and source.has("Makefile.am", "Makefile.in"):
        witness = Evidence("configure.ac" if source.has("configure.ac") else "configure", 1, "")
        build = ("[ -x configure ] || autoreconf -fi; ./configure && make -j2",)
        registered = _autotools_tests(source) or re.search(r"\bmake\b[^\n;&|]{0,80}[ \t](check|test)\b", project.ci)
        part = _part(project, build, ("make check",) if registered else (), witness)
        silent = not part.test and _coded(source)
        return replace(part, notes=(Note("make check", _UNREGISTERED_MAKE, (witness,)),)) if silent else part
    if source.has("CMakeLists.txt"):
        witness = source.evidence("CMakeLists.txt", "project(")
        made = " ".join(["cmake --build build -j2", *native_options.targets(source, project.ci)])
        tests = (f"{made} && ctest --test-dir build --output-on-failure",)
        part = _part(
            project,
            (" ".join(["cmake -S . -B build", *native_options.cmake(source, project.ci)]), made),
            tests if _adds_tests(source) or any(s.call.key == "ctest" for s in project.of("cmake")) else (),
            witness,
        )
        silent = _coded(source) and not part.test
        return replace(part, notes=(Note("ctest", _UNREGISTERED, (witness,)),)) if silent else part
    if source.has("meson.build"):
        witness = source.evidence("meson.build", "project(")
        return _part(
            project,
            (" ".join(["meson setup build", *native_options.meson(source)]),),
            ("meson test -C build",),
            witness,
        )
    coded = any(n.endswith((".c", ".cc", ".cpp", ".h")) for d in (".", "src") for n in source.files(d))
    if scripts := _scripts(project) if coded and bodies.first_of(source, ".", bodies.MAKEFILES) else []:
        place = choose.install("make -j2", scripts[0].evidence[0])
        lint, notes = tuple(choose.checks(project, "lint", NAME)), tuple(choose.left_out(project, NAME))
        return EcosystemPart(NAME, (place,), tuple(scripts), lint, (), notes)
    targets = bodies.make_targets(source)
    name = next((t for t in ("test", "check", "tests") if t in targets), "")
    if name and coded:
        path = next(p for p in bodies.MAKEFILES if source.has(p))
        return _part(project, ("make -j2",), (f"make {name}",), source.evidence(path, f"{name}:"))
    return None


_UNREGISTERED = "no test is registered with CMake: what CI runs of a program that it builds is not known"


_UNREGISTERED_MAKE = "no test is registered with automake: it would pass without testing anything"
_REGISTERED = re.compile(
    r"^[ \t]*(TESTS|check|check-local|check_\w{1,40}|test|installcheck-local)[ \t]{0,20}(\+?=|:)", re.M
)


def _autotools_tests(source: Source) -> bool:
    """Whether a Makefile of the project, or the tests' own one, says what `make check` tests."""
    names = ("Makefile.am", "Makefile.in", "tests.am", "Makefile.inc")
    paths = [f"{d}/{n}" for d in source.walk(depth=3, limit=120) for n in names]
    paths += [n for n in source.files() if n.endswith((".am", ".mk", ".mak"))]
    return any(_REGISTERED.search(source.text(p.removeprefix("./"))) for p in paths if source.has(p))


def _coded(source: Source) -> bool:
    return any(name.endswith(_CODE) for d in source.walk(depth=2, limit=80) for name in source.files(d))


def _scripts(project: Project) -> list[Found]:
    """The repository's own test programs that CI runs, each a suite."""
    called = [s for s in choose.called_by_ci(project, NAME) if s.call.key.startswith("script ") and s.cwd == "."]
    first: dict[str, SeenCheck] = {}
    for s in called:
        first.setdefault(s.call.key, s)
    return [
        Found(
            "test",
            s.call.line,
            (s.evidence,),
            env={**choose.ENV, **s.env},
            confidence="confirmed",
            suite=key if n else "",
        )
        for n, (key, s) in enumerate(list(first.items())[:3])
    ]


def _part(project: Project, setup: tuple[str, ...], tests: tuple[str, ...], witness: Evidence) -> EcosystemPart:
    steps = tuple(choose.install(line, witness) for line in setup)
    ran = [s for s in project.of("cmake") if s.call.kind == "test" and s.origin == "ci" and not s.aside]
    evidence = choose.merge([*(s.evidence for s in ran[:2]), witness])
    words = tests[0].partition("&& ")[2] or tests[0] if tests else ""
    called = any(re.search(rf"\b{re.escape(' '.join(words.split()[:2]))}\b", line) for line in project.ci.splitlines())
    sure: Confidence = "confirmed" if ran or (called and tests) else "default"
    found = tuple(Found("test", line, evidence, env=dict(choose.ENV), confidence=sure) for line in tests)
    lint = tuple(choose.checks(project, "lint", NAME))
    return EcosystemPart(NAME, steps if found or lint else (), found, lint, (), tuple(choose.left_out(project, NAME)))


def _adds_tests(source: Source) -> bool:
    """Whether a CMakeLists.txt of the project registers tests; without any, ctest finds nothing and passes."""
    words = re.compile(r"enable_testing|add_test\b|include\s*\(\s*CTest|discover_tests|ament_add_gtest", re.I)
    if not _coded(source):
        return True  # what it is made of is not to be seen here
    places = [d for d in source.walk(depth=2, limit=80) if source.has(f"{d}/CMakeLists.txt")]
    return any(words.search(source.text("CMakeLists.txt" if d == "." else f"{d}/CMakeLists.txt")) for d in places)
