"""Workflows that are called: those of other repositories are named, the repository's own are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.detect import detect

Write = Callable[[Mapping[str, str]], Path]
GO = {"go.mod": "module x\n", "a.go": "", "a_test.go": ""}
CALL = "on: pull_request\njobs:\n  a:\n    uses: {}\n    with: {{flags: -race}}\n"
STEPS = "[{run: 'go vet ./${{ inputs.flags }}'}]"
INNER = f"on: {{workflow_call: {{inputs: {{flags: {{default: ''}}}}}}}}\njobs: {{t: {{steps: {STEPS}}}}}\n"


def test_a_workflow_of_the_repository_under_its_full_name_is_read(write: Write) -> None:
    call = CALL.format("org/repo/.github/workflows/unit.yml@main")
    found = detect(write({**GO, ".github/workflows/ci.yml": call, ".github/workflows/unit.yml": INNER}))
    assert [f.command for f in found.lint] == ["go vet ./-race"]
    assert not found.not_run


def test_a_workflow_of_another_repository_is_named_and_nothing_is_invented(write: Write) -> None:
    call = CALL.format("org/other/.github/workflows/soundness.yml@v1")
    found = detect(write({**GO, ".github/workflows/ci.yml": call}))
    assert not found.lint
    assert [n.subject for n in found.not_run] == ["org/other/.github/workflows/soundness.yml"]


@pytest.mark.parametrize("name", ["release", "semantic-pull-request", "label", "update-sdk"])
def test_a_workflow_that_checks_no_code_is_not_worth_a_word(write: Write, name: str) -> None:
    call = CALL.format(f"org/other/.github/workflows/{name}.yml@v1")
    assert not detect(write({**GO, ".github/workflows/ci.yml": call})).not_run


def test_a_workflow_for_the_documents_may_check_the_code_as_well(write: Write) -> None:
    docs = "on: pull_request\njobs:\n  build:\n    steps:\n      - run: dotnet format App.sln --verify-no-changes\n"
    ci = "on: pull_request\njobs: {t: {steps: [{run: dotnet test}]}}\n"
    files = {"App.sln": "", ".github/workflows/docs.yml": docs, ".github/workflows/ci.yml": ci}
    assert [f.command for f in detect(write(files)).lint] == ["dotnet format App.sln --verify-no-changes"]
