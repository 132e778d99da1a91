"""What lefthook runs before a commit, as checks of the whole tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
FILES = {
    "package.json": json.dumps({"scripts": {"lint": "eslint --fix ."}, "devDependencies": {"eslint": "9"}}),
    "a.js": "",
    "go.mod": "module x\n",
    "a.go": "",
    "a.sh": "",
    "web/package.json": json.dumps({"scripts": {"lint": "stylelint ."}, "devDependencies": {"stylelint": "9"}}),
    "web/a.js": "",
}


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("{run: npm run lint}", ("npx eslint .", ".")),
        ("{run: npm run lint, root: web/}", ("npm run lint", "web")),
        ("{run: golangci-lint run --fix, glob: '*.go'}", ("golangci-lint run ./...", ".")),
        ("{run: 'yamllint {staged_files} && echo fine', glob: '*.{yml,yaml}'}", ("yamllint .", ".")),
        (
            "{run: 'shellcheck -x {staged_files}', glob: '*.{sh,bash}'}",
            ("git ls-files -z '*.sh' '*.bash' | xargs -0 shellcheck -x", "."),
        ),
        ("{run: 'shellcheck {staged_files}'}", None),
        ("{run: golangci-lint run, skip: true}", None),
        ("{run: 'echo golangci-lint run'}", None),
    ],
)
@pytest.mark.parametrize("form", ["commands", "jobs", "group"])
def test_each_form_of_its_file_is_read(write: Write, form: str, job: str, expected: tuple[str, str] | None) -> None:
    text = {
        "commands": f"pre-commit:\n  commands:\n    one: {job}\n",
        "jobs": f"pre-push:\n  jobs:\n    - {job}\n",
        "group": f"pre-commit:\n  jobs:\n    - group:\n        parallel: true\n        jobs:\n          - {job}\n",
    }[form]
    found = [(f.command, f.cwd) for f in detect(write({**FILES, "lefthook.yml": text})).lint]
    without = [(f.command, f.cwd) for f in detect(write({**FILES, "lefthook.yml": "pre-commit: {}\n"})).lint]
    if expected is None:
        assert found == without
    else:
        assert expected in found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "pre-commit: 1",
        "pre-commit: {jobs: {a: 1}, commands: [x]}",
        "a: [",
        "pre-commit: {jobs: [{group: {jobs: 3}}]}",
    ],
)
def test_what_is_no_configuration_says_nothing(write: Write, text: str) -> None:
    detect(write({**FILES, ".lefthook.yml": text}))
