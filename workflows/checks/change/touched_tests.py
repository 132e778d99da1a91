"""Which tests of an edited file are not as they were, so that no others of it need to be run over other code (Python).

A file of tests may take longer than there is time for, of which a change touches one test.
"""

from __future__ import annotations

import ast
import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflows.reports.narrow import MOST

_END = "the end of a class"


@dataclass(frozen=True, slots=True)
class TouchedTests:
    """What of a file's tests an edit touches.

    `functions` are names of test functions that are new, gone or different, whatever class they stand in; `ids` those
    that the file has now, each behind the names of its classes. `alone` says that all else in the file is as it was,
    so that what its other tests say is known.
    """

    functions: frozenset[str]
    ids: tuple[str, ...] = ()
    alone: bool = False

    def holds(self, name: str) -> bool:
        """Whether a test, by its name in a report, is or may be one of them."""
        return name.partition("[")[0].rpartition("::")[2] in self.functions


def touched_tests(path: str, before: bytes, after: bytes) -> TouchedTests | None:
    """What an edit of a module of tests touches; None where it cannot be told."""
    if not path.endswith(".py"):
        return None
    try:
        old, new = (_Parts.of(ast.parse(source)) for source in (before, after))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    touched = {name for name in {*old.tests, *new.tests} if old.tests.get(name) != new.tests.get(name)}
    functions = frozenset(name.rpartition("::")[2] for name in touched)
    ids = tuple(name for name in new.tests if name in touched)
    return TouchedTests(functions, ids, alone=old.rest == new.rest)


@dataclass(frozen=True, slots=True)
class _Parts:
    """A module's tests by their names, each with all that is defined under it, and the rest of the module."""

    tests: Mapping[str, Sequence[str]]
    rest: Sequence[str]

    @classmethod
    def of(cls, module: ast.Module) -> _Parts:
        tests: dict[str, list[str]] = defaultdict(list)
        rest = list(_sorted_out(module.body, "", tests, frozenset(_spoken_of(module))))
        return cls(dict(tests), rest)


def _sorted_out(
    body: Sequence[ast.stmt], above: str, tests: dict[str, list[str]], served: frozenset[str]
) -> Iterator[str]:
    """Put tests where they belong; what is none, in order. What is called as a test may serve others: `served`."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node, served):
            tests[f"{above}{node.name}"].append(ast.dump(node))
        elif isinstance(node, ast.ClassDef):
            inner = list(_sorted_out(node.body, f"{above}{node.name}::", tests, served))
            yield ast.dump(ast.ClassDef(**{**dict(ast.iter_fields(node)), "body": []}))
            yield from (*inner, _END)
        else:
            yield ast.dump(node)


def _is_test(node: ast.FunctionDef | ast.AsyncFunctionDef, served: frozenset[str]) -> bool:
    fixture = any("fixture" in ast.dump(one) for one in node.decorator_list)
    return node.name.startswith("test") and not fixture and node.name not in served


def _spoken_of(module: ast.Module) -> Iterator[str]:
    """Names that something in a module uses, as names, arguments or words of a text."""
    for node in ast.walk(module):
        match node:
            case ast.Name():
                yield node.id
            case ast.Attribute():
                yield node.attr
            case ast.arg():
                yield node.arg
            case ast.Constant(value=str() as text):
                yield text


def one_by_one(names: Collection[str], file_of: Mapping[str, str]) -> tuple[str, ...]:
    """What pytest is called with for tests, by their names in reports: `FILE::CLASS::FUNCTION`, from the tree's root.

    `file_of` says which file each is in. Of a test that is run with several values, all are.
    """
    found: dict[str, None] = {}
    for name in names:
        inside = name.partition("[")[0].partition("::")[2]
        found[f"{posixpath.normpath(file_of[name])}::{inside}" if inside else file_of[name]] = None
    return tuple(found) if len(found) <= MOST else tuple(dict.fromkeys(file_of[name] for name in names))
