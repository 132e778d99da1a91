"""Tasks of Taskfile.yml (go-task), mise and Deno."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import replace
from typing import Any

from sandbox.detect.commands.bodies import Body, first_of
from sandbox.detect.commands.scripts.shell import exportable, join
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence

TASKFILES = (
    "Taskfile.yml",
    "taskfile.yml",
    "Taskfile.yaml",
    "taskfile.yaml",
    "Taskfile.dist.yml",
    "Taskfile.dist.yaml",
)
MISE = ("mise.toml", ".mise.toml", "mise/config.toml", ".mise/config.toml", ".config/mise.toml", ".rtx.toml")
MISE_DIRS = ("mise-tasks", ".mise-tasks", "mise/tasks", ".mise/tasks", ".config/mise/tasks")
DENO = ("deno.json", "deno.jsonc")


def task(source: Source, directory: str, name: str) -> list[Body]:
    """A task of a Taskfile, with those that it needs and calls; `docs:build` may be one of an include."""
    path = first_of(source, directory, TASKFILES)
    found: list[Body] = []
    if path:
        _task(source, path, name or "default", directory, found, set())
    return found


def task_names(source: Source) -> list[str]:
    path = first_of(source, ".", TASKFILES)
    data = _taskfile(source, path) if path else {}
    names = list(table(data, "tasks"))
    for space, where in table(data, "includes").items():
        names += [f"{space}:{n}" for n in table(_taskfile(source, _included(source, path, where)), "tasks")][:60]
    return names


def _taskfile(source: Source, path: str) -> dict[str, Any]:
    return source.once(f"task {path}", lambda: yamltree.load(source.text(path))) if path else {}


def _included(source: Source, path: str, where: object) -> str:
    target = where.get("taskfile") if isinstance(where, dict) else where
    if not isinstance(target, str):
        return ""
    other = join(posixpath.dirname(path) or ".", target)
    found = other if source.has(other) else first_of(source, other, TASKFILES)
    return found if found != path else ""  # a place outside of the tree is none, and not its root


def _task(source: Source, path: str, name: str, directory: str, found: list[Body], seen: set[str]) -> None:
    key = f"{path} {name}"
    if key in seen or len(seen) > 40:
        return
    seen.add(key)
    data = _taskfile(source, path)
    space, colon, inner = name.partition(":")
    body = table(data, "tasks").get(name)
    if body is None and colon and space in table(data, "includes"):
        where = table(data, "includes")[space]
        other = _included(source, path, where)
        given = where.get("dir") if isinstance(where, dict) else None
        place = join(posixpath.dirname(path) or ".", given) if isinstance(given, str) else directory
        if other:
            _task(source, other, inner, place, found, seen)
        return
    shape = body if isinstance(body, dict) else {"cmds": body}
    env = {**table(data, "env"), **table(shape, "env")}
    kept = {k: v for k, text in env.items() if isinstance(text, str) and (v := exportable(k, _plain(text)))}
    own = shape.get("dir")
    here = join(directory, _plain(own)) if isinstance(own, str) else directory
    for need in _items(shape.get("deps")):
        wanted = need.get("task") if isinstance(need, dict) else need
        if isinstance(wanted, str):
            _task(source, path, wanted.removeprefix(":"), directory, found, seen)
    for item in (*_items(shape.get("cmds")), *_items(shape.get("cmd"))):
        if isinstance(item, dict) and isinstance(item.get("task"), str):
            _task(source, path, item["task"].removeprefix(":"), directory, found, seen)
            continue
        text = item.get("cmd") if isinstance(item, dict) else item
        if isinstance(text, yamltree.Text):
            ignored = isinstance(item, dict) and str(item.get("ignore_error")).lower() == "true"
            ignored = ignored or str(shape.get("ignore_error")).lower() == "true"
            found.append(Body(_plain(text), Evidence(path, text.line, text.strip()[:200]), kept, ignored, here))


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _plain(text: str) -> str:
    return re.sub(r"\{\{(?:(?!\{\{|\}\}).)*\}\}", "", str(text))


def mise(source: Source, name: str) -> list[Body]:
    """A task of mise, from its tables or from a file of its task directories."""
    found: list[Body] = []
    _mise(source, name, found, set())
    return found


def mise_names(source: Source) -> list[str]:
    names = [n for path in MISE for n in table(source.toml(path), "tasks")]
    return [*names, *(f for d in MISE_DIRS for f in source.files(d))]


def _mise(source: Source, name: str, found: list[Body], seen: set[str]) -> None:
    if name in seen or len(seen) > 40:
        return
    seen.add(name)
    for path in MISE:
        body = table(source.toml(path), "tasks").get(name)
        if body is None:
            continue
        place = source.evidence(path, name, after="tasks")
        shape = body if isinstance(body, dict) else {"run": body}
        for need in strings(shape.get("depends")):
            _mise(source, need.split()[0] if need.split() else "", found, seen)
        env = {**table(source.toml(path), "env"), **table(shape, "env")}
        kept = {k: v for k, text in env.items() if isinstance(text, str) and (v := exportable(k, text))}
        where = join(".", _plain(shape["dir"])) if isinstance(shape.get("dir"), str) else None
        found += [Body(_plain(line), place, kept, cwd=where) for line in strings(shape.get("run"))]
        return
    for directory in MISE_DIRS:
        path = f"{directory}/{name.replace(':', '/')}"
        if source.has(path):
            found.append(Body(source.text(path), Evidence(path, 1, "")))
            return


def deno(source: Source, directory: str, name: str) -> list[Body]:
    """A task of deno.json."""
    path = first_of(source, directory, DENO)
    tasks = table(deno_table(source, directory), "tasks")
    found: list[Body] = []
    _deno(tasks, name, source.evidence(path, f'"{name}"', after='"tasks"'), found, set())
    return [replace(b, cwd=directory) for b in found]


def _deno(tasks: dict[str, Any], name: str, place: Evidence, found: list[Body], seen: set[str]) -> None:
    if name in seen or len(seen) > 40:
        return
    seen.add(name)
    body = tasks.get(name)
    if isinstance(body, dict):
        for need in strings(body.get("dependencies")):
            _deno(tasks, need, place, found, seen)
        body = body.get("command")
    if isinstance(body, str):
        found.append(Body(body, place))


def deno_table(source: Source, directory: str = ".") -> dict[str, Any]:
    """deno.json or deno.jsonc of a directory; comments are taken out."""
    path = first_of(source, directory, DENO)
    return source.once(f"deno {path}", lambda: _jsonc(source.text(path))) if path else {}


def _jsonc(text: str) -> dict[str, Any]:
    kept = re.sub(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*(?:.*?\*/|.*)', lambda m: m.group(1) or "", text, flags=re.DOTALL)
    kept = re.sub(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[}\]])', lambda m: m.group(1) or "", kept)
    try:
        data = json.loads(kept or "{}")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
