"""Tests of the JVM, of modules of one platform and of many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
MANY = 'plugins {\n  kotlin("multiplatform")\n}\n'


@pytest.mark.parametrize(
    ("files", "runs", "test"),
    [
        ({"build.gradle": ""}, "./gradlew clean test jvmTest", "test jvmTest"),
        ({"build.gradle": ""}, "./gradlew testDebugUnitTest test", "testDebugUnitTest test"),
        ({"build.gradle": ""}, "./gradlew build", "test"),
        ({"build.gradle": ""}, "./gradlew connectedAndroidTest test", "test"),
        ({"build.gradle.kts": MANY}, "./gradlew test allTests", "jvmTest"),
        ({"build.gradle.kts": MANY, "a/src/test/A.kt": ""}, "./gradlew test allTests", "test jvmTest"),
        ({"build.gradle.kts": MANY, "a/src/test/A.kt": ""}, "./gradlew allTests", "jvmTest"),
    ],
)
def test_modules_of_each_kind_are_tested_by_their_own_task(
    write: Write, files: dict[str, str], runs: str, test: str
) -> None:
    ci = f"on: push\njobs:\n  t:\n    steps:\n      - run: {runs}\n"
    found = detect(write({"gradlew": "", ".github/workflows/ci.yml": ci, **files}))
    assert found.test[0].command == f"./gradlew {test}"


ANDROID = "plugins {\n  id 'com.android.application'\n  id 'checkstyle'\n}\n"


@pytest.mark.parametrize(
    ("build", "lint"),
    [
        ("plugins {\n  id 'checkstyle'\n}\n", ["checkstyleMain checkstyleTest"]),
        (ANDROID, []),
        (ANDROID + 'tasks.register<Checkstyle>("runCheckstyle") {\n}\n', ["runCheckstyle"]),
        (ANDROID + "task checkstyle(type: Checkstyle) {\n}\n", ["checkstyle"]),
        (ANDROID + "tasks.register('style', Checkstyle) {\n}\n", ["style"]),
    ],
)
def test_a_build_of_android_has_no_task_of_checkstyle_but_its_own(write: Write, build: str, lint: list[str]) -> None:
    found = detect(write({"gradlew": "", "build.gradle": build}))
    assert [f.command.removeprefix("./gradlew ") for f in found.lint] == lint


def test_a_call_that_lints_and_tests_is_seen_as_both(write: Write) -> None:
    ci = "on: push\njobs:\n  t:\n    steps:\n      - run: ./gradlew assembleDebug lintDebug testDebugUnitTest\n"
    found = detect(write({"gradlew": "", "build.gradle": "", ".github/workflows/ci.yml": ci}))
    assert [f.confidence for f in found.test] == ["confirmed"]
    assert [f.command for f in found.lint] == ["./gradlew lintDebug"]
