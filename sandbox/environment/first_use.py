"""Programs that fetch a part of themselves at their first use: the set-up uses them once, as a check has no network."""

from __future__ import annotations

import re
from collections.abc import Sequence

PROGRAMS = {"pyright": "pyright --version"}
"""What is installed from PyPI as a program that brings the real one from npm's registry when it is first called."""

_PYTHON = re.compile(r"\b(?:pip|uv|poetry|pdm)\b")


def lines(commands: Sequence[str]) -> dict[str, str]:
    """By the program's name: a shell line that uses it once, where these commands have installed it for the project.

    One that the machine has, or that lies in node_modules, is whole.
    """
    if not any(map(_PYTHON.search, commands)):
        return {}
    return {
        name: f'case "$(command -v {name})" in "$HOME"/venv/*) {use};; '
        f"*) [ ! -x .venv/bin/{name} ] || .venv/bin/{use};; esac"
        for name, use in PROGRAMS.items()
    }
