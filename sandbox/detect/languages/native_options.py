"""Options of a build of C and C++ without which it builds no tests: CMake's and meson's own, where they are off."""

from __future__ import annotations

import re

from sandbox.detect.read.source import Source

_CMAKE = re.compile(r'\boption\s*\(\s*(\w{1,80})\s+"[^"]{0,300}"\s*([^)\s]{0,80})', re.I)
_MESON = re.compile(r"\boption\(\s*'([\w-]{1,80})'([^)]{0,500})\)")
_TESTS = ("test", "tests", "testing", "unittest", "unittests", "buildtests", "buildtesting")
_OTHERS = re.compile(
    r"fuzz|bench|perf|install|gui|integration|coverage|lto|network|online|system|cuda|gpu|stress|slow|e2e|manual|third|disable"
    r"|skip|no_|hw|device|package",
    re.I,
)
_MOST = 3


def cmake(source: Source, ci: str = "") -> list[str]:
    """`-DNAME=ON` for each option that builds the tests and is off by itself, or that CI gives for developers."""
    paths = ["CMakeLists.txt", *(f"cmake/{n}" for n in source.files("cmake") if n.endswith(".cmake"))][:20]
    text = "\n".join(re.sub(r"(?m)^\s*#.*$", "", source.text(p)) for p in paths)
    off = {m.group(1): None for m in _CMAKE.finditer(text) if _tests(m.group(1)) and not _on(m.group(2))}
    given = dict.fromkeys(_GIVEN.findall(ci))
    off |= {name: None for name in given if _BRINGS.search(name) and re.search(rf"\b{name}\b", text)}
    off |= {name: None for name in given if _DEVELOPS.search(name) and re.search(rf"\b{name}\b", text)}
    return [f"-D{name}=ON" for name in list(off)[:_MOST]]


_GIVEN = re.compile(r"\s-D([A-Z][A-Z0-9_]{2,60})(?::BOOL)?=(?:ON|1|TRUE|YES)\b")
_BRINGS = re.compile(r"(^|_)(DOWNLOAD|FETCH)(_\w*)?(DEP|GTEST|GOOGLETEST|CATCH|TEST)\w*$")
"""Options that have CMake bring what the tests are written with."""
_DEVELOPS = re.compile(r"(^|_)(DEV|DEVELOP(ER|MENT)?|MAINTAINER)(_|$)")


def targets(source: Source, ci: str) -> list[str]:
    """`--target all ...` with what CI has CMake build by name, where tests are left out of what is built by itself."""
    paths = ["CMakeLists.txt", *(f"{d}/CMakeLists.txt" for d in source.dirs())][:60]
    if not any("EXCLUDE_FROM_ALL" in source.text(path) for path in paths):
        return []
    lines = [line for line in ci.splitlines() if "cmake --build" in line and len(line) < 500]
    named = [name for line in lines for name in _TARGET.findall(line) if not _WHOLE.fullmatch(name)]
    return ["--target", "all", *list(dict.fromkeys(named))[:_MOST]] if named else []


_TARGET = re.compile(r"(?:--target|-t)[ =]([A-Za-z][\w.+-]{0,60})(?![\w.+-])")
_WHOLE = re.compile(r"all|install|package|clean|docs?|doxygen|test|check|format|dist|uninstall", re.I)


def meson(source: Source) -> list[str]:
    """`-Dname=true` or `=enabled` likewise."""
    found: list[str] = []
    for path in ("meson.options", "meson_options.txt"):
        for name, rest in _MESON.findall(source.text(path)):
            if not _tests(name.replace("-", "_")):
                continue
            if re.search(r"value\s*:\s*false", rest):
                found.append(f"-D{name}=true")
            elif re.search(r"value\s*:\s*'disabled'", rest):
                found.append(f"-D{name}=enabled")
    return found[:_MOST]


def _tests(name: str) -> bool:
    return name.lower().rpartition("_")[2] in _TESTS and not _OTHERS.search(name)


def _on(value: str) -> bool:
    return value.strip('"').upper() in ("ON", "TRUE", "1", "YES")
