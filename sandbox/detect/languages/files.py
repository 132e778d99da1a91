"""Linters that belong to no language: what CI, hooks and tasks run on workflows, prose, YAML, SQL and their like."""

from __future__ import annotations

import shlex

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.commands.tasks import hooks
from sandbox.detect.read.values import Found
from sandbox.detect.tools.files import FILES, PACKAGED

NAME = FILES


def find(project: Project) -> EcosystemPart | None:
    lint = choose.checks(project, "lint", NAME)
    notes = choose.left_out(project, NAME)
    if not lint and not notes:
        return None
    return EcosystemPart(NAME, tuple(_setup(project, lint)), (), tuple(lint), (), tuple(notes))


def _setup(project: Project, lint: list[Found]) -> list[Found]:
    """The tools that pip brings, in the version that a hook pins; the others are programs of the machine."""
    pins = {h.pin.partition("==")[0]: h.pin for h in hooks.hooks(project.source) if h.pin}
    tools = {_tool(f.command.split()): f.evidence[:1] for f in lint}
    wanted = {tool: place for tool, place in tools.items() if tool in PACKAGED}
    if not wanted:
        return []
    packages = shlex.join(pins.get(tool, tool) for tool in wanted)
    line = f'"$HOME/venv/bin/python" -m pip install {packages}'
    place = next(iter(wanted.values()))
    return [
        Found("setup", 'python3 -m venv "$HOME/venv"', confidence="default", optional=True),
        Found("setup", line, place, network=True, optional=True),
    ]


def _tool(words: list[str]) -> str:
    """The program, also behind a listing."""
    behind = words[words.index("xargs") + 1 :] if "xargs" in words else words
    return next((w for w in behind if w[0] != "-"), "")
