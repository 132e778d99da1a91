"""What a triage came to, in words: what was reported, whether it happens, and what is like it."""

from __future__ import annotations

from typing import Any

from workflows.outcome import Outcome, Part
from workflows.store.records import Run
from workflows.store.run_rows.reproduced import REPRODUCTION
from workflows.text.escape import code
from workflows.triage.report import told
from workflows.triage.reproduction.attempt import Tried
from workflows.triage.state import AREA, BEGAN, FIELD, LABELS, READ, TYPE, ReportKind, is_private

_PRIVATE = "This is not talked about in public."


def outcome_of(run: Run) -> Outcome:
    state = run.state
    read: dict[str, Any] = state.get(READ.key) or {}
    if not read:
        return Outcome("Not looked through.", "neutral", 2, advice=("triage",))
    if is_private(state):
        return Outcome(_PRIVATE, "neutral", 0, text=_policy(str(read.get("policy") or "")), facts={"private": True})
    reproduction: dict[str, Any] = state.get(REPRODUCTION) or {}
    verdict = str(reproduction.get("verdict") or "")
    lacking = bool(read.get("missing"))
    headline = f"{_kind(read)}, {verdict}." if verdict else f"{_kind(read)}."
    if lacking:
        headline = f"{_kind(read)}, and it does not say enough to be tried."
    tried = verdict != Tried.COULD_NOT and not lacking
    return Outcome(
        headline=headline,
        conclusion="neutral",
        exit_code=0 if tried else 2,
        text=told(state, ask=not read.get("asked")),
        parts=tuple(_parts(state)),
        parts_are="Triage",
        facts={
            "kind": read.get("kind"),
            "priority": read.get("priority") or None,
            "missing": list(read.get("missing") or ()),
            "same": [dict(one) for one in state.get("triage_alike") or ()],
            "area": dict(state.get(AREA.key) or {}),
            "reproduction": {key: reproduction.get(key) for key in _SHOWN} if reproduction else None,
            "began": dict(state.get(BEGAN) or {}) or None,
            "labels": dict(state.get(LABELS) or {}),
            "type": dict(state.get(TYPE) or {}) or None,
            "field": dict(state.get(FIELD) or {}) or None,
        },
    )


_SHOWN = ("verdict", "why", "tests", "files", "script", "command", "output", "quote", "at_version")


def _kind(read: dict[str, Any]) -> str:
    words = {
        ReportKind.BUG: "A bug",
        ReportKind.FEATURE: "A wish for something new",
        ReportKind.QUESTION: "A question",
        ReportKind.DOCUMENTATION: "About documentation",
    }
    what = words.get(ReportKind(str(read["kind"])), "Something else")
    return f"{what} ({read['priority']})" if read.get("priority") else what


def _parts(state: Any) -> list[Part]:
    rows = [("same", [f"#{one['number']} {one['title']}" for one in state.get("triage_alike") or ()])]
    rows.append(("area", list((state.get(AREA.key) or {}).get("paths") or ())))
    rows.append(("labels", list((state.get(LABELS) or {}).get("wanted") or ())))
    rows.append(("missing", list((state.get(READ.key) or {}).get("missing") or ())))
    return [Part(title, tuple(lines)) for title, lines in rows if lines]


def _policy(policy: str) -> str:
    """Where to go instead; not a word about what was reported."""
    here = (
        f"as {code(policy)} of this repository says" if policy else "privately, to those who maintain this repository"
    )
    return f"What may touch security is reported {here}."
