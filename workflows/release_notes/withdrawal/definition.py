"""From a tag that was deleted to nothing being left of its notes: what happens, in order."""

from workflows.definition import Definition, Retry, Step
from workflows.release_notes.withdrawal.withdrawing import NOTHING, close, draft, end, look
from workflows.services import StepContext

_ASKED = Retry(attempts=4, first=5.0)
"""For steps that talk to a forge."""

NOTES_WITHDRAWAL: Definition[StepContext] = Definition(
    name="notes_withdrawal",
    title="Withdrawal of release notes",
    items=(
        Step("look", "See whether the tag comes back", look, exits={NOTHING: "end"}, retry=_ASKED),
        Step("draft", "Delete the draft of its release", draft, retry=_ASKED, skipped={}),
        Step("close", "Close its pull request for the changelog", close, retry=_ASKED, skipped={}),
        Step("end", "Sum up", end),
    ),
)
