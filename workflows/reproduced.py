"""Where a triage's state says that it has reproduced its report: later work on the same issue begins from that test."""

from __future__ import annotations

REPRODUCTION = "triage_reproduction"
"""The key under which stands what came of trying the report."""
REPRODUCED = "reproduced"
"""Its verdict where the report was seen to happen."""
