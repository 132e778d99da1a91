"""Each setting, and each key of a repository's file, is read by something: the table says by what.

A key that is documented and checked, and then read by nothing, is a promise that nobody keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from bot.settings import Settings
from workflows.registry import WORKFLOWS
from workflows.repo_config import RepoConfig

ROOT = Path(__file__).parent.parent

SETTINGS = {
    "data": "bot/app.py",
    "model": "bot/choices.py",
    "fallback_model": "bot/app.py",
    "models": "bot/choices.py",
    "api_base": "bot/app.py",
    "api_key": "bot/app.py",
    "price": "bot/app.py",
    "sandbox": "bot/app.py",
    "strict": "bot/app.py",
    "toolchains": "bot/app.py",
    "database": "bot/settings.py",
    "places": "bot/app.py",
    "repository_runs": "bot/worker.py",
    "installation_runs": "bot/worker.py",
    "silent_seconds": "bot/settings.py",
    "frozen_seconds": "bot/settings.py",
    "keep_days": "bot/app.py",
    "keep_trees_days": "bot/app.py",
    "keep_webhooks_days": "bot/app.py",
    "max_cost": "bot/settings.py",
    "max_minutes": "bot/settings.py",
    "max_raised_cost": "bot/handling.py",
    "max_daily_cost": "bot/app.py",
    "outsider_daily_cost": "bot/app.py",
    "max_files": "bot/app.py",
    "max_diff": "bot/app.py",
    "author_name": "bot/app.py",
    "author_email": "bot/app.py",
    "host": "bot/serving.py",
    "port": "bot/serving.py",
    "health_port": "bot/serving.py",
    "assignee": "bot/worker.py",
    "label": "bot/worker.py",
    "drain_seconds": "bot/serving.py",
    "progress_seconds": "bot/worker.py",
    "public_url": "bot/setup.py",
    "github_url": "bot/setup.py",
    "github_credentials": "bot/settings.py",
}

KEYS = {
    "setup": "workflows/checks.py",
    "test": "workflows/checks.py",
    "lint": "workflows/checks.py",
    "types": "workflows/checks.py",
    "checks": "workflows/checks.py",
    "network": "workflows/checks.py",
    "base": "workflows/steps/source.py",
    "approve": "workflows/steps/planning.py",
    "max_cost": "bot/choices.py",
    "max_minutes": "bot/choices.py",
    "verify_rounds": "workflows/steps/planning.py",
    "model": "bot/choices.py",
    "triggers.assigned": "bot/routing.py",
    "triggers.label": "bot/routing.py",
    "triggers.mention": "bot/routing.py",
    "triggers.command": "bot/routing.py",
    "triggers.opened": "bot/routing.py",
    "label": "bot/routing.py",
    "protected_paths_allowed": "workflows/diff_rules.py",
    "secrets_allowed": "workflows/diff_rules.py",
    "limits.memory": "workflows/checks.py",
    "limits.minutes": "workflows/checks.py",
    "approval.role": "workflows/approval.py",
    "approval.not_requester": "workflows/approval.py",
    "approval.days": "workflows/waiting.py",
    "approval.unanswered": "workflows/waiting.py",
    "approval.remind": "workflows/waiting.py",
}

for _name in WORKFLOWS:
    KEYS |= {f"workflows.{_name}.{key}": "workflows/failing.py" for key in ("on_failure", "steps", "retries", "pause")}

BY_NAME = {"test", "lint", "types"}
"""Read in a loop, by their names as texts."""
CALLED_OTHERWISE = {f"workflows.{name}.on_failure": "default" for name in WORKFLOWS}
"""What a key is called where it has been taken over."""


def _keys(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, f"{above}{name}.")
        else:
            yield f"{above}{name}"


def test_the_table_has_each_setting_and_each_key_and_no_other() -> None:
    assert set(SETTINGS) == set(Settings.model_fields)
    assert set(KEYS) == set(_keys(RepoConfig))


@pytest.mark.parametrize(("key", "module"), [*SETTINGS.items(), *KEYS.items()])
def test_what_the_table_names_reads_it(key: str, module: str) -> None:
    text = (ROOT / module).read_text()
    name = CALLED_OTHERWISE.get(key, key.rpartition(".")[2])
    shape = rf'"{name}"' if key in BY_NAME or key.startswith("triggers.") else rf"\w\.{name}\b(?!\()"
    assert re.search(shape, text), f"{module} does not read {key}"
