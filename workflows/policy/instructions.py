"""What maintainers tell whoever writes code for them: AGENTS.md and the like, as one commit has them.

They are read from the default branch when a run starts, and never from the work tree or from
the branch of a pull request: whoever may change those could otherwise give the agent orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.git.history import TreeFile
from sandbox.git.repository import Repository
from workflows.text.sanitise import sanitise

FOR_AGENTS = ("AGENTS.md", "CLAUDE.md", "GEMINI.md", ".github/copilot-instructions.md")
"""Written for agents, the most general first."""
FOR_PEOPLE = ("CONTRIBUTING.md", ".github/CONTRIBUTING.md", "docs/CONTRIBUTING.md")
"""Written for people: the first of them is taken where nothing is written for agents."""

MOST_CHARACTERS = 16_000
"""Of all files together: about 4,000 tokens in every call of the agent."""
_MOST_FOR_PEOPLE = 6_000
_MOST_BYTES = 1_000_000
"""A larger file is no guide, and is not read."""


def guide_at(repository: Repository, commit: str) -> dict[str, Any]:
    """Which files guide the work, as a run keeps it: {"commit": ..., "paths": [...]}."""
    return {"commit": commit, "paths": [file.path for file in _chosen(repository.files(commit))]}


def guidance(repository: Repository, guide: Mapping[str, Any] | None) -> str:
    """The text of a guide that `guide_at` found, each file under its name; "" where there is none.

    What a reader of the page would not see is taken out of it, as it is out of an issue.
    """
    if not guide or not guide["paths"]:
        return ""
    files = {file.path: file for file in repository.files(guide["commit"])}
    parts, left = [], MOST_CHARACTERS
    for path in guide["paths"]:
        most = min(left, _MOST_FOR_PEOPLE) if path in FOR_PEOPLE else left
        text = sanitise(repository.read_blob(files[path].blob).decode("utf-8", "replace"), most)
        if text and most > 0:
            parts.append(f"{path}:\n\n{text}")
            left -= len(text)
    return "\n\n".join(parts)


def _chosen(files: Iterable[TreeFile]) -> Iterable[TreeFile]:
    """The guides of a tree, each content once: many repositories keep the same one under several names."""
    plain = {file.path: file for file in files if file.mode.startswith("100") and 0 < file.size <= _MOST_BYTES}
    found = [plain[path] for path in FOR_AGENTS if path in plain]
    by_content: dict[str, TreeFile] = {}
    for file in found or [plain[path] for path in FOR_PEOPLE if path in plain][:1]:
        by_content.setdefault(file.blob, file)
    return by_content.values()
