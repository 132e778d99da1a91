"""What the steps of a triage hand to each other: each key of the run's state with its kind of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from workflows.definition import Slot, State
from workflows.store.records import Run
from workflows.store.run_rows.reproduced import REPRODUCED, REPRODUCTION
from workflows.values import RunStatus

REPORT = Slot("triage_report", dict)
"""The report as it is read, as `values.Issue`: what its writer added in comments stands in its body."""
READ = Slot("triage_read", dict)
"""What it is, as `reading.Reading`."""
ALIKE = Slot("triage_alike", list)
"""Issues that may be the same, as `comparing.Alike`."""
AREA = Slot("triage_area", dict)
"""Where it belongs: {"paths": [...], "owners": [...]}."""
RANKED = Slot("ranked", list)
"""The files that it is probably about, as `values.RankedFile`."""
COMMANDS = Slot("commands", dict)
"""How the project is set up and checked, as `checks.Commands`."""

BEGAN = "triage_began"
"""The commit that it began with, as `bisecting.Began`."""
KINDS = "triage_kinds"
"""How likely each kind is by the labels of the other issues; empty where those say too little."""
FIELDS = "triage_fields"
"""The fields of the organisation's issues that hold a priority, as `issue_type.PriorityField`."""
TYPE = "triage_type"
"""{"wanted": ..., "set": ...}; missing where none fits, or somebody gave the issue one."""
FIELD = "triage_field"
"""{"name": ..., "option": ..., "set": ...}; missing as above."""
LABELS = "triage_labels"
"""{"wanted": [...], "added": [...]}."""


class ReportKind(StrEnum):
    """What somebody reports."""

    BUG = "bug"
    FEATURE = "feature"
    QUESTION = "question"
    DOCUMENTATION = "documentation"
    OTHER = "other"


def reading_in(state: State) -> Mapping[str, Any]:
    """What is known of the report so far."""
    return state.get(READ.key) or {}


def has_asked(run: Run | None) -> bool:
    """Whether that is a triage that came to its end asking whoever reported it for more."""
    if run is None or run.workflow != "triage" or run.status is not RunStatus.COMPLETED:
        return False
    read = reading_in(run.state)
    return bool(read.get("missing") and not read.get("asked") and not read.get("vulnerability"))


def has_read(run: Run | None) -> bool:
    """Whether that is a triage at work that may have read the report already: what is added now, it does not see."""
    return run is not None and run.workflow == "triage" and run.status.active and run.current_step not in _BEFORE


_BEFORE = ("", "workspace")
"""Steps at which a triage has not read the report yet."""


def is_private(state: State) -> bool:
    """Whether nothing may be said about it in public."""
    return bool(reading_in(state).get("vulnerability"))


def is_open_to_us(state: State) -> bool:
    return not is_private(state)


def may_be_tried(state: State) -> bool:
    """Whether there is something to reproduce: a bug that says enough, where the repository lets it be tried."""
    read = reading_in(state)
    told = read.get("kind") == ReportKind.BUG and not read.get("missing")
    return bool(told and is_open_to_us(state) and state.get("triage_tries", True))


def broke_since(state: State) -> bool:
    """Whether it happens, and is said to have worked at a tag that there is."""
    happened = (state.get(REPRODUCTION) or {}).get("verdict") == REPRODUCED
    return bool(happened and reading_in(state).get("worked_in"))
