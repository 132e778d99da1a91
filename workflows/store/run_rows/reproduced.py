"""Where a triage's state says that it has reproduced its report: later work on the same issue begins from that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

REPRODUCTION = "triage_reproduction"
"""The key under which stands what came of trying the report."""
REPRODUCED = "reproduced"
"""Its verdict where the report was seen to happen."""


def kept_in(states: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What the newest triage that tried an issue has kept of it, of their states with the newest first.

    Empty where that one has not reproduced it.
    """
    told: Mapping[str, Any] = next((state[REPRODUCTION] for state in states if state.get(REPRODUCTION)), {})
    kept = told.get("verdict") == REPRODUCED and (told.get("files") or told.get("script"))
    return told if kept else {}
