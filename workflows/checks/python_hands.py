"""What of Python code lays hands on the process that checks it: counted from its syntax, not from its letters.

Counted, so that only what a change adds is told: a line that moves is not, and one that comes
out of a text is. What is put together at run time gets by; that `exec`, `eval` and imports by a
name that is made up are told is all that can be done about it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

_RUNNERS = {"pytest", "_pytest", "unittest", "pluggy", "nose", "nose2", "hypothesis", "doctest", "xdist", "coverage"}
_SKIPS = {
    *("skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure", "importorskip", "skipTest", "SkipTest"),
    *("exit", "collect_ignore", "collect_ignore_glob"),
}
_ENDS = re.compile(r"_exit|abort|exec[lv]p?e?|posix_spawnp?|kill(pg)?|_getframe|settrace|setprofile|get_objects|dup2")
_WHOLE = {"atexit", "ctypes", "gc", "faulthandler", "builtins", "_thread"}
"""Modules that are told as soon as they are imported."""
_RUN = {"exec", "eval", "compile", "__import__"}
_HOOKS = re.compile(r"pytest_\w+|load_tests|__tracebackhide__")
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


def hands(source: bytes, *, is_test: bool) -> Counter[str] | None:
    """What is laid hands on, and how often; None where this is no Python that can be read."""
    for line in source.split(b"\n", 2)[:2]:
        if (found := _CODING.match(line)) and found[1].lower() not in (b"utf-8", b"utf8", b"ascii", b"latin-1"):
            return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    counted: Counter[str] = Counter()
    try:
        counted.update(_found(tree, is_test))
    except RecursionError:
        return None
    return counted


def _found(tree: ast.Module, is_test: bool) -> Iterator[str]:
    runners = {name: origin for name, origin in _imported(tree) if origin.partition(".")[0] in _RUNNERS}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from _imports([name.name for name in names], is_test)
            case ast.ImportFrom(module=str(module), names=names):
                yield from _imports([module], is_test)
                yield from _taken(module, [name.name for name in names])
            case ast.Attribute():
                yield from _attribute(node, runners)
            case ast.Call(func=ast.Name(id=name), args=[target, *more]):
                yield from _call(name, target, more, runners)
            case ast.Name(id=name, ctx=ast.Load()) if name in _RUN:
                yield name
            case ast.Name(id=name, ctx=ast.Store()) if name in _SKIPS or _HOOKS.fullmatch(name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _HOOKS.fullmatch(name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _root(value) in runners:
                runners.setdefault(name, runners[_root(value)])  # another name for it


def _attribute(node: ast.Attribute, runners: Mapping[str, str]) -> Iterator[str]:
    root = _root(node.value)
    if isinstance(node.ctx, ast.Store | ast.Del) and root in runners:
        yield f"{runners[root]}.{node.attr} is replaced"
    elif _ENDS.fullmatch(node.attr) or (node.attr in _SKIPS and root in {*runners, "self", "cls"}):
        yield node.attr
    elif node.attr == "modules" and root == "sys":
        yield "sys.modules"


def _call(name: str, target: ast.expr, more: list[ast.expr], runners: Mapping[str, str]) -> Iterator[str]:
    if name in ("setattr", "delattr") and _root(target) in runners:
        yield f"{name} on {runners[_root(target)]}"
    if name == "getattr" and more and isinstance(more[0], ast.Constant) and _ENDS.fullmatch(str(more[0].value)):
        yield str(more[0].value)


def _taken(module: str, names: list[str]) -> Iterator[str]:
    """What is imported from a module by its own name."""
    root = module.partition(".")[0]
    yield from (f"{module}.{name}" for name in names if _ENDS.fullmatch(name))
    yield from (f"{module}.{name}" for name in names if root in _RUNNERS and name in _SKIPS)


def _imports(names: list[str], is_test: bool) -> Iterator[str]:
    for name in names:
        root = name.partition(".")[0]
        if root in _WHOLE or root == "_pytest" or (root in _RUNNERS and not is_test and root != "hypothesis"):
            yield root


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.asname or name.name.partition(".")[0], name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((name.asname or name.name, f"{node.module}.{name.name}") for name in node.names)


def _root(node: ast.expr) -> str:
    """The name that an expression of attributes, calls and items begins with, "" where it begins otherwise."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
