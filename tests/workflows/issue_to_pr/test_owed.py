"""Whether a proof is owed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.snapshots import snapshot
from workflows.issue_to_pr.owed import exempt
from workflows.store.records import Run
from workflows.values import Issue, Options, to_json


def _run(hint: str = "", labels: tuple[str, ...] = (), *, needs_proof: bool = True, **state: Any) -> Run:
    inputs = {"issue": to_json(Issue(7, "A title", "proof=none", labels=labels)), "hint": hint}
    return replace(snapshot().run, inputs=inputs, state=state, options=Options(needs_proof=needs_proof))


PLAN = "1. Move it.\n\n**Proof: none**, it is a refactoring.\n"


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (_run(), ""),
        (_run("keep the old name"), ""),
        (_run("keep the old name proof=none"), "whoever asked for it said so"),
        (_run("Proof=None"), "whoever asked for it said so"),
        (_run("xproof=none proof=nonesuch"), ""),
        (_run(needs_proof=False), "whoever asked for it said so"),
        (_run(labels=("bug", "No-Proof")), "the issue has the label no-proof"),
        (_run(labels=("no-proof-read",)), ""),
        (_run(plan=PLAN), ""),
        (_run(plan=PLAN, approval_needed=True), "the approved plan says so"),
        (_run(plan="The issue says proof: none is needed.", approval_needed=True), ""),
    ],
)
def test_a_person_says_that_none_is_owed_and_no_text_of_the_issue(run: Run, why: str) -> None:
    assert exempt(run, documents=False) == why


def test_none_is_owed_for_documents() -> None:
    assert exempt(_run(), documents=True) == "only documents changed"
