"""Builds of C and C++ that have to be asked for their tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("option", "setup"),
    [
        ('option(X_BUILD_TESTS "Build tests" OFF)', "cmake -S . -B build -DX_BUILD_TESTS=ON"),
        ('option(tests "Build tests." ${packaging})', "cmake -S . -B build -Dtests=ON"),
        ('option(BUILD_TESTING "Build tests")', "cmake -S . -B build -DBUILD_TESTING=ON"),
        ('option(X_BUILD_TESTS "Build tests" ON)', "cmake -S . -B build"),
        ('option(X_FUZZ_TESTS "Fuzz" OFF)', "cmake -S . -B build"),
        ('option(X_DISABLE_TESTS "No tests" OFF)', "cmake -S . -B build"),
        ('option(X_TESTS_HO "Other tests" OFF)', "cmake -S . -B build"),
        ('# option(X_BUILD_TESTS "Build tests" OFF)', "cmake -S . -B build"),
    ],
)
def test_cmake_is_asked_for_the_tests_that_it_does_not_build_by_itself(write: Write, option: str, setup: str) -> None:
    text = f"project(x)\n{option}\nenable_testing()\n"
    found = detect(write({"CMakeLists.txt": text, "a.c": "", "tests/a.c": ""}))
    assert found.setup[0].command == setup


@pytest.mark.parametrize(
    ("option", "setup"),
    [
        ("option('tests', type: 'boolean', value: false)", "meson setup build -Dtests=true"),
        ("option('unit-tests',\n  type: 'feature',\n  value: 'disabled')", "meson setup build -Dunit-tests=enabled"),
        ("option('tests', type: 'boolean', value: true)", "meson setup build"),
        ("option('docs', type: 'boolean', value: false)", "meson setup build"),
    ],
)
def test_meson_is_asked_likewise(write: Write, option: str, setup: str) -> None:
    found = detect(write({"meson.build": "project('x')\n", "meson.options": option, "a.c": ""}))
    assert found.setup[0].command == setup
