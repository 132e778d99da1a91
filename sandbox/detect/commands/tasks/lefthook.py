"""What lefthook runs before a commit or a push, on the whole tree: https://lefthook.dev/configuration"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.commands.scripts.split import BY_NAME
from sandbox.detect.commands.tasks.hooks import Hook
from sandbox.detect.read import yamltree
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

CONFIG = tuple(f"{dot}lefthook.{ending}" for dot in ("", ".") for ending in ("yml", "yaml", "toml"))
_STAGES = ("pre-commit", "pre-push", "pre-merge-commit")
_FILES = re.compile(r"\{(?:staged_files|push_files|all_files|files)\}")
_MOST = 60


def lefthook(source: Source) -> list[tuple[Hook, str]]:
    """Its jobs that run by themselves, each with the directory that it works in."""
    path = next((p for p in CONFIG if source.has(p)), "")
    if not path:
        return []
    data = source.toml(path) if path.endswith(".toml") else yamltree.load(source.text(path))
    found: list[tuple[Hook, str]] = []
    for stage in _STAGES:
        wanted = data.get(stage) if isinstance(data, dict) else None
        if isinstance(wanted, dict) and not _is(wanted.get("skip"), "true"):
            found += _jobs(path, wanted, ".", 0)
    return found[:_MOST]


def _jobs(path: str, group: dict[str, Any], root: str, depth: int) -> Iterator[tuple[Hook, str]]:
    """Those of a stage or a group: as a table by name (`commands`), or in a list with groups within (`jobs`)."""
    commands = group.get("commands")
    named = commands.items() if isinstance(commands, dict) else ()
    jobs = group.get("jobs")
    listed = (
        [(str(one.get("name") or ""), one) for one in jobs if isinstance(one, dict)] if isinstance(jobs, list) else []
    )
    for name, one in (*named, *listed):
        if not isinstance(one, dict) or _is(one.get("skip"), "true") or _is(one.get("only"), "false"):
            continue
        here = join(root, str(one.get("root") or "."))
        if isinstance(inner := one.get("group"), dict) and depth < 3:
            yield from _jobs(path, inner, here, depth + 1)
        if run := str(one.get("run") or ""):
            line = getattr(one.get("run"), "line", 0) or getattr(name, "line", 0)
            place = Evidence(path, line, next(iter(run.strip().splitlines()), "")[:200])
            yield Hook(str(name), _on_all(run, str(one.get("glob") or "")), place), here


def _is(value: object, word: str) -> bool:
    return str(value).lower() == word


def _on_all(run: str, glob: str) -> str:
    """What is run on the files of a commit, on all: below the directory, or on the listing of those that it is for."""
    if not _FILES.search(run):
        return run
    words = _FILES.sub("", run).split()
    if not words or words[0] not in BY_NAME:
        return _FILES.sub(".", run)
    head, opened, behind = glob.partition("{")
    inner, closed, tail = behind.partition("}")
    patterns = [f"{head}{one}{tail}" for one in inner.split(",")] if opened and closed else [glob]
    if not all(re.fullmatch(r"[\w*./-]+", one) for one in patterns):
        return ""
    call = " ".join(words).partition("&&")[0]
    return f"git ls-files -z {' '.join(map(repr, patterns))} | xargs -0 {call}"
