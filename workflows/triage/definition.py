"""From a report to what is known of it: what happens, in order."""

from workflows.definition import Definition, Retry, Step
from workflows.services import StepContext
from workflows.steps import state
from workflows.steps.source import open_workspace
from workflows.triage.comparing import compare
from workflows.triage.labels.labelling import label
from workflows.triage.locating import locate, prepare
from workflows.triage.reading import read
from workflows.triage.reproduction.bisecting import bisect
from workflows.triage.reproduction.reproducing import AGAIN, reproduce
from workflows.triage.state import (
    ALIKE,
    AREA,
    COMMANDS,
    RANKED,
    READ,
    REPORT,
    broke_since,
    is_open_to_us,
    may_be_tried,
)

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""
_OF_THE_BASE = (state.LAID_OUT_FROM, state.BASE_BRANCH, state.BASE_COMMIT, state.BASE_TREE, state.GUIDE)
_READ = (REPORT, READ)

TRIAGE: Definition[StepContext] = Definition(
    name="triage",
    title="Bug triage",
    items=(
        Step("workspace", "Open a workspace", open_workspace, gives=_OF_THE_BASE, retry=_ASKED),
        Step("read", "Read the report", read, needs=(state.BASE_COMMIT,), gives=_READ, retry=_ASKED),
        Step(
            "compare",
            "Look for the same report",
            compare,
            when=is_open_to_us,
            needs=(state.BASE_COMMIT, REPORT),
            gives=(ALIKE,),
            retry=_ASKED,
            skipped={ALIKE.key: []},
        ),
        Step(
            "locate",
            "Find where it belongs",
            locate,
            needs=(state.BASE_COMMIT, REPORT),
            gives=(AREA, RANKED, COMMANDS),
        ),
        Step("prepare", "Set up the project", prepare, when=may_be_tried, needs=(COMMANDS,), skipped={}),
        Step(
            "reproduce",
            "Try to reproduce it",
            reproduce,
            when=may_be_tried,
            exits={AGAIN: "reproduce"},
            needs=(state.BASE_TREE, *_READ, RANKED, COMMANDS),
            retry=_ASKED,
            resumes=True,
            skipped={},
        ),
        Step(
            "bisect",
            "Find the commit that it began with",
            bisect,
            when=broke_since,
            needs=(state.BASE_COMMIT, READ, COMMANDS),
            retry=_ASKED,
            skipped={},
        ),
        Step("label", "Label the issue", label, when=is_open_to_us, needs=_READ, retry=_ASKED, skipped={}),
    ),
)
