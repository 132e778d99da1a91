"""Tests out of which assertions were taken: counted by the test in Python, by the file elsewhere."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

_CALLS = re.compile(r"assert\w*|expect\w*|raises|warns|fail\w*|approx|verify\w*|should\w*|check\w*")
_ELSEWHERE = re.compile(
    r"\b(?:expect|assert\w*|should|must|raise_error|require)\b(?:[.(!_ ]|\s)|\bt\.(?:Error|Fatal|Fail)\w*\("
    r"|\bassert\w*!|\bt\.(?:is|deepEqual|equal|ok)\("
)


def weakened(path: str, before: bytes, after: bytes) -> dict[str, int]:
    """The tests of a file that are still there with fewer assertions, each with how many it has left.

    In Python the ids as pytest has them; elsewhere the file itself.
    """
    if path.endswith(".py"):
        old, new = _in_python(before), _in_python(after)
        if old is None or new is None:
            return {}
        return {f"{path}::{name}": new[name] for name, count in old.items() if name in new and new[name] < count}
    old_count, new_count = (len(_ELSEWHERE.findall(data.decode("utf-8", "replace"))) for data in (before, after))
    return {path: new_count} if new_count < old_count else {}


def _in_python(source: bytes) -> Counter[str] | None:
    """Assertions by the test that holds them; None where this cannot be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    counted: Counter[str] = Counter()
    for name, node in _tests(tree, ""):
        counted[name] = sum(map(_asserts, ast.walk(node)))
    return counted


def _tests(node: ast.AST, above: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _tests(child, f"{above}{child.name}::")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.lower().startswith("test"):
            yield f"{above}{child.name}", child


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return bool(_CALLS.fullmatch(name))
