"""Recipes of a justfile, those of its modules and imports among them."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sandbox.detect.commands.bodies import Body, continued, first_of, visit
from sandbox.detect.commands.scripts.shell import exportable, join
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

NAMES = ("justfile", "Justfile", ".justfile", "JUSTFILE")
_RECIPE = re.compile(r"^@?([A-Za-z_][\w-]*+)(?=[\s:])([^:=]*+(?:=\s*+(?:'[^']*'|\"[^\"]*\"|\w+)[^:=]*+)*+):(?!=)(.*)$")
_MODULE = re.compile(r"^mod\??\s+([\w-]+)(?:\s+['\"]([^'\"]+)['\"])?\s*$")
_IMPORT = re.compile(r"^import\??\s+['\"]([^'\"]+)['\"]")
_VARIABLE = re.compile(r"^(export\s+)?([A-Za-z_]\w*)\s*:=\s*(.+)$")
_OPEN = re.compile(r"^(?:export\s+)?[A-Za-z_]\w*\s*:=\s*(?:'(?:'')?[^']*|\"(?:\"\")?[^\"]*)$")
_LARGEST = 200_000
_ALIAS = re.compile(r"^alias\s+([\w-]+)\s*:=\s*([\w-]+)")


@dataclass(slots=True)
class _File:
    recipes: dict[str, tuple[list[str], list[Body]]] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    """Path of each module's file."""
    variables: dict[str, str] = field(default_factory=dict)
    exported: dict[str, str] = field(default_factory=dict)
    read: dict[str, None] = field(default_factory=dict)
    """The files that were read for it."""
    depths: dict[str, int] = field(default_factory=dict)
    """How many imports away a recipe stands: of two of a name, the nearer one counts."""
    variadic: dict[str, str] = field(default_factory=dict)
    """The parameter of a recipe that takes all that it is given."""


def just(source: Source, directory: str, names: list[str]) -> list[Body]:
    """The bodies of a recipe: `["test"]`, `["web::test"]`, `["web", "test"]`; the empty list is the default's."""
    path = first_of(source, directory, NAMES)
    return _bodies(source, path, [n for name in names for n in name.split("::") if n], directory) if path else []


def recipes(source: Source) -> list[str]:
    """All recipes, those of modules as `module::recipe`."""
    path = first_of(source, ".", NAMES)
    if not path:
        return []
    file = _file(source, path)
    inner = [f"{name}::{r}" for name, where in file.modules.items() for r in _file(source, where).recipes]
    return [*file.recipes, *inner[:60]]


def _bodies(source: Source, path: str, names: list[str], directory: str, depth: int = 0) -> list[Body]:
    file = _file(source, path)
    if names and names[0] in file.modules and depth < 4:
        where = file.modules[names[0]]
        return _bodies(source, where, names[1:], posixpath.dirname(where) or ".", depth + 1)
    found: list[Body] = []
    wanted = names[:1] or [next(iter(file.recipes), "")]
    variables = file.variables
    if parameter := file.variadic.get(wanted[0], ""):
        given = shlex.join(names[1:])
        variables = {**variables, parameter: given}
    else:
        wanted += [n for n in names[1:6] if n in file.recipes]  # several recipes of one call
    for name in wanted:
        visit(name, file.recipes, found, set())
    if parameter and names[1:]:
        found = [replace(b, script=re.sub(r'"?\$@"?', lambda _: given, b.script)) for b in found]
    env = {k: v for k, text in file.exported.items() if (v := exportable(k, text))}
    return [replace(b, script=_filled(b.script, variables), env=env, cwd=b.cwd or directory) for b in found]


_ATTRIBUTES = re.compile(r"\[([^\[\]]{1,200})\]\s*$")
_SYSTEMS = re.compile(r"\b(windows|macos|openbsd|freebsd|android)\b")


def _of_linux(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """The lines without the recipes that are written for other systems, and without attributes."""
    left_out = ""  # what of a recipe of another system stands before: its attribute, or its name
    for number, line in lines:
        if marked := _ATTRIBUTES.match(line):
            here = re.search(r"\b(unix|linux)\b", marked.group(1))
            left_out = left_out if here else "attribute" if _SYSTEMS.search(marked.group(1)) else left_out
        elif left_out == "attribute" and line.strip():
            left_out = "name"
        elif not (left_out == "name" and (line[:1] in (" ", "\t") or not line.strip())):
            left_out = ""
            yield number, line


def _filled(script: str, variables: dict[str, str]) -> str:
    return re.sub(r"\{\{((?:(?!\{\{|\}\}).)*)\}\}", lambda m: variables.get(m.group(1).strip(), ""), script)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The numbered lines; a variable whose text goes over several of them stands in one."""
    held, number = "", 0
    for at, line in continued(text):
        if held:
            held += f" {line.strip()}"
            if held[-1] in "'\"" and held[-1] == held[held.index(":=") + 2 :].strip()[0]:
                yield number, re.sub(r"(['\"])\1\1\Z", r"\1", held)
                held = ""
        elif _OPEN.match(line) and len(text) < _LARGEST:
            held, number = re.sub(r"(['\"])\1\1", r"\1", line.rstrip()), at
        else:
            yield at, line


def _file(source: Source, path: str) -> _File:
    return source.once(f"just {path}", lambda: _read(source, path, _File(), 0))


def _read(source: Source, path: str, file: _File, depth: int) -> _File:
    file.read[path] = None
    current = ""
    here = posixpath.dirname(path) or "."
    for number, line in _of_linux(_lines(source.text(path))):
        if line[:1] in (" ", "\t") and current:
            marks = re.match(r"[@-]*", line.strip())
            place = Evidence(path, number, line.strip()[:200])
            body = Body(line.strip().lstrip("@-"), place, tolerated="-" in marks.group(0) if marks else False)
            if not body.script.startswith("#!"):
                file.recipes[current][1].append(body)
            continue
        current = current if not line.strip() else ""
        if matched := _MODULE.match(line):
            file.modules[matched.group(1)] = _module(source, here, matched.group(1), matched.group(2) or "")
        elif matched := _IMPORT.match(line):
            _import(source, join(here, matched.group(1)), file, depth + 1)
        elif matched := _ALIAS.match(line):
            file.recipes.setdefault(matched.group(1), ([matched.group(2)], []))
        elif matched := _VARIABLE.match(line):
            value = matched.group(3).strip()
            if literal := re.fullmatch(r"(['\"])(.*)\1", value):
                file.variables[matched.group(2)] = literal.group(2)
                if matched.group(1):
                    file.exported[matched.group(2)] = literal.group(2)
        elif (matched := _RECIPE.match(line)) and file.depths.get(matched.group(1), depth) >= depth:
            current = matched.group(1)
            file.depths[current] = depth
            if more := re.search(r"\s[*+]\$?(\w+)", line.partition(":")[0]):
                file.variadic[current] = more.group(1)
            needs = (
                re.sub(r"\(\s*([\w-]+)[^)]{0,300}\)", r"\1", matched.group(3).split("#")[0]).replace("&&", " ").split()
            )
            file.recipes[current] = (needs, [])
    return file


def _import(source: Source, path: str, file: _File, depth: int) -> None:
    """Each file is read once: they may import each other, and themselves."""
    if depth < 5 and path not in file.read and len(file.read) < 40:
        _read(source, path, file, depth)


def _module(source: Source, here: str, name: str, given: str) -> str:
    places = [join(here, given)] if given else []
    places += [join(given_dir, n) for given_dir in (join(here, given or name),) for n in ("mod.just", *NAMES)]
    places += [join(here, f"{name}.just")] if not given else []
    return next((p for p in places if source.has(p)), "")
