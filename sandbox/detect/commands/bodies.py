"""What named tasks do: the bodies behind `make test`, `tox -e lint`, `npm run check` and their like.

Each reader takes the source and a task's name and gives bodies, one per command line, with the
line of the file that holds it. A name that is not defined gives nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sandbox.detect.commands.shell import exportable, join
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_TARGET = re.compile(r"^([A-Za-z0-9_.%/ \t-]+)::?(?!=)\s*(.*)$")
_VARIABLE = re.compile(r"^(export\s+)?([A-Za-z_]\w*)\s*:{0,3}[?+]?=\s*(.*)$")


class _Variables(dict[str, str]):
    """A Makefile's variables, and those of them that recipes find in their environment."""

    def __init__(self) -> None:
        super().__init__()
        self.exported: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Body:
    """One command line of a task, in the shell's language."""

    script: str
    evidence: Evidence
    env: Mapping[str, str] = field(default_factory=dict)
    tolerated: bool = False
    """Whether the task goes on where the command fails: `-flake8` in a Makefile."""
    cwd: str | None = None
    """Where it runs, None for the directory that the task runs in."""


def make(source: Source, directory: str, target: str) -> list[Body]:
    """A target's recipe, its prerequisites' first; the empty name is the default target."""
    path = first_of(source, directory, MAKEFILES)
    if not path:
        return []
    targets, variables = _makefile(source, path)
    name = target or next((t for t in targets if not t.startswith(".")), "")
    found: list[Body] = []
    visit(name, targets, found, set())
    env = {k: v for k, text in variables.exported.items() if (v := exportable(k, _substitute(text, variables)))}
    return [replace(b, script=_substitute(b.script, variables), env=env) for b in found]


def make_targets(source: Source, directory: str = ".") -> list[str]:
    path = first_of(source, directory, MAKEFILES)
    return list(_makefile(source, path)[0]) if path else []


def composer(source: Source, script: str) -> list[Body]:
    data = source.json("composer.json").get("scripts")
    body = data.get(script) if isinstance(data, dict) else None
    evidence = source.evidence("composer.json", f'"{script}"', after='"scripts"')
    return [Body(_at(line), evidence) for line in strings(body)]


def package(source: Source, directory: str, script: str) -> list[Body]:
    """A package.json script; `/^test:/` and `lint:*` name all that match."""
    path = _in(directory, "package.json")
    scripts = table(source.json(path), "scripts")
    one = scripts.get(script)
    if one == "wireit":
        return _wireit(source, path, script, set())
    if isinstance(one, str):
        hooks = [scripts.get(f"pre{script}"), one]
        return [Body(b, source.evidence(path, f'"{script}"', after='"scripts"')) for b in hooks if isinstance(b, str)]
    if script.startswith("/") and script.endswith("/") and len(script) < 60:
        pattern = re.escape(script.strip("/").lstrip("^")).replace(r"\.\*", ".*").replace(r"\.", ".")
    else:
        pattern = re.escape(script).replace(r"\*", "[^:]*") + "$"
    return [
        Body(f"npm run {name}", source.evidence(path, f'"{name}"', after='"scripts"'))
        for name, body in scripts.items()
        if isinstance(body, str) and re.match(pattern, name)
    ]


def _wireit(source: Source, path: str, script: str, seen: set[str]) -> list[Body]:
    task = table(source.json(path), "wireit", script)
    if script in seen or len(seen) > 30:
        return []
    seen.add(script)
    needs = [d for d in strings(task.get("dependencies")) if re.fullmatch(r"[\w:-]+", d)]
    found = [body for need in needs for body in _wireit(source, path, need, seen)]
    command = task.get("command")
    if isinstance(command, str):
        found.append(Body(command, source.evidence(path, f'"{script}"', after='"wireit"')))
    return found


def _at(line: str) -> str:
    """Composer's notation: `@php x` runs php, `@other` another script."""
    line = re.sub(r"^@putenv\s+\S+.*$", "", line)
    if line.startswith(("@php ", "@composer ")):
        return line[1:]
    return f"composer run {line[1:]}" if line.startswith("@") else line


def visit(name: str, targets: dict[str, tuple[list[str], list[Body]]], found: list[Body], seen: set[str]) -> None:
    if name in seen or len(seen) > 40:
        return
    seen.add(name)
    before, bodies = targets.get(name) or _pattern(name, targets)
    for other in before:
        visit(other, targets, found, seen)
    found += bodies


def _pattern(name: str, targets: dict[str, tuple[list[str], list[Body]]]) -> tuple[list[str], list[Body]]:
    """The rule `test-%` for `test-full`."""
    for target, rule in targets.items():
        start, percent, end = target.partition("%")
        if percent and start and len(name) > len(start + end) and name.startswith(start) and name.endswith(end):
            return rule
    return [], []


def _makefile(source: Source, path: str) -> tuple[dict[str, tuple[list[str], list[Body]]], _Variables]:
    return source.once(f"make {path}", lambda: _read_makefile(source, path))


def _read_makefile(
    source: Source, path: str, depth: int = 0
) -> tuple[dict[str, tuple[list[str], list[Body]]], _Variables]:
    targets: dict[str, tuple[list[str], list[Body]]] = {}
    variables = _Variables()
    current: list[str] = []
    for number, line in continued(source.text(path)):
        if line.startswith("\t") and current:
            marks = re.match(r"[@+ -]*", line.strip())
            ignored = "-" in marks.group(0) if marks else False
            script = line.strip().lstrip("@-+ ")
            for name in current:
                place = Evidence(path, number, line.strip()[:200])
                targets[name][1].append(Body(script, place, tolerated=ignored))
            continue
        if line.startswith(("include ", "-include ")) and depth < 3:
            for other in _substitute(line, variables).split()[1:6]:
                more, known = _read_makefile(source, join(posixpath.dirname(path) or ".", other), depth + 1)
                targets = {**more, **targets}
                variables.update({k: v for k, v in known.items() if k not in variables})
        elif assigned := _VARIABLE.match(line):
            name, text = assigned.group(2), assigned.group(3).strip().strip("'\"")
            variables.setdefault(name, text)
            if assigned.group(1):
                variables.exported.setdefault(name, variables[name])
        elif line.startswith("export "):
            variables.exported |= {n: variables[n] for n in line.split()[1:] if n in variables}
        elif matched := _TARGET.match(line[:1000]):
            current = matched.group(1).split()
            needs, _, recipe = matched.group(2).partition(";")
            before = [n for n in needs.split("#")[0].split() if n != "|"]
            for name in current:
                targets.setdefault(name, ([], []))[0].extend(before)
                if recipe.strip():
                    place = Evidence(path, number, line.strip()[:200])
                    targets[name][1].append(Body(recipe.strip().lstrip("@-+ "), place))
    targets.pop(".PHONY", None)
    return targets, variables


def continued(text: str) -> Iterator[tuple[int, str]]:
    start, pending = 0, ""
    for number, line in enumerate(text.splitlines()[:5000], 1):
        start, line = (start if pending else number), line[:4000]
        if line.endswith("\\") and len(pending) < 20_000:
            pending += line[:-1] + " "
            continue
        yield start, pending + line
        pending = ""


def _substitute(script: str, variables: Mapping[str, str]) -> str:
    for _ in range(4):
        changed = re.sub(
            r"\$[({](\w+)[)}]",
            lambda m: variables.get(m.group(1), {"MAKE": "make"}.get(m.group(1), m.group(0))),
            script,
        )
        if changed == script or len(changed) > 4000:
            break
        script = changed
    return script.replace("$$", "$")


def first_of(source: Source, directory: str, names: tuple[str, ...]) -> str:
    return next((path for name in names if source.has(path := _in(directory, name))), "")


def _in(directory: str, name: str) -> str:
    return name if directory == "." else f"{directory}/{name}"
