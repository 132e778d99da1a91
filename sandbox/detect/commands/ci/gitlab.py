"""GitLab's jobs with what they take from others: `extends`, `default`, `!reference` and files that are included."""

from __future__ import annotations

from typing import Any

from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source, strings
from sandbox.detect.read.yamltree import Text

FILES = (".gitlab-ci.yml", ".gitlab-ci.yaml")
_DEEPEST, _MOST_INCLUDED, _MOST_LINES = 4, 12, 200
_KEYWORDS = frozenset(("default", "include", "stages", "variables", "workflow", "image", "services", "cache", "spec"))


def jobs(source: Source, path: str) -> list[tuple[str, dict[str, Any]]]:
    """(file, job) of each job that runs, whole: with what it extends, before it the lines that come before."""
    data: dict[str, Any] = {}
    files: dict[str, str] = {}
    waiting = [path]
    while waiting and len(files) < 400:
        file = waiting.pop(0)
        loaded = yamltree.load(source.text(file)) if len(source.text(file)) < 60_000 else {}
        for name, job in loaded.items():
            if name not in data:
                data[name] = job
                files[name] = file
        if len(waiting) < _MOST_INCLUDED:
            waiting += [f for f in _included(loaded.get("include")) if f not in files.values() and source.has(f)]
    default = data.get("default") if isinstance(data.get("default"), dict) else {}
    before = _lines(data, (default or {}).get("before_script", data.get("before_script")), 0)
    found: list[tuple[str, dict[str, Any]]] = []
    for name, job in data.items():
        if not isinstance(job, dict) or name in _KEYWORDS or name.startswith("."):
            continue
        whole = _extended(data, job, 0)
        first = _lines(data, whole["before_script"], 0) if "before_script" in whole else before
        script = [*first, *_lines(data, whole.get("script"), 0)]
        if script:
            found.append((files[name], {**whole, "before_script": None, "script": script}))
    return found[:120]


def _included(include: object) -> list[str]:
    """The files of the tree that are included."""
    items = include if isinstance(include, list) else [include]
    local = [item.get("local") if isinstance(item, dict) else item for item in items[:_MOST_INCLUDED]]
    names = [str(name).lstrip("/") for each in local for name in strings(each)]
    return [n for n in names if n.endswith((".yml", ".yaml")) and "://" not in n]


def _extended(data: dict[str, Any], job: dict[str, Any], depth: int) -> dict[str, Any]:
    """A job over those that it extends, of which the last counts most."""
    whole: dict[str, Any] = {}
    for name in strings(job.get("extends")) if depth < _DEEPEST else ():
        base = data.get(name)
        if isinstance(base, dict):
            whole.update(_extended(data, base, depth + 1))
    return {**whole, **job}


def _lines(data: dict[str, Any], value: object, depth: int) -> list[Text]:
    """The lines of a script, those of a `!reference [.job, script]` among them."""
    if isinstance(value, Text):
        return [value]
    if not isinstance(value, list) or depth > _DEEPEST:
        return []
    if depth and len(value) == 2 and isinstance(value[0], Text) and isinstance(data.get(value[0]), dict):
        return _lines(data, data[value[0]].get(str(value[1])), depth + 1)
    return [line for item in value[:_MOST_LINES] for line in _lines(data, item, depth + 1)][:_MOST_LINES]
