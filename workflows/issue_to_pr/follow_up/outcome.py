"""What a follow-up came to: what was done, and what the checks say of the whole change by now."""

from __future__ import annotations

from dataclasses import replace

from workflows.issue_to_pr.outcome import outcome_of as verified
from workflows.outcome import Outcome
from workflows.store.records import Run
from workflows.text.escape import code
from workflows.text.model_words import phrase


def outcome_of(run: Run) -> Outcome:
    if nothing := str(run.state.get("nothing") or ""):
        return Outcome(f"Nothing was done: {phrase(nothing)}.", "neutral", 0)
    found = verified(run)
    asked = run.state.get("asked") or []
    if not run.state.get("changed"):
        return Outcome("Answered; nothing was changed.", "neutral", 0, facts={"asked": asked})
    what = f"Followed up in {code(str(run.state.get('commit'))[:10])}. "
    return replace(found, headline=what + found.headline, facts={**found.facts, "asked": asked})
