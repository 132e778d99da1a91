"""Work that is not wanted any more: the issue was closed, locked, taken away, or lost what had asked for the work.

The same rule for what a forge tells (an event) and for how the issue is found when a step begins (`ports.Standing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from workflows.ports import Standing
from workflows.store.run_rows import runs
from workflows.values import Issue, from_json

EDITED = "edited"
"""Under this key a run's state holds the last edit of its issue."""


@dataclass(frozen=True, slots=True)
class IssueEdit:
    """The issue's text is another one: by whom, its digest as it is now, and whether they may say what to do."""

    by: str
    digest: str
    may_write: bool


def withdrawal(change: str, reason: str, name: str, asked_by: Mapping[str, str]) -> str:
    """What a change of the issue means for work that was asked for by a label or an account; "" for nothing.

    Words as in `bot.webhook.events.conversation.IssueChanged`.
    """
    match change:
        case "closed":
            return f"the issue was closed{_as(reason)}"
        case "deleted" | "transferred":
            return f"the issue was {change}"
        case "locked":
            return f"the issue was locked{_as(reason)}"
        case "unlabeled" if name and name.lower() == asked_by.get("label", "").lower():
            return f"the label {name} was taken off the issue"
        case "unassigned" if name and name.lower() == asked_by.get("assignee", "").lower():
            return f"the issue is not assigned to {name} any more"
    return ""


def withdrawn(standing: Standing, inputs: Mapping[str, Any]) -> str:
    """The same for how the issue is now, beside what the run was started with."""
    asked_by = inputs.get("asked_by") or {}
    if not standing.there:
        return "the issue was transferred" if standing.moved else "the issue was deleted"
    if standing.closed:
        return withdrawal("closed", standing.reason, "", asked_by)
    if standing.locked and not inputs.get("locked"):
        return withdrawal("locked", standing.reason, "", asked_by)
    label, account = asked_by.get("label", ""), asked_by.get("assignee", "")
    if label and label.lower() not in (one.lower() for one in standing.labels):
        return withdrawal("unlabeled", "", label, asked_by)
    if account and account.lower() not in (one.lower() for one in standing.assignees):
        return withdrawal("unassigned", "", account, asked_by)
    return ""


def note_edit(db: sa.Connection, run_id: str, edit: IssueEdit) -> None:
    """Keep with a run how its issue reads now, if it is another text than it took up; the last edit counts."""
    taken_up = from_json(Issue, runs.get_run(db, run_id).inputs["issue"]).digest
    runs.merge_state(db, run_id, {EDITED: None if edit.digest == taken_up else asdict(edit)})


def _as(reason: str) -> str:
    words = reason.replace("_", " ").strip()
    return f" as {words}" if words and words != "reopened" else ""
