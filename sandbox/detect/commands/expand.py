"""From a script to the checks in it, through the task runners that it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.detect.commands import shell
from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.runners import READERS, Task
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence
from sandbox.detect.tools.table import Call, recognise

Origin = Literal["ci", "hook", "task", "docs"]
_DEPTH = 6
_STEPS = 1500


@dataclass(frozen=True, slots=True)
class Seen:
    """A check that the repository runs somewhere. `group` names the place, `via` the tasks in between."""

    call: Call
    evidence: Evidence
    origin: Origin
    group: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    via: tuple[str, ...] = ()
    trail: tuple[Evidence, ...] = ()
    """Where the tasks of `via` were called, outermost first."""


@dataclass(frozen=True, slots=True)
class _Place:
    evidence: Evidence
    cwd: str
    env: Mapping[str, str]
    via: tuple[str, ...] = ()
    trail: tuple[Evidence, ...] = ()


class Expander:
    """Reads scripts of one repository; bounded in depth and in the number of commands over all calls."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = _STEPS

    def checks(
        self,
        script: str,
        evidence: Evidence,
        origin: Origin,
        group: str,
        cwd: str = ".",
        env: Mapping[str, str] | None = None,
    ) -> Iterator[Seen]:
        """The checks that a script comes to, in order."""
        for call, place in self._walk(script, _Place(evidence, cwd, env or {}), 0):
            yield Seen(call, place.evidence, origin, group, place.cwd, place.env, place.via, place.trail)

    def _walk(self, script: str, place: _Place, depth: int) -> Iterator[tuple[Call, _Place]]:
        if depth > _DEPTH:
            return
        for line in shell.commands(script, place.cwd):
            self._left -= 1
            if self._left < 0:
                return
            words = shell.unwrap(line.words)
            here = _Place(_below(place.evidence, line), line.cwd, {**place.env, **line.env}, place.via, place.trail)
            tasks = self._tasks(words, line.cwd)
            if tasks is None:
                if call := recognise(words):
                    yield call, here
                continue
            name, found, cwd = tasks
            if name in place.via or {"--version", "--help", "--watch"} & set(words):
                continue
            for body in found:
                inner = _Place(body.evidence, cwd, here.env, (*place.via, name), (*place.trail, here.evidence))
                yield from self._walk(body.script, inner, depth + 1)

    def _tasks(self, words: tuple[str, ...], cwd: str) -> Task:
        """(name, bodies, directory) of the task that a command calls; None where it calls none."""
        name = words[0].rsplit("/", 1)[-1]
        reader = READERS.get(name)
        if reader and (found := reader(self._source, words, cwd)):
            return found
        if reader is None and not recognise(words) and (script := _script_path(self._source, words, cwd)):
            return script, [Body(self._source.text(script), Evidence(script, 1, ""))], cwd
        return None


def _below(evidence: Evidence, line: shell.Line) -> Evidence:
    if not evidence.text:
        return Evidence(evidence.file, evidence.line + line.offset, " ".join(line.words)[:200])
    return evidence


def _script_path(source: Source, words: tuple[str, ...], cwd: str) -> str:
    """The shell script of the repository that a command runs, empty where it runs none."""
    first = words[1] if words[0] in ("bash", "sh", "source", ".") and len(words) > 1 else words[0]
    if "/" not in first and not first.endswith(".sh"):
        return ""
    path = shell.join(cwd, first)
    text = source.text(path)
    shebang = text.splitlines()[0] if text else ""
    shell_script = path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba|da|z|k)?sh\b", shebang)
    return path if text and shell_script else ""
