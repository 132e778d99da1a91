"""Cases that are taken out of what a test goes through: rows of a table in its text, beside it, or in a file of data.

A loop over a table is one test to the runner, however many rows there are: that one is gone is in no report. Only what
is gone through counts as a table; the values that a test compares with may be fewer for good reason.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workflows.checks.change.weakening.letter_tables import tables_by_letters
from workflows.policy.check_files import is_code

_EXPECTED = re.compile(
    r"(^|/)(goldens?|snapshots?|__snapshots__|expected|approved|cassettes)/|\.(snap|ambr|golden|approved)\b"
)
_ITEM = re.compile(r"^- ", re.MULTILINE)
_WRAPS = (
    "enumerate",
    "sorted",
    "list",
    "tuple",
    "reversed",
    "zip",
    "items",
    "values",
    "keys",
    "iter",
    "param",
    "cycle",
)
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Cases:
    """What a test goes through: its rows, as far as they can be told, and how often it leaves some of them out."""

    rows: frozenset[str] = frozenset()
    leaves_out: int = 0


Tables = Mapping[str, Cases]
"""What is gone through in a file: under the names of tests, as in `held_by_tests`, or of tables, as `PATH::NAME`."""


def lost_cases(before: Tables, after: Tables, anywhere: frozenset[str]) -> dict[str, int]:
    """The tests and tables with fewer rows than before, or that leave more of them out; each with the rows it has left.

    `anywhere` are all rows of the changed files of tests, as they are now: what moved is not lost.
    """
    found: dict[str, int] = {}
    came = anywhere - frozenset(row for one in before.values() for row in one.rows)
    for name, was in before.items():
        now = after.get(name)
        gone = was.rows - anywhere
        if now is None:
            fewer = len(came) < len(gone) and len(was.rows) >= _LEAST
        else:
            fewer = bool(gone) and len(now.rows) < len(was.rows)
        if fewer or (now is not None and now.leaves_out > was.leaves_out):
            found[name] = max(1, len(now.rows) if now else 0)
    return found


def tables(path: str, source: bytes) -> Tables:
    """What the tests of a file go through; nothing where it cannot be read, or is something to compare with."""
    if _EXPECTED.search(path):
        return {}
    try:
        if path.endswith(".py"):
            return dict(_in_python(path, ast.parse(source)))
        text = source.decode("utf-8", "replace")
        if is_code(path):
            return {name: Cases(rows, left_out) for name, rows, left_out in tables_by_letters(path, text)}
        return {path: Cases(rows)} if (rows := frozenset(_of_data(path, text))) else {}
    except (SyntaxError, ValueError, RecursionError, MemoryError, csv.Error):
        return {}


def _of_data(path: str, text: str) -> Iterator[str]:
    """The rows of a file that is one list of them."""
    kind = path.rpartition(".")[2].lower()
    if kind == "json":
        found = json.loads(text or "null")
        yield from (json.dumps(one, sort_keys=True) for one in found) if isinstance(found, list) else ()
    elif kind in ("csv", "tsv", "jsonl", "ndjson"):
        yield from (line.strip() for line in text.splitlines() if line.strip())
    elif kind in ("yml", "yaml"):
        yield from (" ".join(one.split()) for one in _ITEM.split(text)[1:])


@dataclass(slots=True)
class _Scope:
    """What is iterated over in a test, or beside tests."""

    rows: set[str] = field(default_factory=set)
    leaves_out: int = 0


def _in_python(path: str, tree: ast.Module) -> Iterator[tuple[str, Cases]]:
    used = {name for node in ast.walk(tree) for one in _iterated(node) for name in _names(one)}
    holds_tests = False
    for name, node in _functions(tree, ""):
        holds_tests = True
        scope = _Scope(leaves_out=_left_out(node))
        own = {one for inner in ast.walk(node) for it in _iterated(inner) for one in _names(it)}
        for inner in ast.walk(node):
            for one in _iterated(inner):
                scope.rows.update(_rows(one))
            if isinstance(inner, ast.Assign) and any(isinstance(t, ast.Name) and t.id in own for t in inner.targets):
                scope.rows.update(_rows(inner.value))
        yield f"{path}::{name}", Cases(frozenset(scope.rows), scope.leaves_out)
    for name, value in _assigned(tree.body, ""):
        rows = frozenset(_rows(value))
        grouped = all(one.startswith(("Tuple", "List", "Dict", "Call")) for one in rows)
        if len(rows) >= 1 and (name.rpartition(".")[2] in used or (grouped and not holds_tests)):
            yield f"{path}::{name}", Cases(rows)


def _functions(node: ast.AST, above: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{above}{child.name}::")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.startswith("test"):
            yield f"{above}{child.name}", child


def _assigned(body: list[ast.stmt], above: str) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        match node:
            case ast.ClassDef():
                yield from _assigned(node.body, f"{above}{node.name}.")
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield f"{above}{name}", value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield f"{above}{name}", value


def _iterated(node: ast.AST) -> Iterator[ast.expr]:
    """What this piece of syntax goes through: of a loop or a comprehension. A parametrised test
    has a name for each."""
    match node:
        case ast.For(iter=one) | ast.AsyncFor(iter=one) | ast.comprehension(iter=one):
            yield one
        case ast.Call(func=ast.Name(id="map"), args=[_, one]):
            yield one


def _rows(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.List(elts=rows) | ast.Tuple(elts=rows) | ast.Set(elts=rows):
            yield from map(ast.dump, rows)
        case ast.Dict(keys=keys, values=values):
            yield from (
                f"Dict {ast.dump(key) if key else ''}: {ast.dump(value)}"
                for key, value in zip(keys, values, strict=True)
            )
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in _WRAPS:
            for one in [*args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]:
                yield from _rows(one)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from (*_rows(left), *_rows(right))


def _names(node: ast.expr) -> Iterator[str]:
    """The tables that an iterated expression speaks of."""
    yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name))
    yield from (one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute))


def _left_out(test: ast.AST) -> int:
    """How often a test leaves something out of what it goes through, or ends before its end."""
    found = 0
    for node in _without_inner(test):
        found += isinstance(node, ast.Continue | ast.Break)
        found += isinstance(node, ast.Return) and node.value is None
        for one in _iterated(node):
            found += sum(isinstance(part, ast.Slice) for part in ast.walk(one))
            found += sum(isinstance(part, ast.Name) and part.id in ("islice", "filter") for part in ast.walk(one))
        found += len(node.ifs) if isinstance(node, ast.comprehension) else 0
    return found


def _without_inner(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from _without_inner(child)
