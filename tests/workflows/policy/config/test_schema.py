"""The JSON schema of a repository's configuration takes what its reader takes, and names what it does not know."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from workflows.policy.config.config_file import parse
from workflows.policy.config.repo_config import RepoConfig
from workflows.policy.config.schema import FIRST_LINE, schema

ROOT = Path(__file__).parents[4]


def _wrong(text: str) -> list[str]:
    checker = jsonschema.Draft7Validator(schema())
    return [error.message for error in checker.iter_errors(yaml.safe_load(text))]


@pytest.mark.parametrize(
    "text",
    [
        "setup: pip install .\ntest: [pytest, mypy .]\nlint: false",
        "network: packages.example.org\nlimits: {memory: 4g, minutes: 15}",
        "limits: {memory: 536870912}",
        "failing_test: off\nready: never",
        "checks: {docs: make docs}\nrequired: {docs: false}",
        "workflows: {issue_to_pr: {on_failure: wait, steps: {verify: retry}}}",
        "triggers: {opened: true, withdrawn: false}\nbots: renovate[bot]",
        "approval: {role: maintain, days: 2, unanswered: keep}\nbranch_prefix: topic/\nsignoff: true",
        "protected_paths_allowed: .github/**\nsecrets_allowed: [tests/keys/*]",
    ],
)
def test_what_is_read_is_right_for_an_editor_too(text: str) -> None:
    parse(text)
    assert _wrong(text) == []


@pytest.mark.parametrize(
    "text", ["tset: pytest", "ready: sometimes", "max_cost: much", "triggers: {labels: true}", "checks: [a]"]
)
def test_what_is_not_is_wrong_there_too(text: str) -> None:
    assert _wrong(text)


def test_each_key_is_in_it_and_it_is_json() -> None:
    made: Any = json.loads(json.dumps(schema()))
    assert set(made["properties"]) == set(RepoConfig.model_fields)
    jsonschema.Draft7Validator.check_schema(made)


def test_the_documentations_example_begins_with_the_line_for_editors_and_is_right() -> None:
    page = (ROOT / "docs" / "repository-configuration.md").read_text()
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert any(example.startswith(FIRST_LINE) for example in examples)
    for example in examples:
        assert _wrong(example) == [], example
