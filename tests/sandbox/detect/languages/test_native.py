"""Tests of C and C++ that the build knows of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
FILES = {"configure.ac": "AC_INIT\n", "Makefile.am": "bin_PROGRAMS = a\n", "a.c": "", "b.c": ""}


@pytest.mark.parametrize(
    ("more", "test"),
    [
        ({}, []),
        ({"Makefile.am": "TESTS = t.sh\n"}, ["make check"]),
        ({"Makefile.am": "SUBDIRS = tests\n", "tests/Makefile.am": "check_PROGRAMS = t\n"}, ["make check"]),
        ({"Makefile.am": "check-local:\n\t./t\n"}, ["make check"]),
        (
            {".github/workflows/c.yml": "on: push\njobs:\n  t:\n    steps:\n      - run: make -j2 check\n"},
            ["make check"],
        ),
        ({".github/workflows/c.yml": "on: push\njobs:\n  t:\n    steps:\n      - run: make distcheck\n"}, []),
    ],
)
def test_automake_checks_only_what_is_registered_with_it(write: Write, more: dict[str, str], test: list[str]) -> None:
    found = detect(write({**FILES, **more}))
    assert [f.command for f in found.test] == test
    assert any(n.subject == "make check" for n in found.not_run) == (not test)


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ("-DA_DOWNLOAD_DEPENDENCIES=ON", "-DA_DOWNLOAD_DEPENDENCIES=ON"),
        ("-DA_FETCH_GTEST=ON", "-DA_FETCH_GTEST=ON"),
        ("-DOTHER_FETCH_GTEST=ON", ""),
        ("-DA_DOWNLOAD_DOCS=ON", ""),
    ],
)
def test_cmake_is_told_to_bring_what_the_tests_are_written_with(write: Write, given: str, option: str) -> None:
    cmake = "project(a)\noption(A_DOWNLOAD_DEPENDENCIES)\noption(A_FETCH_GTEST)\nadd_test(a a)\n"
    ci = f"on: push\njobs:\n  t:\n    steps:\n      - run: cmake -B build {given}\n      - run: ctest\n"
    found = detect(write({"CMakeLists.txt": cmake, "a.c": "", ".github/workflows/ci.yml": ci}))
    assert found.setup[0].command == f"cmake -S . -B build {option}".strip()


@pytest.mark.parametrize("program", ["./src/app-unit-tests", "./build/tests", "out/unittests", "./selftest"])
def test_a_program_of_tests_that_the_build_makes_is_named(write: Write, program: str) -> None:
    ci = f"on: push\njobs:\n  t:\n    steps:\n      - run: make && {program} -v\n"
    files = {"Makefile": "test:\n\t./t.sh\n", "a.c": "", ".github/workflows/ci.yml": ci}
    found = detect(write(files))
    assert f"{program} -v" in [n.subject for n in found.not_run]
