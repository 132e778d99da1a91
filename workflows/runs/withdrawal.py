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


Named = tuple[str, int]
"""A label or an account: what it is called, and its number, which stays when that changes; 0 where none is known."""


def withdrawal(change: str, reason: str, lost: Named, asked_by: Mapping[str, str]) -> str:
    """What a change of the issue means for work that was asked for by a label or an account; "" for nothing.

    Words as in `bot.webhook.events.conversation.IssueChanged`; `lost` is the label or account that is gone.
    """
    name = lost[0]
    match change:
        case "closed":
            return f"the issue was closed{_as(reason)}"
        case "deleted" | "transferred":
            return f"the issue was {change}"
        case "locked":
            return f"the issue was locked{_as(reason)}"
        case "unlabeled" if _is_same(lost, _asker("label", asked_by)):
            return f"the label {name} was taken off the issue"
        case "unassigned" if _is_same(lost, _asker("assignee", asked_by)):
            return f"the issue is not assigned to {name} any more"
    return ""


def withdrawn(standing: Standing, inputs: Mapping[str, Any]) -> str:
    """The same for how the issue is now, beside what the run was started with."""
    asked_by = inputs.get("asked_by") or {}
    if not standing.there:
        return "the issue was transferred" if standing.moved else "the issue was deleted"
    if standing.closed:
        return withdrawal("closed", standing.reason, ("", 0), asked_by)
    if standing.locked and not inputs.get("locked"):
        return withdrawal("locked", standing.reason, ("", 0), asked_by)
    label, account = _asker("label", asked_by), _asker("assignee", asked_by)
    if label[0] and not any(_is_same(one, label) for one in standing.labels):
        return withdrawal("unlabeled", "", label, asked_by)
    if account[0] and not any(_is_same(one, account) for one in standing.assignees):
        return withdrawal("unassigned", "", account, asked_by)
    return ""


def _asker(kind: str, asked_by: Mapping[str, str]) -> Named:
    return asked_by.get(kind, ""), int(asked_by.get(f"{kind}_id") or 0)


def _is_same(one: Named, other: Named) -> bool:
    """By number where both have one: what is only called otherwise is still there."""
    if one[1] and other[1]:
        return one[1] == other[1]
    return bool(one[0]) and one[0].lower() == other[0].lower()


def note_edit(db: sa.Connection, run_id: str, edit: IssueEdit) -> None:
    """Keep with a run how its issue reads now, if it is another text than it took up; the last edit counts."""
    taken_up = from_json(Issue, runs.get_run(db, run_id).inputs["issue"]).digest
    runs.merge_state(db, run_id, {EDITED: None if edit.digest == taken_up else asdict(edit)})


def _as(reason: str) -> str:
    words = reason.replace("_", " ").strip()
    return f" as {words}" if words and words != "reopened" else ""
