"""Whether a proof is owed for a change: a test that shows it."""

from __future__ import annotations

import re

from workflows.store.records import Run
from workflows.values import Issue, from_json

NO_PROOF = "no-proof"
"""The label that says of an issue that no test can show it."""
_IN_HINT = re.compile(r"(?<!\S)proof=none(?!\S)", re.IGNORECASE)
_IN_PLAN = re.compile(r"^[^\w\n]*proof: none\b", re.IGNORECASE | re.MULTILINE)


def exempt(run: Run, *, documents: bool) -> str:
    """Why no proof is owed, as the end of a sentence; "" where one is. `documents`: nothing else was changed."""
    if documents:
        return "only documents changed"
    if not run.options.needs_proof or _IN_HINT.search(str(run.inputs.get("hint", ""))):
        return "whoever asked for it said so"
    if NO_PROOF in map(str.casefold, from_json(Issue, run.inputs["issue"]).labels):
        return f"the issue has the label {NO_PROOF}"
    if run.state.get("approval_needed") and _IN_PLAN.search(str(run.state.get("plan", ""))):
        return "the approved plan says so"
    return ""
