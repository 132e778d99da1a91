"""The process that compares: two folders and package names as JSON on standard input, what breaks on standard output.

Sources of strangers are parsed in it, so it is bounded in time and memory, writes no file, and imports nothing of them.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import griffe

from sandbox.processes import own_program
from workflows.release_notes.python_names import open_names
from workflows.release_notes.python_names.open_names import Sources

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
        sources = [open_names.read(folder, package) for folder in folders]
        strange = {name for one in sources for name in one.unread} | _of(package, asked["unread"])
        if package in strange:
            unread += sorted(strange)
            continue
        try:
            rows, left_open = _broken(package, folders, strange, sources)
            found += rows
            unread += sorted(strange | left_open)
        except Exception:  # noqa: BLE001 - whatever strange sources do to the parser: this package is told to be unread
            unread.append(package)
    sys.stdout.write(json.dumps({"broken": found[:_MOST], "unread": unread}))


def _of(package: str, modules: Iterable[str]) -> set[str]:
    return {name for name in modules if _is_within(name, {package})}


def _is_within(name: str, modules: Container[str]) -> bool:
    """Whether a name is one of these, or within one."""
    parts = name.split(".")
    return any(".".join(parts[:end]) in modules for end in range(1, len(parts) + 1))


def _broken(
    package: str, folders: tuple[Path, Path], strange: set[str], sources: Sequence[Sources]
) -> tuple[list[dict[str, str]], set[str]]:
    """What breaks; and the modules that lack names which they may have all the same (see `Sources.open_to`)."""
    old, new = (_loaded(package, folder) for folder in folders)
    twofold = sources[0].twofold | sources[1].twofold
    open_, left_open, rows = sources[1].open_to(strange, sources[0]), set[str](), []
    for row in _rows(old, new, folders):
        within = row["name"].rpartition(".")[0]
        if row["what"] == "object_removed" and within in open_:
            left_open.add(within)
        elif not _is_within(row["name"], strange) and not _is_within(row["name"], twofold):
            rows.append(row)
    return rows, left_open


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
