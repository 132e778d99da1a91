"""What of a Python test can not fail though it is an assertion: never called, over nothing, or overridden."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator


def over_nothing(node: ast.expr) -> bool:
    """Whether a loop over this goes through nothing."""
    match node:
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant(value=0))):
            return True
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=0)]):
            return True
        case ast.Call(func=ast.Name(id="list" | "tuple" | "dict" | "set" | "iter"), args=[], keywords=[]):
            return True
        case ast.Call(func=ast.Name(id="enumerate" | "sorted" | "list" | "tuple" | "reversed"), args=[inner, *_]):
            return over_nothing(inner)
    return False


def never_called(test: ast.AST) -> set[ast.AST]:
    """The functions within a test that nothing in it speaks of."""
    spoken = {one.id for one in ast.walk(test) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    found: set[ast.AST] = set()
    for one in ast.walk(test):
        match one:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if one is not test and not one.decorator_list:
                if one.name not in spoken and not one.name.startswith("test"):
                    found.add(one)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as made) if name not in spoken:
                found.add(made)
            case ast.Expr(value=ast.Lambda() as made):
                found.add(made)
    return found


def overridden(module: ast.Module, is_assertion: Callable[[str], bool], live: Callable[[ast.AST], int]) -> set[str]:
    """Names of assertions that a module defines itself, without anything in them that can fail."""
    return {name for name, body in _defined(module) if is_assertion(name) and not live(body) and not _raises(body)}


def _defined(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for one in ast.walk(module):
        match one:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield one.name, ast.Module(body=one.body, type_ignores=[])
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=ast.Lambda(body=body)):
                yield name, body


def _raises(body: ast.AST) -> bool:
    return any(isinstance(one, ast.Raise) for one in ast.walk(body))
