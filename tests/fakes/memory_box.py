"""A scripted sandbox: a box that answers command lines with prepared outcomes, and really writes their files.

    box = MemoryBox(spec)
    box.on("pytest", says("1 failed", exit_code=1, writes={"--junitxml=": XML}))
    box.on(r"^npm test", says("boom", exit_code=1), says("ok"))   # the first call, then every further one

Patterns are regular expressions searched in the command's line; the rule made last wins. A
command that no rule matches ends with 127, as in a shell.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.backend import HOME, WORK, Box, BoxCommand, BoxSpec, CommandOutcome, HostFinding, Kill

__all__ = ["Answer", "MemoryBackend", "MemoryBox", "Rules", "says"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command prints, how it ends, and which files it writes.

    A key of `writes` is a path inside the box ("/work/...", "/home/box/...", else relative
    to the tree), or an option ending in "=" whose value in the command line is the path.
    """

    output: str = ""
    exit_code: int = 0
    seconds: float = 0.01
    killed: Kill | None = None
    writes: Mapping[str, str | bytes] = field(default_factory=dict)
    removes: tuple[str, ...] = ()


def says(
    output: str = "",
    *,
    exit_code: int = 0,
    killed: Kill | None = None,
    writes: Mapping[str, str | bytes] | None = None,
    removes: tuple[str, ...] = (),
) -> Answer:
    """An answer, in the words of a test."""
    return Answer(output, exit_code, killed=killed, writes=writes or {}, removes=removes)


Reaction = Answer | Callable[[BoxCommand, BoxSpec], Answer]


class Rules:
    """What to answer to which command line; several boxes may share them."""

    def __init__(self) -> None:
        self._rules: list[tuple[re.Pattern[str], list[Reaction]]] = []

    def on(self, pattern: str, *reactions: Reaction) -> None:
        """Answer lines in which `pattern` is found: one reaction after the other, the last one for ever."""
        assert reactions, "a rule needs at least one answer"
        self._rules.insert(0, (re.compile(pattern), list(reactions)))

    def answer(self, command: BoxCommand, spec: BoxSpec) -> Answer:
        collects = "--collect-only" in command.line  # such a line is meant only by a rule that says so
        for pattern, reactions in self._rules:
            if pattern.search(command.line) and (not collects or "collect-only" in pattern.pattern):
                reaction = reactions.pop(0) if len(reactions) > 1 else reactions[0]
                return reaction if isinstance(reaction, Answer) else reaction(command, spec)
        return Answer("" if collects else f"bash: line 1: {command.line.split()[0]}: command not found\n", 127)


class MemoryBox:
    """One scripted box. `commands` holds what was run, in order."""

    def __init__(self, spec: BoxSpec, rules: Rules | None = None) -> None:
        self._spec = spec
        self.rules = rules or Rules()
        self.commands: list[BoxCommand] = []
        self.on = self.rules.on

    @property
    def spec(self) -> BoxSpec:
        return self._spec

    @property
    def lines(self) -> list[str]:
        return [command.line for command in self.commands]

    async def run(self, command: BoxCommand) -> CommandOutcome:
        self.commands.append(command)
        answer = self.rules.answer(command, self._spec)
        for name in answer.removes:
            self._host_path(name, command).unlink(missing_ok=True)
        for name, content in answer.writes.items():
            path = self._host_path(name, command)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return CommandOutcome(answer.exit_code, answer.output, answer.seconds, answer.killed)

    def _host_path(self, name: str, command: BoxCommand) -> Path:
        if name.endswith("="):
            found = re.search(
                re.escape(name) + r"""["']?([^"'\s]+)""", command.line + " " + " ".join(command.env.values())
            )
            assert found, f"{name} is not in {command.line!r}"
            name = found.group(1).replace("$HOME", HOME)
        if name.startswith(HOME + "/"):
            return self._spec.home / name[len(HOME) + 1 :]
        if name.startswith(WORK + "/"):
            return self._spec.tree / name[len(WORK) + 1 :]
        return self._spec.tree / command.cwd / name


class MemoryBackend:
    """A backend of scripted boxes that share one set of rules; `boxes` holds all that were opened."""

    name = "memory"

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.boxes: list[MemoryBox] = []
        self.on = self.rules.on

    def check(self) -> list[HostFinding]:
        return []

    @asynccontextmanager
    async def open(self, spec: BoxSpec) -> AsyncIterator[Box]:
        box = MemoryBox(spec, self.rules)
        self.boxes.append(box)
        yield box

    async def layers(self, spec: BoxSpec) -> bool:
        return False

    def own(self, path: Path) -> None:
        return None

    def sweep(self, live: frozenset[str]) -> list[str]:
        return []
