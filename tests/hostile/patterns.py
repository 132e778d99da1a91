"""Strings that make a backtracking pattern slow, made from the pattern itself."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import _constants as names  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

_CALLS = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
_EVERYWHERE = (" ", "\n", "a", "a_", "a-", "a.", "/", "a/", "_", "-", "(", "'a", "\t ", "a b ")
_CATEGORIES = {names.CATEGORY_WORD: "a", names.CATEGORY_DIGIT: "1", names.CATEGORY_SPACE: " "}
_AT_ONE_PLACE = {"match", "fullmatch"}
_PROGRAMS = {"__main__", "zygote"}
_REPEATS = (names.MAX_REPEAT, names.MIN_REPEAT)
_UNBOUNDED = 50


@dataclass(frozen=True)
class Used:
    """A pattern, and how it is used: `search`, or `match` and `fullmatch`, which begin at one place only."""

    where: str
    pattern: re.Pattern[Any]
    method: str

    def __call__(self, text: str) -> None:
        getattr(self.pattern, self.method)(text if isinstance(self.pattern.pattern, str) else text.encode())


def patterns(rooms: Sequence[ModuleType]) -> list[Used]:
    """Every pattern of the rooms once: those that modules hold, and those that calls of re spell."""
    names_of = [entry.name for room in rooms for entry in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]
    modules = [importlib.import_module(name) for name in names_of if name.rpartition(".")[2] not in _PROGRAMS]
    texts = {module: Path(str(module.__file__)).read_text() for module in modules}
    found: dict[tuple[object, int, str], Used] = {}
    for module, text in texts.items():
        held = [(name, value) for name, value in vars(module).items() if isinstance(value, re.Pattern)]
        for name, pattern in held:
            used = _methods(name, text) or {method for other in texts.values() for method in _methods(name, other)}
            for method in used or {"search"}:
                one = Used(f"{module.__name__}:{name}", pattern, method)
                found.setdefault((pattern.pattern, pattern.flags, method), one)
        for number, pattern, method in _spelled(text):
            one = Used(f"{module.__name__}:{number}", pattern, method)
            found.setdefault((pattern.pattern, pattern.flags, method), one)
    return list(found.values())


def _methods(name: str, text: str) -> set[str]:
    """How a module uses the pattern of that name; what is handed on may be searched for."""
    called = re.findall(rf"\b{re.escape(name)}\b(?:\.(\w+)|(?!\s*(?:=|:)))", text)
    ways = {one if one in _AT_ONE_PLACE else "search" for one in called if one}
    return ways | ({"search"} if "" in called and not ways else set())


def _spelled(text: str) -> Iterator[tuple[int, re.Pattern[Any], str]]:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=attr),
                args=[ast.Constant(value=str() | bytes() as said), *_],
            ) if attr in _CALLS:
                flags = [one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and one.attr.isupper()]
                value = re.RegexFlag(0)
                for flag in flags:
                    value |= getattr(re, flag, 0)
                if attr != "compile":  # those are held by a name
                    yield node.lineno, re.compile(said, value), attr if attr in _AT_ONE_PLACE else "search"


def pumps(pattern: re.Pattern[Any]) -> set[tuple[str, str]]:
    """A beginning, and what is to be repeated after it."""
    said = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    found = {("", unit) for unit in _EVERYWHERE}
    for before, unit in _repeats(parser.parse(said, flags)):
        found |= {(before, unit + more) for more in ("", "_", " ", "-", "\n") if unit + more}
    return found


def _repeats(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """What may come any number of times, with a shortest text that leads there."""
    for kind, value in tree:
        if kind in _REPEATS:
            if value[1] > _UNBOUNDED:
                yield before, _text(value[2])
            yield from _repeats(value[2], before)
        elif kind is names.SUBPATTERN:
            yield from _repeats(value[3], before)
        elif kind is names.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, before)
        before += _one(kind, value)


def _text(tree: Any) -> str:
    return "".join(_one(kind, value) for kind, value in tree)


def _one(kind: Any, value: Any) -> str:
    match kind:
        case names.LITERAL:
            return chr(value)
        case names.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        case names.ANY:
            return "a"
        case names.IN:
            return _of_set(value)
        case names.SUBPATTERN:
            return _text(value[3])
        case names.ATOMIC_GROUP:
            return _text(value)
        case names.BRANCH:
            return _text(value[1][0])
        case names.MAX_REPEAT | names.MIN_REPEAT | names.POSSESSIVE_REPEAT:
            return _text(value[2]) * max(value[0], 1)
    return ""


def _of_set(members: Any) -> str:
    if members[0][0] is names.NEGATE:
        taken = {chr(value) for kind, value in members if kind is names.LITERAL}
        return next((one for one in "a1 -x" if one not in taken), "a")
    kind, value = members[0]
    if kind is names.LITERAL:
        return chr(value)
    return chr(value[0]) if kind is names.RANGE else _CATEGORIES.get(value, "a")
