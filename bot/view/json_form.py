"""A run as one plain object, for programs."""

from __future__ import annotations

from typing import Any

from bot.view.run_view import RunView
from workflows.values import to_json


def as_json(view: RunView, diff: str = "", comment: str = "") -> dict[str, Any]:
    """Keys are there also where they are empty, and those that the workflow adds come first.

    `diff` and `comment` are what a dry run shows instead of writing it anywhere.
    """
    return {
        **view.outcome.facts,
        "run": view.id,
        "workflow": view.workflow,
        "status": view.status.value,
        "outcome": view.sentence,
        "title": view.title,
        "repository": view.repository,
        "dry_run": view.dry_run,
        "step": view.step,
        "branch": view.branch or None,
        "commit": view.commit or None,
        "pull": (view.pull.url if view.pull else "") or None,
        "plan": view.plan or None,
        "pull_title": view.pull_title or None,
        "pull_body": view.pull_body or None,
        "diff": diff or None,
        "comment": comment or None,
        "cost": to_json(view.spent),
        "seconds": round(view.resting_seconds, 3),
        "question": view.question.question if view.question else None,
        "error": view.error or None,
        "advice": list(view.commands),
    }
