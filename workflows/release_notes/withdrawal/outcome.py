"""What became of the notes of a tag that was deleted."""

from __future__ import annotations

from workflows.outcome import Outcome
from workflows.release_notes.withdrawal.state import BACK, DRAFT, PULLS
from workflows.store.records import Run
from workflows.text.escape import code


def outcome_of(run: Run) -> Outcome:
    tag = code(run.subject.name)
    if run.state.get(BACK):
        return Outcome(f"The tag {tag} is there, so its notes stay.", "neutral", 0)
    said = [str(run.state.get(DRAFT) or ""), *map(str, run.state.get(PULLS) or ())]
    told = " ".join(one for one in said if one) or "Nothing was left of its notes."
    return Outcome(f"The tag {tag} was deleted. {told}", "neutral", 0)
