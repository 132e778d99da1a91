"""What of Python code puts something else in the place of what the runner uses: the library's own functions, a way to
modules that nobody looks at, bytecode beside its sources, the pipe of the report.

The runner shares its process with the code that it checks. What that code makes of `os.makedirs` or `sys.exit`, the
runner calls.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

_USED = frozenset({"packaging", "pygments", "iniconfig", "exceptiongroup", "tomli", "colorama", "attr", "execnet"})
"""What runners are made of, beside Python's own."""
_FREE = frozenset(
    {
        *("sys.argv", "sys.stdin", "sys.stdout", "sys.stderr", "sys.path", "sys.excepthook", "sys.displayhook"),
        *("sys.ps1", "sys.ps2", "sys.tracebacklimit", "threading.excepthook", "tempfile.tempdir"),
        *("warnings.showwarning", "warnings.formatwarning", "ssl._create_default_https_context"),
    }
)
"""Made to be replaced, and nothing by which a runner tells what it found."""
_SIGNALS = ("setitimer", "alarm", "pthread_kill", "sigqueue")
"""By these a process interrupts itself, wherever its runner is just then."""
_BYTECODE = ("MAGIC_NUMBER", "source_hash", "cache_from_source", "pycache_prefix")
_PLACES = re.compile(r"/tmp/reports\b|/proc/[^/\s]{1,40}/mem\b|[\w)}%]\.pyc\b|__pycache__[/\\][\w{%]")
"""Texts that name a report's pipe, a process' memory, or bytecode of a source."""


def replaced(tree: ast.Module, *, is_test: bool) -> Iterator[str]:
    """Each thing by its name, as often as it stands there."""
    library = dict(_library(tree))
    for node in ast.walk(tree):
        yield from (name for target in _stored(node) for name in _targets(target, library))
        yield from _used(node, library, is_test=is_test)


def _stored(node: ast.AST) -> Sequence[ast.expr]:
    """What a statement gives another value, or takes away."""
    match node:
        case ast.Assign(targets=targets, value=value) if not isinstance(value, ast.Constant):
            return targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target) | ast.For(target=target):
            return [target]
        case ast.With(items=items):
            return [item.optional_vars for item in items if item.optional_vars]
        case ast.Delete(targets=targets):
            return targets
    return ()


def _used(node: ast.AST, library: Mapping[str, str], *, is_test: bool) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[target, *_]) if name := _path(target, library):
            yield f"{name} is replaced"
        case ast.Call(func=ast.Name(id="vars"), args=[target]) if name := _path(target, library):
            yield f"vars of {name}"
        case ast.Attribute(attr="__dict__" | "__setattr__" | "__delattr__", value=value) if name := _path(
            value, library
        ):
            yield f"{node.attr} of {name}"
        case ast.Attribute() if (name := _path(node, library)) and _is_way_around(name, is_test=is_test):
            yield name
        case ast.ImportFrom(module=str(module), names=names):
            found = (f"{module}.{one.name}" for one in names)
            yield from (name for name in found if _is_way_around(name, is_test=is_test))
        case ast.Constant(value=str(text)) if said := _PLACES.search(text):
            yield said[0]


def _is_way_around(name: str, *, is_test: bool) -> bool:
    """Whether it interrupts the process, has to do with bytecode, or, but in tests, with where modules are found."""
    root, _, last = name.rpartition(".")
    return (
        (root == "signal" and last in _SIGNALS)
        or last in _BYTECODE
        or (not is_test and name in ("sys.path", "site.addsitedir"))
    )


def _targets(target: ast.expr, library: Mapping[str, str]) -> Iterator[str]:
    """What of the library an assignment to this replaces."""
    match target:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for one in elements:
                yield from _targets(one, library)
        case ast.Starred(value=value):
            yield from _targets(value, library)
        case ast.Attribute() if (name := _path(target, library)) and name not in _FREE:
            yield f"{name} is replaced"
        case ast.Attribute(attr="__code__" | "__bases__" as name):
            yield f"{name} is replaced"
        case ast.Attribute(value=ast.Attribute(attr="__class__", value=whose)) if not _is_own(whose):
            yield "a class is changed by what is of it"
        case ast.Attribute(value=ast.Call(func=ast.Name(id="type"), args=[whose])) if not _is_own(whose):
            yield "a class is changed by what is of it"


def _is_own(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _path(node: ast.expr, library: Mapping[str, str]) -> str:
    """The full name of something in the library, as `os.path.join`; "" for all else."""
    said: list[str] = []
    while isinstance(node, ast.Attribute):
        said.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in library:
        return ""
    return ".".join((library[node.id], *reversed(said)))


def _library(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """By which names code knows what of the library, other names that it gives them too."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                name = one.name if one.asname else one.name.partition(".")[0]
                known[one.asname or name] = name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            known |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    known = {name: origin for name, origin in known.items() if _is_of_library(origin)}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Attribute() as value):
                if (origin := _path(value, known)) and name not in known:
                    known[name] = origin
    yield from known.items()


def _is_of_library(origin: str) -> bool:
    root = origin.partition(".")[0]
    return root in sys.stdlib_module_names or root in _USED
