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
