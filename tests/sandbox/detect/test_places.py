"""Sub-directories and second languages: each is a project of its own, checked there or named; none is silently lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
CI = ".github/workflows/ci.yml"
PYTEST = '[project]\nname = "api"\n[dependency-groups]\ndev = ["pytest"]\n'
VITEST = json.dumps({"name": "web", "scripts": {"test": "vitest run", "lint": "eslint ."}})


def ran(root: Path, kind: str = "test") -> set[tuple[str, str]]:
    return {(f.cwd, f.command) for f in getattr(detect(root), kind)}


def steps(*lines: str) -> str:
    return "on: push\njobs:\n  test:\n    steps:\n" + "".join(f"      - {line}\n" for line in lines)


API = {"api/pyproject.toml": PYTEST, "api/tests/test_a.py": ""}
WEB = {"frontend/package.json": VITEST, "frontend/package-lock.json": "{}", "frontend/a.js": ""}


@pytest.mark.parametrize(
    "workflow",
    [
        steps("run: pytest\n        working-directory: api", "run: npm test\n        working-directory: frontend"),
        steps("run: cd api && pytest", "run: |\n          cd frontend\n          npm test"),
        steps("run: |\n          pushd api\n          pytest\n          popd\n          npm --prefix frontend test"),
        steps("run: (cd api; uv run pytest)\n", "run: npm test\n        working-directory: ./frontend/"),
        steps("run: uv run --directory api pytest", "run: bash -c 'cd frontend && npm run test'"),
        "on: push\njobs:\n  a:\n    defaults: {run: {working-directory: api}}\n    steps: [{run: pytest}]\n"
        "  b:\n    defaults: {run: {working-directory: frontend}}\n    steps: [{run: npm test}]\n",
        "on: push\njobs:\n  t:\n    strategy: {matrix: {include: [{d: api, c: pytest}, {d: frontend, c: npm test}]}}\n"
        "    steps: [{run: '${{ matrix.c }}', working-directory: '${{ matrix.d }}'}]\n",
        "on: push\njobs:\n  t:\n    env: {API: api}\n"
        "    steps: [{run: 'cd $API && pytest'}, {run: 'cd ${WEB:-frontend} && npm test'}]\n",
    ],
)
def test_each_directory_that_ci_works_in_is_checked_there(write: Write, workflow: str) -> None:
    root = write({**API, **WEB, CI: workflow})
    assert {("api", "pytest"), ("frontend", "npm test")} <= ran(root)
    assert {f.suite for f in detect(root).test} == {"python in api", "javascript in frontend"}
    assert all(f.confidence == "confirmed" for f in detect(root).test)
    assert ("frontend", "npm ci") in ran(root, "setup")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitlab-ci.yml", "t:\n  script:\n    - cd api\n    - pytest\n"),
        (".gitlab-ci.yml", "t:\n  before_script: [cd api]\n  script: [pytest]\n"),
        (".travis.yml", "script:\n  - cd api && pytest\n"),
        (".circleci/config.yml", "jobs: {t: {steps: [{run: {working_directory: api, command: pytest}}]}}\n"),
        (".circleci/config.yml", "jobs: {t: {working_directory: api, steps: [{run: pytest}]}}\n"),
        ("azure-pipelines.yml", "steps:\n- script: pytest\n  workingDirectory: api\n"),
    ],
)
def test_other_systems_say_where_too(write: Write, path: str, text: str) -> None:
    found = detect(write({**API, path: text})).test
    assert [(f.cwd, f.command, f.confidence) for f in found] == [("api", "pytest", "confirmed")]


@pytest.mark.parametrize(
    ("called", "caller"),
    [
        ("on: {workflow_call: {inputs: {where: {type: string}}}}", "with: {where: api}"),
        ("on: {workflow_call: {inputs: {where: {default: api}}}}", ""),
        ("on: {push: , workflow_dispatch: {inputs: {where: {default: api}}}}", ""),
    ],
)
def test_the_inputs_of_a_workflow_say_where(write: Write, called: str, caller: str) -> None:
    run = "cd ${{ inputs.where }}\n          pytest -x\n"
    inner = f"{called}\njobs:\n  t:\n    steps:\n      - run: |\n          {run}"
    outer = f"on: push\njobs:\n  c:\n    uses: ./.github/workflows/tests.yml\n    {caller}\n"
    assert ("api", "pytest") in ran(write({**API, ".github/workflows/tests.yml": inner, CI: outer}))


def test_the_inputs_of_an_action_say_where(write: Write) -> None:
    action = "inputs: {dir: {default: .}}\nruns: {steps: [{run: 'cd ${{ inputs.dir }} && pytest'}]}\n"
    root = write({**API, ".github/t/action.yml": action, CI: steps("uses: ./.github/t\n        with: {dir: api}")})
    assert ("api", "pytest") in ran(root)


@pytest.mark.parametrize("directory", ["frontend", "src-ui", "web", "ui", "client", "apps/admin", "dashboard"])
def test_a_frontend_beside_a_backend_is_never_left_out(write: Write, directory: str) -> None:
    """Without a word of CI too: it is run where it is a good part of the code, and named where it is not."""
    backend = {f"app/m{n}.py": "" for n in range(6)} | {"requirements-dev.txt": "pytest\n", "tests/test_a.py": ""}
    large = {f"{directory}/src/c{n}.ts": "" for n in range(4)}
    root = write({**backend, **large, f"{directory}/package.json": VITEST})
    assert {(".", "pytest"), (directory, "npm test")} <= ran(root)
    assert (directory, "npm run lint") in ran(root, "lint")
    small = write({f"app/more{n}.py": "" for n in range(80)})
    assert not any(cwd == directory for cwd, _ in ran(small))
    assert any(e.file.startswith(directory) for note in detect(small).not_run for e in note.evidence)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"server/go.mod": "module x\n"}, ("server", "go test ./...")),
        ({"core/Cargo.toml": "[package]\n"}, ("core", "cargo test")),
        ({"backend/pom.xml": "<artifactId>x</artifactId>"}, ("backend", "mvn -B test")),
        ({"backend/Gemfile": "", "backend/.rspec": "", "backend/spec/a_spec.rb": ""}, ("backend", "bundle exec rspec")),
        ({"src/App.sln": ""}, ("src", "dotnet test")),
        ({"api/mix.exs": "def project"}, ("api", "mix test")),
        ({"app/composer.json": '{"require-dev": {"phpunit/phpunit": "1"}}'}, ("app", "vendor/bin/phpunit")),
        ({"contracts/package.json": VITEST}, ("contracts", "npm test")),
        ({"services/a/pyproject.toml": PYTEST, "services/a/tests/test_a.py": ""}, ("services/a", "pytest")),
    ],
)
def test_a_repository_whose_root_is_no_project_is_looked_into(
    write: Write, files: dict[str, str], expected: tuple[str, str]
) -> None:
    assert expected in ran(write({"README.md": "", **files}))


def test_examples_and_documents_are_named_and_not_run(write: Write) -> None:
    side = {f"{d}/package.json": VITEST for d in ("docs", "examples/a", "website", "benchmarks", "templates/b")}
    found = detect(write({"pyproject.toml": PYTEST, "tests/test_a.py": "", **side}))
    assert {f.cwd for f in found.test} == {"."}
    named = " ".join(note.subject for note in found.not_run)
    assert all(d in named for d in ("docs", "website", "benchmarks"))


def test_packages_of_a_workspace_are_set_up_at_its_root(write: Write) -> None:
    root = write(
        {
            "package.json": json.dumps({"private": True, "workspaces": ["apps/*"]}),
            "yarn.lock": "",
            "apps/web/package.json": VITEST,
            "apps/api/package.json": VITEST,
            CI: steps("run: yarn test\n        working-directory: apps/web"),
        }
    )
    assert ("apps/web", "yarn test") in ran(root)
    assert ran(root, "setup") == {(".", "yarn install --frozen-lockfile")}


@pytest.mark.parametrize(
    "line",
    [
        "cargo test --manifest-path rust/Cargo.toml",
        "cargo -C rust test",
        "cd rust && cargo test --all",
        "make -C rust check",
        "(cd rust; cargo nextest run)",
    ],
)
def test_flags_that_name_a_directory_count_as_going_there(write: Write, line: str) -> None:
    files = {"rust/Cargo.toml": "[package]\n", "rust/Makefile": "check:\n\tcargo test\n", CI: steps(f"run: {line}")}
    found = detect(write(files)).test
    assert (found[0].cwd, found[0].command.split()[:2]) == ("rust", ["cargo", "test"])
    assert {f.cwd for f in found} == {"rust"}


@pytest.mark.parametrize("path", ["checkout", "src/github.com/o/r", "./repo"])
def test_a_directory_that_ci_checks_out_into_is_the_root(write: Write, path: str) -> None:
    checkout = f"uses: actions/checkout@v4\n        with: {{path: {path}}}"
    root = write({**API, CI: steps(checkout, f"run: pytest\n        working-directory: {path}/api")})
    assert ("api", "pytest") in ran(root)


def test_what_the_root_says_of_a_directory_is_not_lost(write: Write) -> None:
    """CI may lint a project below from the root, where no manifest lies."""
    root = write({**API, CI: steps("run: ruff check api", "run: mypy api/src", "run: cd api && pytest")})
    assert ran(root, "lint") == {(".", "ruff check api")}
    assert ran(root, "types") == {(".", "mypy api/src")}


def test_a_suite_of_another_language_is_a_suite_of_its_own(write: Write) -> None:
    root = write(
        {
            "package.json": json.dumps({"scripts": {"test": "jest"}}),
            "requirements.txt": "pytest\n",
            "tests/test_a.py": "",
            **{f"src/{n}.js": "" for n in range(9)},
            CI: steps("run: npm test", "run: pytest"),
        }
    )
    assert [(f.suite, f.command) for f in detect(root).test] == [("javascript", "npm test"), ("python", "pytest")]


def test_many_directories_are_bounded_and_the_rest_is_named(write: Write) -> None:
    found = detect(write({f"services/s{n:02}/package.json": VITEST for n in range(40)}))
    assert 0 < len({f.cwd for f in found.test}) <= 14
    assert any("more" in note.subject for note in found.not_run)


@pytest.mark.parametrize(
    "run",
    [
        'cd "$(git rev-parse --show-toplevel)/web" && npm test',
        "cd `git rev-parse --show-toplevel`/web && npm test",
        'export D=web; cd "$D" && npm test',
        "D=web && cd $D && npm test",
        "cd $PWD/web && npm test",
        "env -C web npm test",
        "docker compose run --rm -w /app/web node npm test",
        "dirs=(web)\nfor d in ${dirs[@]}; do (cd $d && npm test); done",
        "bash -c '\n  cd web\n  npm test\n'",
        "docker run --rm -v $PWD:/app -w /app node bash -c 'cd web && npm test'",
    ],
)
def test_a_directory_is_found_however_a_script_comes_to_it(write: Write, run: str) -> None:
    files = {"go.mod": "module a\n", "a_test.go": "", "web/package.json": VITEST}
    ci = "on: push\njobs:\n  t:\n    steps:\n      - run: " + json.dumps(run) + "\n"
    assert ("web", "npm test") in ran(write({**files, ".github/workflows/ci.yml": ci}))


@pytest.mark.parametrize(
    ("files", "run", "expected"),
    [
        ({"net/A.sln": "", "net/T/T.csproj": "xunit"}, "dotnet test net/A.sln -c Release", ("net", "dotnet test")),
        (
            {"app/composer.json": '{"require-dev": {"phpunit/phpunit": "1"}}', "app/phpunit.xml": ""},
            "app/vendor/bin/phpunit -c app",
            ("app", "vendor/bin/phpunit"),
        ),
    ],
)
def test_what_lies_in_a_directory_below_is_tested_there(
    write: Write, files: dict[str, str], run: str, expected: tuple[str, str]
) -> None:
    ci = f"on: push\njobs:\n  t:\n    steps:\n      - run: npm test\n      - run: {run}\n"
    main = {"package.json": VITEST, "src/a.ts": "", ".github/workflows/ci.yml": ci}
    assert expected in ran(write({**main, **files}))
