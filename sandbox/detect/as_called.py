"""How a repository spells the call of a tool, where that matters to what the tool finds."""

from __future__ import annotations

import re
from collections.abc import Iterable

PYTEST = re.compile(r"pytest(?=\s|$)")
_AS_MODULE = re.compile(r"-m\s+(?:pytest|py\.test)\b")


def as_called(command: str, texts: Iterable[str]) -> str:
    """`python -m pytest` where one of the lines that speak for the command has it so.

    Only then tests can import what lies in the current directory.
    """
    if PYTEST.match(command) and any(map(_AS_MODULE.search, texts)):
        return f"python -m {command}"
    return command
