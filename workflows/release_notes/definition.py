"""From a range of commits to release notes: what happens, in order."""

from workflows.definition import Definition, Retry, Step
from workflows.release_notes.steps import FACTS, LEARNED, NOTES, ODD, SINCE, UNTIL, UNTIL_NAME, fetch, sort, write
from workflows.services import StepContext

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a model or a forge."""
_RANGE = (SINCE, UNTIL, UNTIL_NAME, ODD)

RELEASE_NOTES: Definition[StepContext] = Definition(
    name="release_notes",
    title="Release notes",
    items=(
        Step("fetch", "Find the range", fetch, gives=_RANGE, retry=_ASKED),
        Step("sort", "Sort the changes", sort, needs=_RANGE, gives=(LEARNED,), retry=_ASKED, skipped={"learned": {}}),
        Step("write", "Write the notes", write, needs=(*_RANGE, LEARNED), gives=(NOTES, FACTS)),
    ),
)
