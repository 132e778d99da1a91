"""Which file of the repository a called workflow is, and what it is given where its caller says nothing."""

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


def inputs_of(triggers: object) -> dict[str, str]:
    """The default values of a workflow's inputs."""
    found: dict[str, str] = {}
    for trigger in ("workflow_dispatch", "workflow_call"):
        inner = triggers.get(trigger) if isinstance(triggers, dict) else None
        found |= defaults(inner.get("inputs")) if isinstance(inner, dict) else {}
    return found


def defaults(inputs: object) -> dict[str, str]:
    """The default values of an action's inputs."""
    items = inputs.items() if isinstance(inputs, dict) else ()
    return {name: str(value.get("default", "")) for name, value in items if isinstance(value, dict)}
