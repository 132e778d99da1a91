"""C and C++: CMake, meson, autotools or a plain Makefile, built in `build` of the tree."""

from __future__ import annotations

from sandbox.detect.commands import bodies, choose
from sandbox.detect.commands.project import Part, Project
from sandbox.detect.read.values import Evidence, Found

NAME = "native"


def find(project: Project) -> Part | None:
    source = project.source
    if source.has("configure.ac", "configure") and source.has("Makefile.am", "Makefile.in"):
        witness = Evidence("configure.ac" if source.has("configure.ac") else "configure", 1, "")
        build = ("[ -x configure ] || autoreconf -fi; ./configure && make -j2",)
        return _part(build, ("make check",), witness)
    if source.has("CMakeLists.txt"):
        witness = source.evidence("CMakeLists.txt", "project(")
        return _part(
            ("cmake -S . -B build", "cmake --build build -j2"),
            ("cmake --build build -j2 && ctest --test-dir build --output-on-failure",),
            witness,
        )
    if source.has("meson.build"):
        witness = source.evidence("meson.build", "project(")
        return _part(("meson setup build",), ("meson test -C build",), witness)
    targets = bodies.make_targets(source)
    name = next((t for t in ("test", "check", "tests") if t in targets), "")
    if name and any(n.endswith((".c", ".cc", ".cpp", ".h")) for d in (".", "src") for n in source.files(d)):
        path = next(p for p in bodies.MAKEFILES if source.has(p))
        return _part(("make -j2",), (f"make {name}",), source.evidence(path, f"{name}:"))
    return None


def _part(setup: tuple[str, ...], tests: tuple[str, ...], witness: Evidence) -> Part:
    steps = tuple(choose.install(line, witness) for line in setup)
    return Part(
        NAME,
        steps,
        tuple(Found("test", line, (witness,), env=dict(choose.ENV), confidence="default") for line in tests),
    )
