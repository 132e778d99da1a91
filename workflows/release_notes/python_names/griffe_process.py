"""The process that compares: two folders and package names as JSON on standard input, what breaks on standard output.

Sources of strangers are parsed in it, so it is bounded in time and memory, writes no file, and imports nothing of them.
"""

from __future__ import annotations

import ast
import json
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

from sandbox.processes import own_program

_MEMORY = 2 * 1024**3
_CPU_SECONDS = 60
_MOST = 500
_MOST_WORDS = 200
_DEPTH = 4_000
_BREAKS = frozenset(
    {
        griffe.BreakageKind.OBJECT_REMOVED,
        griffe.BreakageKind.OBJECT_CHANGED_KIND,
        griffe.BreakageKind.PARAMETER_REMOVED,
        griffe.BreakageKind.PARAMETER_MOVED,
        griffe.BreakageKind.PARAMETER_CHANGED_KIND,
        griffe.BreakageKind.PARAMETER_CHANGED_REQUIRED,
        griffe.BreakageKind.PARAMETER_ADDED_REQUIRED,
        griffe.BreakageKind.CLASS_REMOVED_BASE,
    }
)
"""What stops a program that was right. Other defaults, values and annotations mostly do not."""


def main() -> None:
    own_program.bound(_MEMORY, _CPU_SECONDS, writes=False)
    warnings.simplefilter("ignore")
    logging.disable()
    sys.setrecursionlimit(_DEPTH)
    asked = json.loads(sys.stdin.buffer.read())
    found: list[dict[str, str]] = []
    unread: list[str] = []
    for package in asked["packages"]:
        folders = (Path(asked["before"]), Path(asked["after"]))
        strange = {name for folder in folders for name in _unparsable(folder, package)}
        unread += sorted(strange)
        if package in strange:
            continue
        try:
            found += [row for row in _broken(package, *folders) if not _is_within(row["name"], strange)]
        except Exception:  # noqa: BLE001 - whatever strange sources do to the parser: this package is told to be unread
            unread.append(package)
    sys.stdout.write(json.dumps({"broken": found[:_MOST], "unread": unread}))


def _unparsable(folder: Path, package: str) -> Iterator[str]:
    """The modules that this Python cannot read: griffe passes over them, and their names would seem to be gone."""
    for path in sorted((folder / package).rglob("*.py")):
        try:
            ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            yield ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")


def _is_within(name: str, modules: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in modules)


def _broken(package: str, before: Path, after: Path) -> list[dict[str, str]]:
    old, new = (_loaded(package, folder) for folder in (before, after))
    return list(_rows(old, new, (before, after)))


def _loaded(package: str, folder: Path) -> Any:
    loader = griffe.GriffeLoader(search_paths=[folder], allow_inspection=False, store_source=False)
    found = loader.load(package, try_relative_path=False)
    loader.resolve_aliases(implicit=False, external=False)
    return found


def _rows(old: Any, new: Any, folders: tuple[Path, Path]) -> Iterator[dict[str, str]]:
    seen = set()
    for one in griffe.find_breaking_changes(old, new):
        if one.kind not in _BREAKS or _is_harmless(one):
            continue
        row = {
            "name": str(one.obj.path)[:_MOST_WORDS],
            "what": one.kind.name.lower(),
            "of": _about(one),
            "path": _path(one.obj, folders),
        }
        if (key := (row["name"], row["what"], row["of"])) not in seen:
            seen.add(key)
            yield row


def _is_harmless(one: griffe.Breakage) -> bool:
    """A module's own facts, what was a plain value before, and the object that a method belongs to."""
    last = str(one.obj.name)
    if one.kind is griffe.BreakageKind.OBJECT_REMOVED:
        return last.startswith("__") and one.obj.is_attribute
    if one.kind is griffe.BreakageKind.OBJECT_CHANGED_KIND:
        return one.old_value not in (griffe.Kind.CLASS, griffe.Kind.MODULE)
    return _about(one) in ("self", "cls")


def _about(one: griffe.Breakage) -> str:
    """The name of its parameter, or those of its bases; "" where it is about no more than the object."""
    value = one.old_value if one.old_value is not None else one.new_value
    if isinstance(value, list):
        left = one.new_value if isinstance(one.new_value, list) else []
        return ", ".join(str(base) for base in value if base not in left)[:_MOST_WORDS]
    return str(value.name)[:_MOST_WORDS] if isinstance(value, griffe.Parameter) else ""


def _path(found: Any, folders: tuple[Path, Path]) -> str:
    """The file within its folder; "" where that is not known."""
    try:
        path = Path(str(found.filepath))
        return next(str(path.relative_to(folder)) for folder in folders if path.is_relative_to(folder))
    except Exception:  # noqa: BLE001 - an alias that leads nowhere, a package of several folders
        return ""


if __name__ == "__main__":
    main()
