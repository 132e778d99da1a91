"""Targets of an Earthfile: what they run, with what they build on."""

from __future__ import annotations

import re

from sandbox.detect.commands.bodies import Body, continued
from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

NAME = "Earthfile"
_TARGET = re.compile(r"^([A-Za-z][\w.-]*):\s*(?:#.*)?$")
_NEEDS = re.compile(r"^\s+(?:BUILD|FROM|DO|COPY|IF|FOR)\b.*?(?<![\w$])((?:\.{1,2}/[\w./-]+)?\+[A-Za-z][\w.-]*)")
_RUN = re.compile(r"^\s+RUN\s+((?:--[\w-]+(?:=\S+)?\s+)*)(.+)$")
_VARIABLE = re.compile(r"^\s*(?:ARG|LET|ENV)\s+(?:--\w+\s+)*(\w+)\s*=\s*(.+)$")
_MOST = 40


def targets(source: Source) -> list[str]:
    """The names of the root's targets, each with its `+`."""
    return [f"+{m.group(1)}" for line in source.text(NAME).splitlines() if (m := _TARGET.match(line))]


def task(source: Source, words: tuple[str, ...], cwd: str) -> tuple[str, list[Body], str] | None:
    """The targets that a call of earthly names, with what they run; None where it names none."""
    names = [w for w in words[1:] if re.fullmatch(r"(\.{1,2}/?[\w./-]*)?\+[\w.-]+", w)]
    found = [body for name in names[:5] for body in earthly(source, cwd, name)]
    return (f"earthly {' '.join(names)}", found, cwd) if found else None


def earthly(source: Source, directory: str, target: str) -> list[Body]:
    """What a target runs: `+test`, `./web+test`."""
    found: list[Body] = []
    _visit(source, directory, target, found, set())
    return found


def _visit(source: Source, directory: str, target: str, found: list[Body], seen: set[tuple[str, str]]) -> None:
    where, _, name = target.partition("+")
    directory = join(directory, where or ".")
    if (directory, name) in seen or len(seen) > _MOST:
        return
    seen.add((directory, name))
    path = NAME if directory == "." else f"{directory}/{NAME}"
    inside = False
    variables: dict[str, str] = {}
    for number, line in continued(source.text(path)):
        if matched := _TARGET.match(line):
            inside = matched.group(1) == name
        elif assigned := _VARIABLE.match(line):
            if inside or not line[:1].isspace():
                variables[assigned.group(1)] = assigned.group(2).strip().strip("\"'")
        elif not inside:
            continue
        elif needed := _NEEDS.match(line):
            _visit(source, directory, needed.group(1), found, seen)
        elif run := _RUN.match(line):
            script = re.sub(r"\$\{?(\w+)\}?", lambda m: variables.get(m.group(1), m.group(0)), run.group(2))
            found.append(Body(script, Evidence(path, number, line.strip()[:200]), cwd=directory))
