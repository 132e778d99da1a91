"""What a word in a thread of a review came to."""

from __future__ import annotations

from workflows.outcome import Outcome
from workflows.review_pr.reply.asked import SAID
from workflows.store.records import Run
from workflows.text.escape import code, line


def outcome_of(run: Run) -> Outcome:
    said = run.state.get(SAID) or {}
    facts = {"answer": said.get("answer"), "commit": said.get("applied"), "refused": said.get("refused")}
    if commit := said.get("applied"):
        return Outcome(f"Applied in {code(str(commit)[:10])}.", "success", 0, facts=facts)
    if why := said.get("refused"):
        return Outcome(f"Not done. {line(str(why), 600)}", "neutral", 2, facts=facts)
    if said.get("answer"):
        return Outcome("Answered in its thread.", "success", 0, facts=facts)
    return Outcome(f"Nothing was done: {run.state.get('reply_nothing') or 'it did not come to that'}.", "neutral", 0)
