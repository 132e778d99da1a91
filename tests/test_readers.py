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
from workflows.policy.config.repo_config import RepoConfig
from workflows.registry import WORKFLOWS

ROOT = Path(__file__).parent.parent

SETTINGS = {
    "data": "bot/app.py",
    "model": "bot/choices.py",
    "fallback_model": "bot/app.py",
    "models": "bot/choices.py",
    "setup_hosts": "bot/app.py",
    "api_base": "bot/app.py",
    "api_key": "bot/app.py",
    "price": "bot/app.py",
    "sandbox": "bot/app.py",
    "strict": "bot/app.py",
    "toolchains": "bot/app.py",
    "database": "bot/settings.py",
    "places": "bot/app.py",
    "repository_runs": "bot/server/worker.py",
    "installation_runs": "bot/server/worker.py",
    "silent_seconds": "bot/settings.py",
    "frozen_seconds": "bot/settings.py",
    "keep_days": "bot/app.py",
    "keep_trees_days": "bot/app.py",
    "keep_webhooks_days": "bot/app.py",
    "max_cost": "bot/settings.py",
    "max_minutes": "bot/settings.py",
    "max_raised_cost": "bot/webhook/handler.py",
    "max_daily_cost": "bot/app.py",
    "outsider_daily_cost": "bot/app.py",
    "max_files": "bot/app.py",
    "max_diff": "bot/app.py",
    "author_name": "bot/app.py",
    "author_email": "bot/app.py",
    "signing_key": "bot/app.py",
    "host": "bot/server/serving.py",
    "port": "bot/server/serving.py",
    "health_port": "bot/server/serving.py",
    "assignee": "bot/server/worker.py",
    "label": "bot/server/worker.py",
    "drain_seconds": "bot/server/serving.py",
    "progress_seconds": "bot/server/worker.py",
    "push_quiet_seconds": "bot/webhook/run_inputs.py",
    "admins": "bot/server/faces.py",
    "hook_hosts": "bot/server/worker.py",
    "log_format": "bot/terminal/console.py",
    "otlp_url": "bot/server/worker.py",
    "otlp_headers": "bot/settings.py",
    "telegram_token": "bot/settings.py",
    "telegram_token_file": "bot/settings.py",
    "telegram_webhook": "bot/settings.py",
    "telegram_url": "bot/telegram/service.py",
    "public_url": "bot/setup/manifest_flow.py",
    "github_url": "bot/setup/manifest_flow.py",
    "github_credentials": "bot/settings.py",
}

KEYS = {
    "setup": "workflows/checks/plan.py",
    "test": "workflows/checks/plan.py",
    "lint": "workflows/checks/plan.py",
    "types": "workflows/checks/plan.py",
    "checks": "workflows/checks/plan.py",
    "network": "workflows/checks/plan.py",
    "base": "workflows/steps/source.py",
    "branch_prefix": "workflows/steps/source.py",
    "signoff": "workflows/issue_to_pr/publishing.py",
    "bots": "bot/webhook/routing.py",
    "approve": "workflows/issue_to_pr/planning.py",
    "max_cost": "bot/choices.py",
    "max_minutes": "bot/choices.py",
    "verify_rounds": "workflows/issue_to_pr/planning.py",
    "ready": "workflows/policy/config/repo_config.py",
    "required": "workflows/checks/plan.py",
    "stop_at": "workflows/policy/config/repo_config.py",
    "failing_test": "workflows/policy/config/repo_config.py",
    "model": "bot/choices.py",
    "triggers.assigned": "bot/webhook/decisions.py",
    "triggers.label": "bot/webhook/decisions.py",
    "triggers.mention": "bot/webhook/decisions.py",
    "triggers.command": "bot/webhook/decisions.py",
    "triggers.opened": "bot/webhook/decisions.py",
    "triggers.pull": "bot/webhook/decisions.py",
    "triggers.reviewer": "bot/webhook/decisions.py",
    "triggers.edited": "bot/webhook/decisions.py",
    "triggers.withdrawn": "bot/webhook/decisions.py",
    **{
        f"triggers.{name}": "bot/webhook/decisions.py"
        for name in (
            "bug",
            "reported",
            "withdrawn",
            "edited",
            "reviewed",
            "replied",
            "fix",
            "failed_check",
            "tag",
            "release",
            "changelog",
        )
    },
    "label": "bot/webhook/conditions/issues.py",
    "protected_paths_allowed": "workflows/policy/change_rules.py",
    "secrets_allowed": "workflows/policy/change_rules.py",
    "limits.memory": "workflows/checks/plan.py",
    "limits.minutes": "workflows/checks/plan.py",
    "approval.role": "workflows/runs/approval.py",
    "approval.not_requester": "workflows/runs/approval.py",
    "approval.days": "workflows/engine/questions.py",
    "approval.unanswered": "workflows/engine/questions.py",
    "approval.remind": "workflows/engine/questions.py",
}

for _name in WORKFLOWS:
    KEYS |= {
        f"workflows.{_name}.{key}": "workflows/engine/failure_policy.py"
        for key in ("on_failure", "steps", "retries", "pause")
    }

_OF_WORKFLOWS = {
    "review_pr": {
        "workflows/review_pr/source.py": ("checks", "include", "exclude", "pause_after"),
        "workflows/review_pr/posting.py": ("inline", "fail_at"),
        "bot/webhook/conditions/pulls.py": ("drafts", "bots", "outsiders"),
    },
    "triage": {
        "workflows/triage/labels/labelling.py": ("labels", "sure", "thresholds"),
        "workflows/triage/reading.py": ("priorities", "reproduce"),
        "bot/webhook/conditions/issues.py": ("bug_labels",),
        "workflows/triage/fix_check/running.py": ("fixes",),
    },
    "release_notes": {
        "workflows/release_notes/drafting.py": ("draft", "publish"),
        "workflows/release_notes/proposal/proposing.py": ("changelog",),
        "workflows/release_notes/suggesting.py": ("waived",),
        "workflows/release_notes/steps.py": ("everything",),
    },
}

KEYS |= {
    f"workflows.{name}.{key}": module
    for name, read in _OF_WORKFLOWS.items()
    for module, keys in read.items()
    for key in keys
}

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
