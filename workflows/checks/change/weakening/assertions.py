"""Tests out of which assertions were taken: counted by the test where tests have titles, by the file elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from workflows.checks.change.weakening.alive import alive, without_comments
from workflows.checks.change.weakening.own_assertions import without_its_own
from workflows.checks.change.weakening.python_hollow import never_called, over_nothing, overridden
from workflows.checks.change.weakening.titled_tests import titled_tests

_CALLS = re.compile(r"assert\w*|expect\w*|raises|warns|fail\w*|approx|verify\w*|should\w*|check\w*")
_CAUGHT = {"AssertionError", "Exception", "BaseException"}
ELSEWHERE = re.compile(
    r"\b(?:expect|assert\w*|should|must|raise_error|require)\b(?:[.(!_ ]|\s)|\bt\.(?:Error|Fatal|Fail)\w*\("
    r"|\bassert\w*!|\bt\.(?:is|deepEqual|equal|ok)\("
)

_HOLLOW = re.compile(
    r"\bexpect\((?:true|!0|\d+|'\w*'|\"\w*\")\)\.(?:to\b|toB|toE|toStrictE|toT)"
    r"|\bassert\w{0,60}[!.]?(?:ok|true|isTrue)?\((?:true|1)\s*[,)]|\bassert true\b"
    r"|\bassert\w{0,60}[!.]?\w{0,60}\((true|false|null|\d+|'\w*'|\"\w*\"), ?\1\s*[,)]"
    r"|\b(?:assert\w{0,60}[!.]?\w{0,60}|expect)\((\w{1,40}\([^()\n]{0,60}\))(?:, ?|\)\.\w{1,30}\()\2\s*[,)]"
    r"|\b(?:assert\w{0,60}[!.]?\w{0,60}|expect)\([^()\n]{0,80}(?:\([^()\n]{0,60}\)[^()\n]{0,40})?\|\| ?true\)",
    re.IGNORECASE,
)
"""An assertion of what is so whatever the code does."""
_DOES = re.compile(r"\w[?!]? ?\(|\bassert|\bshould|\bexpect|=")


@dataclass(frozen=True, slots=True)
class Held:
    """What one test holds the code to: assertions that can fail, and whether it does anything at all."""

    assertions: int = 0
    does: bool = True


def weakened(path: str, before: bytes, after: bytes) -> dict[str, int]:
    """The tests of a file that are still there with fewer assertions, each with how many it has left; one that does
    nothing any more has none left.

    In Python the ids as pytest has them; elsewhere `PATH > TITLE`, or the file itself where its tests have no titles.
    """
    old, new = held_by_tests(path, before), held_by_tests(path, after)
    if old is None or new is None:
        return {}
    found: dict[str, int] = {}
    for name, was in old.items():
        now = new.get(name, was)
        if was.does and not now.does:
            found[name] = 0
        elif now.assertions < was.assertions:
            found[name] = now.assertions
    return found


def held_by_tests(path: str, source: bytes) -> Mapping[str, Held] | None:
    """The tests of a file by their names, as in `weakened`; None where it cannot be read."""
    if path.endswith(".py"):
        return _in_python(path, source)
    text = without_its_own(without_comments(source.decode("utf-8", "replace")))
    tests = titled_tests(path, text)
    if not tests:
        return {path: Held(_elsewhere(text))}
    found = {f"{path} > {title}": Held(_elsewhere(own), bool(_DOES.search(own))) for title, own in tests.items()}
    return {**found, path: Held(max(0, _elsewhere(text) - sum(one.assertions for one in found.values())))}


def _elsewhere(text: str) -> int:
    """Assertions that can fail, as far as that is seen from a text without its comments."""
    text = alive(text)
    return len(ELSEWHERE.findall(text)) - sum(1 for _ in _HOLLOW.finditer(text))


def _in_python(path: str, source: bytes) -> Mapping[str, Held] | None:
    """The tests of a module; None where this cannot be read."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    try:
        hollow = overridden(tree, lambda name: bool(_CALLS.fullmatch(name)), _live)
        found = {
            f"{path}::{name}": Held(_Living(never_called(node), hollow).count(node), _does(node))
            for name, node in _tests(tree, "")
        }
    except RecursionError:
        return None
    for name, stays in _replaced(tree):
        if found.pop(f"{path}::{name}", None) is not None and stays:
            found[f"{path}::{name}"] = Held(does=False)
    return found


def _replaced(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Names that a module puts something else in place of, or deletes (False)."""
    for node in tree.body:
        for target in node.targets if isinstance(node, ast.Assign | ast.Delete) else ():
            match target:
                case ast.Name(id=name):
                    yield name, isinstance(node, ast.Assign)
                case ast.Attribute(value=ast.Name(id=group), attr=name):
                    yield f"{group}::{name}", isinstance(node, ast.Assign)


def _does(node: ast.AST) -> bool:
    """Whether a test does more than to stand there."""
    body = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
    return not all(map(_idle, body))


def _idle(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Return(value=None) | ast.Return(value=ast.Constant()) | ast.Expr(value=ast.Constant()):
            return True
        case ast.Assert(test=test):
            return _always_holds(test)
    return False


def _tests(node: ast.AST, above: str) -> Iterator[tuple[str, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _tests(child, f"{above}{child.name}::")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.lower().startswith("test"):
            yield f"{above}{child.name}", child


@dataclass(frozen=True, slots=True)
class _Living:
    """Counts assertions that can fail the test: not those behind its end, in a branch that is never taken, or whose
    failure is caught; nor those in `dead` parts, or of the names in `hollow`."""

    dead: Collection[ast.AST] = ()
    hollow: Collection[str] = ()

    def count(self, node: ast.AST) -> int:
        if node in self.dead:
            return 0
        match node:
            case ast.If(test=ast.Constant(value=value)) if not value:
                return sum(map(self.count, node.orelse))
            case ast.For() | ast.AsyncFor() if over_nothing(node.iter):
                return sum(map(self.count, node.orelse))
            case ast.Try() if any(map(_swallows, node.handlers)):
                return sum(map(self.count, [*node.handlers, *node.orelse, *node.finalbody]))
            case ast.With() if any(_suppresses(item.context_expr) for item in node.items):
                return 0
        found = int(asserts(node) and not (isinstance(node, ast.Call) and _name(node) in self.hollow))
        for _, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    found += self.count(child)
                if isinstance(child, ast.Return | ast.Raise | ast.Break | ast.Continue):
                    break
        return found


def _live(node: ast.AST) -> int:
    return _Living().count(node)


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Whether a failed assertion ends in it."""
    named = {one.id for one in ast.walk(handler.type) if isinstance(one, ast.Name)} if handler.type else _CAUGHT
    goes_on = any(isinstance(one, ast.Raise) or asserts(one) for line in handler.body for one in ast.walk(line))
    return bool(named & _CAUGHT) and not goes_on


def _suppresses(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return _name(node) == "suppress" and any(isinstance(one, ast.Name) and one.id in _CAUGHT for one in node.args)


def asserts(node: ast.AST) -> bool:
    """Whether this piece of syntax is an assertion by itself."""
    if isinstance(node, ast.Assert):
        return not _always_holds(node.test)
    if not isinstance(node, ast.Call):
        return False
    return bool(_CALLS.fullmatch(_name(node)))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


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
