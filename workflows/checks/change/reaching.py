"""Files of tests that do something to what other tests of the same process use: a function of the code put in another
one's place, a setting that is left behind.

What is told here only has the base's tests run once more without these files, so that what is harmless may look so,
too.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping

_STARTS = ("start", "enter_context")
_CHANGES = {
    *("append", "add", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update", "register"),
    *("__setattr__", "__delattr__", "__setitem__", *_STARTS, "reload", "exec_module", "MonkeyPatch"),
}
_RUNS = {"setattr", "delattr", "exec", "eval", "vars", "globals", "__import__", "compile", "MonkeyPatch", "reload"}
_LETTERS = {
    "js": r"^\s*(?:[A-Z]?\w+\.)+\w+\s*=(?![=>])|\bObject\.(?:assign|definePropert\w+|setPrototypeOf)\("
    r"|\b(?:jest|vi|mock|td|sinon)\.\w+\(|\bproxyquire\b|\brequire\.cache\b|\bglobalThis\b|\bglobal\.\w+\s*="
    r"|\bprocess\.env\b|\[[^\]\n]{1,60}\]\s*=(?![=>])",
    "rb": r"^(?:class|module) (?!.*(?:Test|Spec)\b)|\b(?:class_eval|instance_eval|module_eval|define_method"
    r"|define_singleton_method|alias_method|prepend|remove_method|undef_method|remove_const|const_set|refine"
    r"|instance_variable_set|class_variable_set|send|stub\w*|allow\w*)\b|^def \w|\bENV\[|\$\w+\s*="
    r"|^\s*[A-Z]\w*(?:::\w+)*\.\w+\s*=(?!=)",
    "go": r"^func init\(|^\t*(?:[A-Za-z]\w*\.)*[A-Za-z]\w*(?:\[[^\]\n]{1,60}\])?\s*=(?!=)|\bos\.Setenv\("
    r"|^\t*delete\(|^var _ =",
    "php": r"^namespace (?!.*\bTests?\b)|^\s*[\\\w]{1,200}::\$\w+\s*=(?!=)|\$GLOBALS\b"
    r"|\b(?:putenv|ini_set|runkit\w*|uopz\w*|class_alias|define)\(",
    "java": r"\bset(?:Accessible|Default|Property|Static|Field)\w*\(|\bmock(?:Static|Construction)\("
    r"|^\s*[A-Z]\w*\.\w+\s*=(?!=)|\bstatic\s*\{",
    "ex": r"\b(?:Code\.(?:eval|compile)\w*|Application\.put_env|:meck|Mox|:persistent_term|System\.put_env)\b"
    r"|^defmodule (?!.*Test\b)",
}
_KINDS = {
    **dict.fromkeys(("js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts"), "js"),
    **dict.fromkeys(("java", "kt", "scala", "groovy", "cs"), "java"),
    **{"rb": "rb", "go": "go", "php": "php", "exs": "ex", "ex": "ex"},
}
_COMPILED = {kind: re.compile(pattern, re.MULTILINE) for kind, pattern in _LETTERS.items()}


def reaches(path: str, before: bytes, after: bytes) -> bool:
    """Whether a file of tests does more of this than before; b"" where there was none."""
    return bool(_found(path, after) - _found(path, before))


def _found(path: str, source: bytes) -> Counter[str]:
    if path.endswith(".py"):
        try:
            return Counter(_in_python(ast.parse(source)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return Counter({"what cannot be read": 1})
    pattern = _COMPILED.get(_KINDS.get(path.rpartition(".")[2], ""))
    return (
        Counter(found[0].strip() for found in pattern.finditer(source.decode("utf-8", "replace")))
        if pattern
        else Counter()
    )


def _in_python(tree: ast.Module) -> Iterator[str]:
    imported = {
        (one.asname or one.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for one in node.names
    }
    known = dict.fromkeys(imported, "")
    for node in ast.walk(tree):  # another name for something imported
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Attribute() as value) if (
                _root(value) in known
            ):
                known[name] = ""
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=called)) if "patch" in ast.unparse(called):
                known[name] = ""
    for node in ast.walk(tree):
        yield from _done(node, known)


def _done(node: ast.AST, imported: Mapping[str, str]) -> Iterator[str]:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            if _root(node) in imported:
                yield ast.unparse(node)
        case ast.Call(func=ast.Name(id=name)) if name in _RUNS:
            yield name
        case ast.Call(func=ast.Attribute(attr=name) as called) if name in _CHANGES:
            if _root(called) in imported or (name in _STARTS and "patch" in ast.unparse(called)):
                yield f".{name}"
        case ast.Call(keywords=keywords) | ast.ClassDef(keywords=keywords):
            for one in keywords:  # a fixture of its own that holds for more than one test
                value = one.value.value if isinstance(one.value, ast.Constant) else None
                if (one.arg == "autouse" and value) or (one.arg == "scope" and value != "function"):
                    yield f"{one.arg} of a fixture"
        case ast.Global():
            yield "global"


def _root(node: ast.expr) -> str:
    """The name that an expression begins with, through attributes, items and calls."""
    while True:
        match node:
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Call(func=inner):
                node = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""
