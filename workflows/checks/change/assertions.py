"""Tests out of which assertions were taken: counted by the test in Python, by the file elsewhere."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

_CALLS = re.compile(r"assert\w*|expect\w*|raises|warns|fail\w*|approx|verify\w*|should\w*|check\w*")
_CAUGHT = {"AssertionError", "Exception", "BaseException"}
ELSEWHERE = re.compile(
    r"\b(?:expect|assert\w*|should|must|raise_error|require)\b(?:[.(!_ ]|\s)|\bt\.(?:Error|Fatal|Fail)\w*\("
    r"|\bassert\w*!|\bt\.(?:is|deepEqual|equal|ok)\("
)

_COMMENTS = re.compile(
    r"^[ \t]*/\*.*?(?:\*/|\Z)|^[ \t]*(?://|#(?!\[)|\*)[^\n]*|(?<=[\s;])//[^\n]*", re.MULTILINE | re.DOTALL
)  # each place is looked at once, whatever a hostile file repeats
_HOLLOW = re.compile(
    r"\bexpect\((?:true|!0|\d+|'\w*'|\"\w*\")\)\.(?:to\b|toB|toE|toStrictE|toT)"
    r"|\bassert\w{0,60}[!.]?(?:ok|true|isTrue)?\((?:true|1)\s*[,)]|\bassert true\b"
    r"|\bassert\w{0,60}[!.]?\w{0,60}\((true|false|null|\d+|'\w*'|\"\w*\"), ?\1\s*[,)]",
    re.IGNORECASE,
)
"""An assertion of what is so whatever the code does."""


def weakened(path: str, before: bytes, after: bytes) -> dict[str, int]:
    """The tests of a file that are still there with fewer assertions, each with how many it has left.

    In Python the ids as pytest has them; elsewhere the file itself.
    """
    if path.endswith(".py"):
        old, new = _in_python(before), _in_python(after)
        if old is None or new is None:
            return {}
        return {f"{path}::{name}": new[name] for name, count in old.items() if name in new and new[name] < count}
    old_count, new_count = map(_elsewhere, (before, after))
    return {path: new_count} if new_count < old_count else {}


def _elsewhere(source: bytes) -> int:
    """Assertions that can fail, as far as that is seen from a text: not those in comments."""
    text = _COMMENTS.sub("", source.decode("utf-8", "replace"))
    return len(ELSEWHERE.findall(text)) - sum(1 for _ in _HOLLOW.finditer(text))


def _in_python(source: bytes) -> Counter[str] | None:
    """Assertions by the test that holds them; None where this cannot be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    try:
        return Counter({name: _live(node) for name, node in _tests(tree, "")})
    except RecursionError:
        return None


def _tests(node: ast.AST, above: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _tests(child, f"{above}{child.name}::")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.lower().startswith("test"):
            yield f"{above}{child.name}", child


def _live(node: ast.AST) -> int:
    """Assertions that can fail the test: not those behind its end, in a branch that is never taken, or whose failure
    is caught."""
    match node:
        case ast.If(test=ast.Constant(value=value)) if not value:
            return sum(map(_live, node.orelse))
        case ast.Try() if any(map(_swallows, node.handlers)):
            return sum(map(_live, [*node.handlers, *node.orelse, *node.finalbody]))
        case ast.With() if any(_suppresses(item.context_expr) for item in node.items):
            return 0
    found = int(asserts(node))
    for _, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                found += _live(child)
            if isinstance(child, ast.Return | ast.Raise | ast.Break | ast.Continue):
                break
    return found


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether a failed assertion ends in it."""
    named = {one.id for one in ast.walk(handler.type) if isinstance(one, ast.Name)} if handler.type else _CAUGHT
    goes_on = any(isinstance(one, ast.Raise) or asserts(one) for line in handler.body for one in ast.walk(line))
    return bool(named & _CAUGHT) and not goes_on


def _suppresses(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name == "suppress" and any(isinstance(one, ast.Name) and one.id in _CAUGHT for one in node.args)


def asserts(node: ast.AST) -> bool:
    """Whether this piece of syntax is an assertion by itself."""
    if isinstance(node, ast.Assert):
        return not _always_holds(node.test)
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return bool(_CALLS.fullmatch(name))


def _always_holds(test: ast.expr) -> bool:
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=[_, *_]):
            return True
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(_always_holds, values))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(_always_holds, values))
        case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=value)):
            return not value
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Name(id="object")]):
            return True
        case ast.Compare(left=ast.Call(func=ast.Name(id="len")), ops=[ast.GtE()], comparators=[ast.Constant(value=0)]):
            return True
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            return ast.dump(left) == ast.dump(right)
    return False
