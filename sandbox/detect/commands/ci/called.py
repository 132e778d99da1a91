"""Which file of the repository a called workflow is."""

from __future__ import annotations

import re

from sandbox.detect.read.source import Source


def own(source: Source, uses: str, path: str) -> str:
    """The file of the repository that a called workflow is, also under the repository's full name; else empty."""
    if uses.startswith("./"):
        return uses[2:]
    found = re.fullmatch(r"[\w.-]+/[\w.-]+/(\.github/workflows/[\w.-]+\.ya?ml)@\S+", uses)
    name = found.group(1) if found else ""
    return name if name != path and source.has(name) and "workflow_call" in source.text(name) else ""
