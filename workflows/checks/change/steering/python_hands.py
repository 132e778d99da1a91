"""What of Python code lays hands on the process that checks it: counted from its syntax, not from its letters.

Counted, so that only what a change adds is told: a line that moves is not, and one that comes
out of a text is. What is put together at run time gets by; that `exec`, `eval` and imports by a
name that is made up are told is all that can be done about it.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from functools import cache

from workflows.checks.change.steering.python_replaced import replaced

_RUNNERS = {"pytest", "_pytest", "unittest", "pluggy", "nose", "nose2", "hypothesis", "doctest", "xdist", "coverage"}
_SKIPS = {
    *("skip", "skipif", "skipIf", "skipUnless", "xfail", "expectedFailure", "importorskip", "skipTest", "SkipTest"),
    *("exit", "collect_ignore", "collect_ignore_glob"),
}
_ENDS = re.compile(
    r"_exit|abort|exec[lv]p?e?|posix_spawnp?|kill(pg)?|raise_signal|settrace|setprofile|get_objects|dup2|addaudithook"
    r"|_getframe|_current_frames|currentframe|get(outer|inner)frames|walk_stack|tb_frame|(gi|cr|ag)_frame"
    r"|f_(back|globals|locals|builtins)|__globals__|__closure__|cell_contents|__subclasses__|__builtins__|meta_path|path_hooks|path_importer_cache"
    # what loads code from where it is not looked at
    r"|resolve_name|SourceFileLoader|SourcelessFileLoader|spec_from_(file_location|loader)|CodeType|FunctionType"
    # a runner's own, as fixtures hand it out
    r"|pluginmanager|testsfailed|testscollected|runtest|pyfuncitem|add_marker|_outcome|_feedErrorsToResult"
)
_WHOLE = {
    "atexit",
    "ctypes",
    "gc",
    "faulthandler",
    "builtins",
    "_thread",
    "runpy",
    "marshal",
    "code",
    "codeop",
    "zipimport",
    "py_compile",
    "compileall",
}
"""Modules that are told as soon as they are imported."""
_RUN = {"exec", "eval", "compile", "__import__"}
_HOOKS = re.compile(r"pytest_\w+|load_tests|__tracebackhide__")
_NAMED = re.compile(
    r"(?:_pytest|pytest|pluggy|unittest|nose2?|doctest|xdist|coverage)(?:[.:]\w.*)?|PYTEST_\w+", re.DOTALL
)
_SPOKEN = re.compile(r"[\w./:\\-]*(?:py\.?test|PYTEST_|unittest)[\w./:\\-]*(?<!\.org)")
"""A runner in a text of code that is no test: how it would be found, or told that it is there."""
_CODE = re.compile(r"\b(?:import|exec|eval)\b")
_MOST_CODE = 200_000
"""Characters of a text that is read as code."""
_DEEPEST = 3
"""Texts of code within texts of code."""
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


@cache
def _judges() -> frozenset[str]:
    """What a class of tests inherits and is judged by: as members of their own they judge otherwise."""
    from unittest import TestCase  # a megabyte, which only who looks at tests needs

    return frozenset(n for n in dir(TestCase) if n.startswith(("assert", "fail", "run", "debug"))) | {"__call__"}


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


def _found(tree: ast.Module, is_test: bool, depth: int = 0) -> Iterator[str]:
    yield from _by_name(tree, is_test)
    yield from replaced(tree, is_test=is_test)
    for code in () if is_test or depth >= _DEEPEST else _code_within(tree):
        yield from _found(code, is_test, depth + 1)
    if is_test:
        yield from _rewritten(tree)
    else:
        yield from _alike(tree)
    system = {name for name, origin in _imported(tree) if origin == "sys"} | {"sys"}
    runners = {name: origin for name, origin in _imported(tree) if origin.partition(".")[0] in _RUNNERS}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from _imports([name.name for name in names], is_test)
            case ast.ImportFrom(module=str(module), names=names):
                yield from _imports([module], is_test)
                yield from _taken(module, [name.name for name in names])
            case ast.Attribute():
                yield from _attribute(node, runners, system)
            case ast.Call(func=ast.Name(id=name), args=[target, *more]):
                yield from _call(name, target, more, runners, system)
            case ast.Name(id=name, ctx=ast.Load()) if name in _RUN:
                yield name
            case ast.Name(id=name, ctx=ast.Store()) if name in _SKIPS or _HOOKS.fullmatch(name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _HOOKS.fullmatch(name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _root(value) in runners:
                runners.setdefault(name, runners[_root(value)])  # another name for it


def _rewritten(tree: ast.Module) -> Iterator[str]:
    """Calls, as a module of tests is loaded, that put something else in the place of what it has defined."""
    loaded = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    for node in (one for statement in loaded for one in ast.walk(statement)):
        match node:
            case ast.Call(func=ast.Name(id="globals" | "vars" | "setattr" | "delattr" as name)):
                yield f"{name} as it is loaded"
            case ast.Call(func=ast.Attribute(attr="__setattr__" | "__delattr__" as name)):
                yield f"{name} as it is loaded"


_PLAIN = {"float", "int", "str", "bytes", "complex", "bool", "Decimal", "Fraction"}


def _alike(tree: ast.Module) -> Iterator[str]:
    """Objects of the code that are equal to whatever they are compared with: every test of such a one passes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _otherwise_equal(node)
        for member in node.body if isinstance(node, ast.ClassDef) else ():
            match member:
                case ast.FunctionDef(name="__eq__" as name, body=[*_, ast.Return(value=ast.Constant(value=True))]):
                    if not any(isinstance(one, ast.If | ast.Return) for one in member.body[:-1]):
                        yield f"{name} is always true"
                case ast.Assign(
                    targets=[ast.Name(id="__eq__" as name)], value=ast.Lambda(body=ast.Constant(value=True))
                ):
                    yield f"{name} is always true"


def _otherwise_equal(node: ast.ClassDef) -> Iterator[str]:
    """A number or a text that says itself what it is equal to: it is whatever a test wants it to be."""
    plain = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id in _PLAIN]
    own = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    if plain and "__eq__" in own:
        yield f"a {plain[0]} with an __eq__ of its own"


def _by_name(tree: ast.Module, is_test: bool) -> Iterator[str]:
    """Runners that are named in texts, and judges that a class of tests has in place of those it inherits."""
    told = {id(node) for node in _texts(tree)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() | bytes() as text) if id(node) not in told:
                yield from _spoken(text, is_test)
            case ast.ClassDef(body=body) if is_test:
                yield from (f"{name} of its own" for name in _members(body) if name in _judges())
            case ast.Name(id="__builtins__"):
                yield "__builtins__"


def _texts(tree: ast.Module) -> Iterator[ast.expr]:
    """Texts that stand for themselves: of a module, a class, a function, or in place of a comment."""
    return (
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _code_within(tree: ast.Module) -> Iterator[ast.Module]:
    """Code that stands in a text: what writes it to a file, and imports that, has it run."""
    told = {id(node) for node in _texts(tree)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in told and len(text) <= _MOST_CODE:
                if _CODE.search(text) and re.search(r"\W", text.strip()):  # a word alone is no code
                    with suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                        yield ast.parse(text)


def _members(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def _spoken(text: str | bytes, is_test: bool) -> Iterator[str]:
    """A runner, or a part of one, that is named in a text: `patch("_pytest.python.Function.runtest")`."""
    if isinstance(text, bytes):  # what is unpickled names modules, too
        yield from re.findall(r"_pytest\b", text.decode("latin-1"))
    elif _NAMED.fullmatch(text.strip()):
        if not is_test or re.search(r"[.:]|^_pytest$|^PYTEST_CURRENT", text):
            yield text.strip()[:40]
    elif (found := re.search(r"\b_pytest\b", text) or (None if is_test else _SPOKEN.fullmatch(text))) is not None:
        yield found[0][:40]


def _attribute(node: ast.Attribute, runners: Mapping[str, str], system: Collection[str]) -> Iterator[str]:
    root = _root(node.value)
    if isinstance(node.ctx, ast.Store | ast.Del) and root in runners:
        yield f"{runners[root]}.{node.attr} is replaced"
    elif _ENDS.fullmatch(node.attr) or (node.attr in _SKIPS and root in {*runners, "self", "cls"}):
        yield node.attr
    elif node.attr in ("modules", "__dict__", "monitoring") and root in system:
        yield f"sys.{node.attr}"
    elif node.attr in ("stack", "trace") and root == "inspect":
        yield f"inspect.{node.attr}"
    elif node.attr == "items" and isinstance(node.value, ast.Attribute) and node.value.attr == "session":
        yield "session.items"


def _call(
    name: str, target: ast.expr, more: list[ast.expr], runners: Mapping[str, str], system: Collection[str]
) -> Iterator[str]:
    if (name == "vars" and _root(target) in system) or (name == "getattr" and more and _says(more[0], "modules")):
        yield "sys.modules"
    if name in ("setattr", "delattr") and _root(target) in runners:
        yield f"{name} on {runners[_root(target)]}"
    if name == "getattr" and more and isinstance(more[0], ast.Constant) and _ENDS.fullmatch(str(more[0].value)):
        yield str(more[0].value)


def _taken(module: str, names: list[str]) -> Iterator[str]:
    """What is imported from a module by its own name."""
    root = module.partition(".")[0]
    yield from (f"{module}.{name}" for name in names if _ENDS.fullmatch(name))
    yield from (f"{module}.{name}" for name in names if module == "sys" and name == "modules")
    yield from (f"{module}.{name}" for name in names if module in ("os", "sys", "signal", "inspect") and name == "*")
    yield from (f"{module}.{name}" for name in names if module == "inspect" and name in ("stack", "trace"))
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


def _says(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _root(node: ast.expr) -> str:
    """The name that an expression of attributes, calls and items begins with, "" where it begins otherwise."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
