"""Tasks of moon: what `moon run PROJECT:TASK`, `moon check` and `moon ci` run in the projects of the workspace."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence

_MOST = 14
_TASKS = 60
_TOKEN = re.compile(r"@\w+\([^()]*\)|\$projectRoot/?")
_ALWAYS = re.compile(r"build|dev|start|serve|watch|deploy|release|publish")


def task(source: Source, words: tuple[str, ...], cwd: str) -> tuple[str, list[Body], str] | None:
    """None where the call names no task, or the tree is no workspace of moon."""
    rest = [w for w in words[1:] if not w.startswith("-")]
    if not rest or not source.is_dir(".moon"):
        return None
    mode, wanted = rest[0], rest[1:]
    if mode in ("ci", "check"):
        named = [w for w in wanted if ":" in w]
        targets = named or [f"{w}:" for w in wanted] or [":"]
    elif mode in ("run", "r"):
        targets = [w for w in wanted if ":" in w]
    else:
        targets = [mode] if ":" in mode else []
    found = [body for target in targets[:6] for body in _bodies(source, target)]
    return (f"moon {' '.join(rest[:3])}", found[:_TASKS], ".") if targets else None


def _bodies(source: Source, target: str) -> list[Body]:
    """The task of one project or (`:task`, `#tag:task`) of all that have it; `web:` stands for all of a project's."""
    name, _, wanted = target.partition(":")
    every = not name or name.startswith(("#", "^"))
    found: list[Body] = []
    for project, directory in list(projects(source).items())[:_MOST]:
        if every or name in (project, directory):
            for task_name, line, place in _tasks(source, directory):
                if task_name == wanted or (not wanted and not _ALWAYS.search(task_name)):
                    found.append(Body(line, place, cwd=directory))
    return found


def projects(source: Source) -> dict[str, str]:
    """Directory by name of each project of the workspace."""
    data = _load(source, ".moon/workspace.yml").get("projects")
    named = table({"p": data}, "p")
    globs = strings(data) or strings(named.get("globs"))
    given = table(named, "sources") or {k: v for k, v in named.items() if k not in ("globs", "sources")}
    found = {k: join(".", v) for k, v in given.items() if isinstance(v, str)}
    patterns = [g.strip("/").removeprefix("./") for g in globs if not g.startswith("!")]
    for directory in source.walk(depth=3, limit=300) if patterns else ():
        if any(_fits(directory, p) for p in patterns):
            found.setdefault(directory.rpartition("/")[2], directory)
    return found


def _fits(directory: str, pattern: str) -> bool:
    """`*` stands for one step of a path."""
    return directory.count("/") == pattern.count("/") and fnmatchcase(directory, pattern)


def _tasks(source: Source, directory: str) -> list[tuple[str, str, Evidence]]:
    """(name, line, where) of a project's own tasks, then of those that it inherits."""
    own = "moon.yml" if directory == "." else f"{directory}/moon.yml"
    inherited = [".moon/tasks.yml", *(f".moon/tasks/{n}" for n in source.files(".moon/tasks") if n.endswith(".yml"))]
    found: dict[str, tuple[str, str, Evidence]] = {}
    for path in (own, *inherited[:6]):
        for name, data in list(table(_load(source, path), "tasks").items())[:_TASKS]:
            if isinstance(data, dict) and name not in found and (line := _line(data)):
                found[name] = (name, line, source.evidence(path, f"{name}:", after="tasks:"))
    return list(found.values())


def _line(data: dict[str, Any]) -> str:
    if str(table(data, "options").get("runInCI")).lower() == "false" or str(data.get("local")).lower() == "true":
        return ""
    script = data.get("script")
    if isinstance(script, str):
        return _TOKEN.sub("", script)
    words = [*_words(data.get("command")), *_words(data.get("args"))]
    return _TOKEN.sub("", " ".join(words)).strip()


def _words(value: object) -> list[str]:
    return [value] if isinstance(value, str) else strings(value)


def _load(source: Source, path: str) -> dict[str, Any]:
    return source.once(f"moon {path}", lambda: yamltree.load(source.text(path)))
