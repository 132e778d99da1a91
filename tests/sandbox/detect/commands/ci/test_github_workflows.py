"""What CI runs, with the lines it stands on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sandbox.detect.commands.ci import github_workflows
from sandbox.detect.read.source import Source

Write = Callable[[Mapping[str, str]], Path]


def test_matrices_and_env_are_put_in_and_lines_are_kept(write: Write) -> None:
    root = write(
        {
            ".github/workflows/ci.yml": """
                env: {TOOL: cargo}
                jobs:
                  t:
                    strategy: {matrix: {env: [py, lint], include: [{env: types}]}}
                    steps:
                      - run: |
                          echo hi
                          tox -e ${{ matrix.env }}
                      - run: ${{ env.TOOL }} test
                        working-directory: sub
                """
        }
    )
    scripts = github_workflows.scripts(Source(root))
    assert [s.text for s in scripts] == [f"echo hi\ntox -e {env}\n" for env in ("py", "lint", "types")] + ["cargo test"]
    assert scripts[0].evidence.line == 7
    assert scripts[-1].cwd == "sub"


def test_a_choice_by_a_known_value_is_made(write: Write) -> None:
    mark = "${{ matrix.kind == 'unit' && 'not slow' || 'slow' }}"
    job = f"jobs: {{a: {{strategy: {{matrix: {{kind: [unit, all]}}}}, steps: [{{run: 'pytest -m {mark}'}}]}}}}"
    root = write(
        {
            ".github/workflows/ci.yml": job.replace("'unit'", "''unit''")
            .replace("'not slow'", "''not slow''")
            .replace("'slow'", "''slow''")
        }
    )
    assert [s.text for s in github_workflows.scripts(Source(root))] == ["pytest -m not slow", "pytest -m slow"]


def test_actions_of_the_repository_are_opened_with_their_inputs(write: Write) -> None:
    root = write(
        {
            ".github/workflows/ci.yml": """
                jobs:
                  t:
                    steps:
                      - uses: ./.github/actions/check
                        with: {what: lint}
                """,
            ".github/actions/check/action.yml": """
                inputs: {what: {default: all}, how: {default: fast}}
                runs:
                  using: composite
                  steps: [{run: "nox -s ${{ inputs.what }} -- ${{ inputs.how }}", shell: bash}]
                """,
        }
    )
    (script,) = github_workflows.scripts(Source(root))
    assert script.text == "nox -s lint -- fast"
    assert script.evidence.file == ".github/actions/check/action.yml"


def test_known_actions_stand_for_their_command(write: Write) -> None:
    steps = "[{uses: golangci/golangci-lint-action@v6}, {uses: psf/black@stable}]"
    root = write({".github/workflows/a.yml": f"jobs: {{l: {{steps: {steps}}}}}"})
    assert [s.text.strip() for s in github_workflows.scripts(Source(root))] == ["golangci-lint run", "black --check ."]


def test_workflows_with_another_purpose_count_only_where_there_are_no_others(write: Write) -> None:
    job = "jobs: {one: {steps: [{run: pytest}]}}"
    root = write({".github/workflows/release.yml": job})
    assert [s.aside for s in github_workflows.scripts(Source(root))] == [True]
    root = write({".github/workflows/tests.yml": job})
    assert [s.evidence.file for s in github_workflows.scripts(Source(root))] == [".github/workflows/tests.yml"]


def test_jobs_with_another_purpose_are_set_aside(write: Write) -> None:
    root = write({".github/workflows/ci.yml": "jobs: {docs: {steps: [{run: a}]}, unit: {steps: [{run: b}]}}"})
    assert [(s.text, s.aside) for s in github_workflows.scripts(Source(root))] == [("a", True), ("b", False)]


def test_other_systems_are_read_for_their_scripts(write: Write) -> None:
    root = write(
        {
            ".gitlab-ci.yml": "test:\n  script:\n    - pytest -q\n",
            ".circleci/config.yml": "jobs: {b: {steps: [checkout, {run: {name: n, command: mypy src}}]}}\n",
        }
    )
    found = [(s.text, s.evidence.line) for s in github_workflows.scripts(Source(root))]
    assert found == [("pytest -q", 3), ("mypy src", 1)]


def test_steps_that_run_side_by_side_are_read_as_well(write: Write) -> None:
    steps = "[{run: a}, {parallel: [{name: x, run: b}, {run: c}]}, {parallel: odd}, {run: d}]"
    root = write({".github/workflows/ci.yml": f"on: push\njobs: {{t: {{steps: {steps}}}}}\n"})
    assert [s.text for s in github_workflows.scripts(Source(root))] == ["a", "b", "c", "d"]


def workflow(run: str, on: str = "pull_request", more: int = 0) -> str:
    filling = "# filling\n" * more
    return f"on: {on}\n{filling}jobs: {{a: {{steps: [{{run: {run}}}]}}}}\n"


def read(root: Path) -> list[str]:
    return [s.text for s in github_workflows.scripts(Source(root))]


def test_what_a_change_starts_is_read_before_what_takes_all_the_time_there_is(write: Write) -> None:
    root = write(
        {
            ".github/workflows/ci-analyst.yml": workflow("a", "workflow_dispatch", 9000),
            ".github/workflows/ci-other.yml": workflow("c", "schedule", 9000),
            ".github/workflows/pipeline.yml": workflow("b", "[push, pull_request]", 4000),
        }
    )
    assert read(root)[0] == "b"


def test_a_workflow_that_a_program_wrote_is_not_read(write: Write) -> None:
    names = ("agent.lock.yml", "zizmor.yml", "pipeline.yml")
    assert read(write({f".github/workflows/{n}": workflow(n) for n in names})) == ["pipeline.yml", "zizmor.yml"]


def test_the_plain_tests_are_read_before_those_that_measure(write: Write) -> None:
    names = ("test-coverage.yml", "test-python.yml", "asan-test.yml")
    assert read(write({f".github/workflows/{n}": workflow(n) for n in names}))[0] == "test-python.yml"
