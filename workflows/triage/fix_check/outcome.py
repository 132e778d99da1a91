"""What the test of an issue came to on a pull request that says it mends it."""

from __future__ import annotations

from workflows.outcome import Outcome
from workflows.store.records import Run
from workflows.text.escape import line
from workflows.triage.fix_check.state import SEEN
from workflows.triage.reproduction.trying import FAILS_ALIKE, PASSES


def outcome_of(run: Run) -> Outcome:
    seen = run.state.get(SEEN.key) or {}
    if "base" not in seen:
        return Outcome(f"Not run: {line(str(seen.get('why') or 'it did not come to that'))}.", "neutral", 2)
    good = (seen["base"], seen["head"]) == (FAILS_ALIKE, PASSES)
    headline = f"What reproduced the issue {seen['head']} with the change; without it, it {seen['base']}."
    return Outcome(headline, "success" if good else "neutral", 0 if good else 2, facts=dict(seen))
