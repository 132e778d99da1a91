"""What named tasks do: the bodies behind `make test`, `tox -e lint`, `npm run check` and their like.

Each reader takes the source and a task's name and gives bodies, one per command line, with the
line of the file that holds it. A name that is not defined gives nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
JUSTFILES = ("justfile", "Justfile", ".justfile")
TASKFILES = ("Taskfile.yml", "Taskfile.yaml", "taskfile.yml")
_TARGET = re.compile(r"^([A-Za-z0-9_.%/ -]+?)\s*::?(?!=)\s*(.*)$")
_RECIPE = re.compile(r"^@?([A-Za-z_][\w-]*)((?:\s+[^:=]*)?):(?!=)(.*)$")
_VARIABLE = re.compile(r"^(?:export\s+)?([A-Za-z_]\w*)\s*[:?+]?=\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Body:
    """One command line of a task, in the shell's language."""

    script: str
    evidence: Evidence


def make(source: Source, directory: str, target: str) -> list[Body]:
    """A target's recipe, its prerequisites' first; the empty name is the default target."""
    path = _first(source, directory, MAKEFILES)
    if not path:
        return []
    targets, variables = _makefile(source, path)
    name = target or next((t for t in targets if not t.startswith(".")), "")
    found: list[Body] = []
    _visit(name, targets, found, set())
    return [Body(_substitute(body.script, variables), body.evidence) for body in found]


def make_targets(source: Source, directory: str = ".") -> list[str]:
    path = _first(source, directory, MAKEFILES)
    return list(_makefile(source, path)[0]) if path else []


def just(source: Source, directory: str, recipe: str) -> list[Body]:
    path = _first(source, directory, JUSTFILES)
    recipes = _justfile(source, path) if path else {}
    found: list[Body] = []
    _visit(recipe or next(iter(recipes), ""), recipes, found, set())
    return [Body(re.sub(r"\{\{.*?\}\}", "", body.script), body.evidence) for body in found]


def just_recipes(source: Source) -> list[str]:
    path = _first(source, ".", JUSTFILES)
    return list(_justfile(source, path)) if path else []


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


def python_task(source: Source, runner: str, name: str) -> list[Body]:
    """A task of poe, pdm or hatch in pyproject.toml or hatch.toml."""
    data = source.toml("pyproject.toml")
    where = {"poe": ("tool", "poe", "tasks"), "pdm": ("tool", "pdm", "scripts")}.get(runner)
    if where:
        lines, path = _task_lines(table(data, *where), name, set()), "pyproject.toml"
    else:
        path = "hatch.toml" if source.has("hatch.toml") else "pyproject.toml"
        hatch = source.toml("hatch.toml") or table(data, "tool", "hatch")
        environment, _, script = name.rpartition(":")
        envs = table(hatch, "envs")
        names = [environment] if environment else ["default", *envs]
        lines = next((found for env in names if (found := _task_lines(table(envs, env, "scripts"), script, set()))), [])
    short = name.rpartition(":")[2]
    return [
        Body(re.sub(r"\{args:?([^}]*)\}", r"\1", line), source.evidence(path, short, after=runner)) for line in lines
    ]


def _task_lines(tasks: dict[str, object], name: str, seen: set[str]) -> list[str]:
    if name in seen or len(seen) > 30:
        return []
    seen.add(name)
    body = tasks.get(name)
    if isinstance(body, dict):
        body = next(
            (body[key] for key in ("cmd", "shell", "composite", "sequence", "ref", "script") if key in body), None
        )
    lines: list[str] = []
    for item in body if isinstance(body, list) else [body]:
        if isinstance(item, dict):
            item = next((item[key] for key in ("cmd", "shell", "ref") if key in item), None)
        if not isinstance(item, str):
            continue
        other = item.split()[0] if item.split() else ""
        lines += _task_lines(tasks, other, seen) if other in tasks and other != name else [item]
    return lines


def _at(line: str) -> str:
    """Composer's notation: `@php x` runs php, `@other` another script."""
    line = re.sub(r"^@putenv\s+\S+.*$", "", line)
    if line.startswith(("@php ", "@composer ")):
        return line[1:]
    return f"composer run {line[1:]}" if line.startswith("@") else line


def _visit(name: str, targets: dict[str, tuple[list[str], list[Body]]], found: list[Body], seen: set[str]) -> None:
    if name in seen or len(seen) > 40:
        return
    seen.add(name)
    before, bodies = targets.get(name) or _pattern(name, targets)
    for other in before:
        _visit(other, targets, found, seen)
    found += bodies


def _pattern(name: str, targets: dict[str, tuple[list[str], list[Body]]]) -> tuple[list[str], list[Body]]:
    """The rule `test-%` for `test-full`."""
    for target, rule in targets.items():
        start, percent, end = target.partition("%")
        if percent and start and len(name) > len(start + end) and name.startswith(start) and name.endswith(end):
            return rule
    return [], []


def _makefile(source: Source, path: str) -> tuple[dict[str, tuple[list[str], list[Body]]], dict[str, str]]:
    return source.once(f"make {path}", lambda: _read_makefile(source, path))


def _read_makefile(source: Source, path: str) -> tuple[dict[str, tuple[list[str], list[Body]]], dict[str, str]]:
    targets: dict[str, tuple[list[str], list[Body]]] = {}
    variables: dict[str, str] = {}
    current: list[str] = []
    for number, line in _continued(source.text(path)):
        if line.startswith("\t") and current:
            script = line.strip().lstrip("@-+ ")
            for name in current:
                targets[name][1].append(Body(script, Evidence(path, number, line.strip()[:200])))
            continue
        if assigned := _VARIABLE.match(line):
            variables.setdefault(assigned.group(1), assigned.group(2).strip())
        elif matched := _TARGET.match(line):
            current = matched.group(1).split()
            before = matched.group(2).split("#")[0].split(";")[0].split()
            for name in current:
                targets.setdefault(name, ([], []))[0].extend(before)
    targets.pop(".PHONY", None)
    return targets, variables


def _justfile(source: Source, path: str) -> dict[str, tuple[list[str], list[Body]]]:
    recipes: dict[str, tuple[list[str], list[Body]]] = {}
    current = ""
    for number, line in _continued(source.text(path)):
        if line[:1] in (" ", "\t") and current:
            recipes[current][1].append(Body(line.strip().lstrip("@-"), Evidence(path, number, line.strip()[:200])))
        elif matched := _RECIPE.match(line):
            current = matched.group(1)
            recipes.setdefault(current, (matched.group(3).split("#")[0].split(), []))
        elif line.strip() and not line.startswith(("#", "[")):
            current = ""
    return recipes


def _continued(text: str) -> Iterator[tuple[int, str]]:
    start, pending = 0, ""
    for number, line in enumerate(text.splitlines()[:5000], 1):
        start = start if pending else number
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        yield start, pending + line
        pending = ""


def _substitute(script: str, variables: dict[str, str]) -> str:
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


def _first(source: Source, directory: str, names: tuple[str, ...]) -> str:
    return next((path for name in names if source.has(path := _in(directory, name))), "")


def _in(directory: str, name: str) -> str:
    return name if directory == "." else f"{directory}/{name}"
