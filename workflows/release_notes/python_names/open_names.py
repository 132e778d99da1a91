"""What sources alone do not tell of a package's names: griffe would take such names for gone, or for others.

Read in the process that compares; nothing is imported.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_DEFINED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_BRANCHES = ast.If | ast.Try | ast.TryStar


@dataclass(frozen=True, slots=True)
class Sources:
    """What the modules of a package say of themselves.

    `unread` are those that this Python cannot parse, `asked` those that have a `__getattr__` of their own, `stars` the
    modules of which each takes over all names. `twofold` are names that are defined in more than one way, by branches.
    """

    unread: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    stars: dict[str, set[str]] = field(default_factory=dict)
    twofold: set[str] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)

    def open_to(self, strange: Collection[str], before: Sources) -> set[str]:
        """The modules that may have more names than can be read: they make them when asked, or take over all of a
        module that is not here, is `strange`, or is such a one itself. What took as much from outside `before`, too,
        does not have a name from there that was its own."""
        known = self.modules - set(strange)
        taking = {name for name, of in self.stars.items() if of - known - before._outside(name)}
        while more := {name for name, of in self.stars.items() if of & taking} - taking:
            taking |= more
        return taking | self.asked

    def _outside(self, name: str) -> set[str]:
        return self.stars.get(name, set()) - self.modules


def read(folder: Path, package: str) -> Sources:
    """All sources of a package below `folder`."""
    found = Sources()
    for path in sorted(one for pattern in ("*.py", "*.pyi") for one in (folder / package).rglob(pattern)):
        parts = path.relative_to(folder).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found.modules.add(name)
        try:
            _note(found, ast.parse(path.read_bytes()), name, is_package=parts[-1] == "__init__")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            found.unread.add(name)
    return found


def _note(found: Sources, tree: ast.Module, module: str, *, is_package: bool) -> None:
    for one, _ in _statements(tree.body):
        if isinstance(one, ast.ImportFrom) and any(name.name == "*" for name in one.names):
            found.stars.setdefault(module, set()).add(_target(one, module, is_package))
        elif isinstance(one, ast.FunctionDef) and one.name == "__getattr__":
            found.asked.add(module)
    found.twofold.update(_twofold(tree.body, module))


def _target(one: ast.ImportFrom, module: str, is_package: bool) -> str:
    """The module that names are taken from; "" for what lies outside."""
    if not one.level:
        return one.module or ""
    up = one.level - is_package
    parts = module.split(".")
    base = parts[: len(parts) - up] if up <= len(parts) else []
    return ".".join([*base, *([one.module] if one.module else [])]) if base else ""


def _statements(body: list[ast.stmt], *, branched: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """The statements of a body and of its branches, each with whether it stands in one."""
    for one in body:
        yield one, branched
        if isinstance(one, _BRANCHES):
            handlers = [] if isinstance(one, ast.If) else [row for each in one.handlers for row in each.body]
            final = [] if isinstance(one, ast.If) else one.finalbody
            yield from _statements([*one.body, *handlers, *one.orelse, *final], branched=True)
        elif isinstance(one, ast.With | ast.AsyncWith):
            yield from _statements(one.body, branched=branched)


def _twofold(body: list[ast.stmt], within: str) -> Iterator[str]:
    defined = [(one, branched) for one, branched in _statements(body) if isinstance(one, _DEFINED)]
    times: Mapping[str, int] = Counter(one.name for one, _ in defined)
    for one, branched in defined:
        name = f"{within}.{one.name}"
        if branched and times[one.name] > 1:
            yield name
        elif isinstance(one, ast.ClassDef):
            yield from _twofold(one.body, name)
