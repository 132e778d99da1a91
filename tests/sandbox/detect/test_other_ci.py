"""CI of other systems, in the folders that each of them reads whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".woodpecker/test.yaml", "steps:\n  - name: web\n    commands:\n      - cd web && npm ci && npm test\n"),
        (".woodpecker.yaml", "steps:\n  web:\n    commands:\n      - cd web && npm test\n"),
        (".gitea/workflows/ci.yml", "jobs:\n  t:\n    steps:\n      - run: cd web && npm test\n"),
        (
            ".forgejo/workflows/ci.yaml",
            "jobs:\n  t:\n    steps:\n      - run: npm test\n        working-directory: web\n",
        ),
        (".gitlab/ci/test.yml", "web:\n  script:\n    - cd web\n    - npm test\n"),
        (".buildkite/pull-request.yml", "steps:\n  - command: cd web && npm test\n"),
        (".azure-pipelines/ci.yml", "steps:\n  - script: cd web && npm test\n"),
        ("buildspec.yml", "phases:\n  build:\n    commands:\n      - cd web && npm test\n"),
    ],
)
def test_a_second_language_that_its_ci_runs_is_not_left_out(write: Write, path: str, text: str) -> None:
    files = {
        "go.mod": "module a\n",
        "a_test.go": "package a\n",
        "web/package.json": '{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "1"}}',
    }
    root = write({**files, path: text})
    assert ("npm test", "web") in [(found.command, found.cwd) for found in detect(root).test]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "Jenkinsfile",
            "pipeline {\n  stages {\n    dir('web') {\n      sh 'npm ci'\n      sh 'npm test'\n    }\n  }\n}\n",
        ),
        ("Jenkinsfile", "node {\n  sh '''\n    cd web\n    npm test\n  '''\n}\n"),
        ("ci/Jenkinsfile", 'node {\n  sh(script: "cd web && npm test", label: "t")\n}\n'),
        ("cloudbuild.yaml", "steps:\n  - name: node\n    entrypoint: npm\n    args: [test]\n    dir: web\n"),
        ("cloudbuild.yaml", "steps:\n  - name: 'gcr.io/cloud-builders/npm'\n    args: ['test']\n    dir: web\n"),
        ("cloudbuild.yaml", "steps:\n  - name: node\n    entrypoint: bash\n    args: ['-c', 'cd web && npm test']\n"),
        (".build.yml", "image: alpine\ntasks:\n  - setup: npm ci\n  - test: |\n      cd web\n      npm test\n"),
        (".builds/alpine.yml", "tasks:\n  - test: cd web && npm test\n"),
        ("codemagic.yaml", "workflows:\n  a:\n    scripts:\n      - name: t\n        script: cd web && npm test\n"),
        (
            "bitrise.yml",
            "workflows:\n a:\n  steps:\n   - script:\n      inputs:\n       - content: cd web && npm test\n",
        ),
        (
            ".circleci/config.yml",
            "jobs:\n t:\n  steps:\n   - run:\n      working_directory: web\n      command: npm test\n",
        ),
        (".circleci/config.yml", "jobs:\n  t:\n    steps:\n      - run: cd web && npm test\n"),
        (".gitlab-ci.yml", ".base:\n  before_script:\n    - cd web\nt:\n  extends: .base\n  script:\n    - npm test\n"),
        (".cirrus.yml", "t_task:\n  web_script: cd web && npm test\n"),
        ("azure-pipelines.yml", "steps:\n  - bash: npm test\n    workingDirectory: web\n"),
        (".drone.yml", "steps:\n  - name: t\n    commands: [cd web, npm test]\n"),
        (".travis.yml", "script:\n  - cd web && npm test\n"),
    ],
)
def test_ci_of_any_system_says_where_it_works(write: Write, path: str, text: str) -> None:
    files = {
        "go.mod": "module a\n",
        "a_test.go": "package a\n",
        "web/package.json": '{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "1"}}',
    }
    found = detect(write({**files, path: text})).test
    assert ("npm test", "web", "confirmed") in [(f.command, f.cwd, f.confidence) for f in found]


WEB = {"web/package.json": '{"scripts": {"test": "vitest run"}, "devDependencies": {"vitest": "1"}}'}


@pytest.mark.parametrize(
    "files",
    [
        {".gitlab-ci.yml": "default:\n  before_script:\n    - cd web\nt:\n  script: npm test\n"},
        {".gitlab-ci.yml": "before_script:\n  - cd web\nt:\n  script:\n    - npm test\n"},
        {".gitlab-ci.yml": ".a:\n  script:\n    - cd web\n    - npm test\n.b:\n  extends: .a\nt:\n  extends: [.b]\n"},
        {".gitlab-ci.yml": ".a:\n  s:\n    - cd web\nt:\n  script:\n    - !reference [.a, s]\n    - npm test\n"},
        {".gitlab-ci.yml": "include: /ci/t.yml\n", "ci/t.yml": "t:\n  script:\n    - cd web\n    - npm test\n"},
        {
            ".gitlab-ci.yml": "include:\n  - local: ci/base.yml\nt:\n  extends: .a\n  script: npm test\n",
            "ci/base.yml": ".a:\n  before_script: [cd web]\n",
        },
    ],
)
def test_a_job_of_gitlab_runs_what_it_takes_from_others_too(write: Write, files: dict[str, str]) -> None:
    found = detect(write({"go.mod": "module a\n", "a_test.go": "package a\n", **WEB, **files})).test
    assert ("npm test", "web", "confirmed") in [(f.command, f.cwd, f.confidence) for f in found]


@pytest.mark.parametrize(
    "text",
    [
        "a:\n  extends: a\n  script: x\n",
        "a:\n  extends: b\nb:\n  extends: a\n",
        "include: .gitlab-ci.yml\n",
        "a:\n  script:\n    - !reference [a, script]\n",
        "- a\n",
    ],
)
def test_jobs_that_take_from_each_other_for_ever_end(write: Write, text: str) -> None:
    detect(write({"go.mod": "module a\n", ".gitlab-ci.yml": text}))


@pytest.mark.parametrize("text", ["sh 'a", "dir('x') {", "sh '''" + "x" * 9000, "node { sh(" + "sh(" * 3000])
def test_a_broken_jenkinsfile_breaks_nothing(write: Write, text: str) -> None:
    detect(write({"go.mod": "module a\n", "Jenkinsfile": text}))
