"""Hooks whose tools read only the files that they are handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("{id: codespell}", "git ls-files -z | xargs -0 codespell"),
        ("{id: codespell, args: [-w, --skip, '*.js']}", "git ls-files -z | xargs -0 codespell --skip '*.js'"),
        ("{id: codespell, exclude: ^docs/}", "git ls-files -z . ':!docs/' | xargs -0 codespell"),
        ("{id: codespell, exclude_types: [pofile]}", "git ls-files -z . ':!*.po' | xargs -0 codespell"),
        ("{id: codespell, files: ^src/}", "git ls-files -z src/ | xargs -0 codespell"),
        ("{id: codespell, exclude: '.*_pb2.*'}", ""),
        ("{id: shellcheck, args: [-x]}", "git ls-files -z '*.sh' '*.bash' | xargs -0 shellcheck -x"),
        ("{id: shfmt, args: [-w, -i, '2']}", "git ls-files -z '*.sh' '*.bash' | xargs -0 shfmt -d -i 2"),
        (
            "{id: hadolint}",
            "git ls-files -z Dockerfile '*/Dockerfile' '*.Dockerfile' '*.dockerfile' | xargs -0 hadolint",
        ),
        ("{id: typos}", "typos"),
        ("{id: actionlint}", "actionlint"),
        ("{id: trailing-whitespace}", ""),
    ],
)
def test_a_hook_is_run_on_a_listing_of_the_files_that_it_is_handed(write: Write, hook: str, expected: str) -> None:
    config = f"repos:\n  - repo: https://example.org/tool\n    rev: v1.2.3\n    hooks: [{hook}]\n"
    ci = "on: pull_request\njobs:\n  a:\n    steps:\n      - uses: pre-commit/action@v3\n"
    found = detect(write({".pre-commit-config.yaml": config, ".github/workflows/ci.yml": ci, "run.sh": "", "a.py": ""}))
    assert [f.command for f in found.lint] == ([expected] if expected else [])


def test_what_pip_brings_is_installed_in_the_version_that_the_hook_pins(write: Write) -> None:
    repo = "https://github.com/codespell-project/codespell"
    config = f"repos:\n  - repo: {repo}\n    rev: v2.4.1\n    hooks: [{{id: codespell}}]\n"
    found = detect(write({".pre-commit-config.yaml": config, "a.py": ""}))
    assert any(f.command.endswith("pip install codespell==2.4.1") for f in found.setup)
