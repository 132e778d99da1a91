"""What tests use of their own files, told from data: a helper that judges for them, edited, has them ask for less.

A test whose own text nobody touched is not brought round to a new behaviour by an edit of itself. What it calls may
be: the code of helpers, matchers, tolerances. Values that it compares with are data, and to edit those is to demand
otherwise.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workflows.checks.change.weakening.alive import without_comments
from workflows.checks.change.weakening.titled_tests import starts_of_tests
from workflows.policy.check_files import is_code

_TOLERANCE = re.compile(
    r"toler|eps(?:ilon)?(?![a-z])|delta|precis|places|margin|slack|fuzz|digits|within|(?<![a-z])(?:[ar]tol|rel|abs|strict"
    r"|ignor\w*|skip\w*|allow\w*)(?![a-z])",
    re.IGNORECASE,
)
"""Names of values that say how much a test lets pass."""
_DECLARES = re.compile(
    r"^(?:(?:export|public|private|static|final|const|let|var|val|my|our|global)\s+){0,4}([\w$]{1,80})\s*(?::=|[:=])(?!=)"
)
_LITERAL = re.compile(
    r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`|\b\d[\w.]*|\b(?:true|false|null|nil|None|True|False|undefined)\b"
)
_KEY = re.compile(r"[\w$]{1,80} ?(?::|=>|=)(?!=)")
_PUNCTUATION = re.compile(r"[\s\[\]{}(),:;=|+>_-]*")
_DYNAMIC = re.compile(r"\$\{|%[sdiojp]|#\{")
_UNTIL_END = re.compile(r"\bdo\b|^\s*def\b")
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit of a file of tests, or of what serves them, touches.

    `tests` are those whose own text is another one, named as by `held_by_tests`; the file itself where some of its
    tests have no title that can be read. `helps` says that code beside the tests is another one.
    """

    tests: frozenset[str] = frozenset()
    helps: bool = False


def edited(path: str, before: bytes, after: bytes) -> Edited:
    """What is different. A file that is new, or gone, is b"" on that side."""
    if not is_code(path):
        return Edited()
    if path.endswith(".py"):
        old, new = _in_python(before), _in_python(after)
    else:
        old, new = _elsewhere(path, before), _elsewhere(path, after)
    if old is None or new is None:
        return Edited(frozenset({path}), helps=False)
    mark = "::" if path.endswith(".py") else " > "
    titles = {title for title in {*old.tests, *new.tests} if old.tests.get(title) != new.tests.get(title)}
    names = {f"{path}{mark}{title}" for title in titles if not _DYNAMIC.search(title)}
    if len(names) < len(titles):
        names.add(path)
    return Edited(frozenset(names), helps=old.code != new.code)


@dataclass(frozen=True, slots=True)
class _Sides:
    tests: Mapping[str, str]
    code: Counter[str]


def _in_python(source: bytes) -> _Sides | None:
    try:
        tree = ast.parse(source)
        tests: dict[str, str] = {}
        code = Counter(_beside_tests(tree.body, "", tests))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _Sides(tests, code)


def _beside_tests(body: list[ast.stmt], above: str, tests: dict[str, str]) -> Iterator[str]:
    """The code of a module that is none of a test's; the tests themselves go where they belong."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("test"):
                tests[f"{above}{name}"] = tests.get(f"{above}{name}", "") + ast.dump(node)
            case ast.ClassDef():
                inner = list(_beside_tests(node.body, f"{above}{node.name}::", tests))
                yield from (f"{above}{node.name}: {one}" for one in inner)
                yield f"{above}{node.name}({', '.join(map(ast.dump, [*node.bases, *node.decorator_list]))})"
            case ast.Import(names=names):
                yield from (f"{one.asname or one.name} is {one.name}" for one in names)
            case ast.ImportFrom(names=names):
                yield from (f"{one.asname or one.name} is {node.level}{node.module}.{one.name}" for one in names)
            case ast.Expr(value=ast.Constant()):
                pass
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_data(name, value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if _is_data(name, value):
                pass
            case _:
                yield ast.dump(node)


def _is_data(name: str, value: ast.expr) -> bool:
    if _TOLERANCE.search(name):
        return False
    kinds = (
        ast.Constant,
        ast.List,
        ast.Tuple,
        ast.Dict,
        ast.Set,
        ast.UnaryOp,
        ast.unaryop,
        ast.expr_context,
        ast.keyword,
        ast.Call,
        ast.Name,
        ast.Attribute,
        ast.JoinedStr,
        ast.FormattedValue,
        ast.BinOp,
        ast.operator,
    )
    holds = isinstance(value, ast.Constant | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.UnaryOp)
    return holds and all(isinstance(one, kinds) for one in ast.walk(value))


def _elsewhere(path: str, source: bytes) -> _Sides:
    text = without_comments(source.decode("utf-8", "replace"))
    tests: dict[str, str] = {}
    code: Counter[str] = Counter()
    at = 0
    starts = list(starts_of_tests(path, text))
    for (title, start), end in zip(starts, [*(start for _, start in starts[1:]), len(text)], strict=False):
        own = _own(text[start:end])
        tests[title] = tests.get(title, "") + " ".join(own.split())
        code.update(_code_lines(text[at:start]))
        at = start + len(own)
    code.update(_code_lines(text[at:]))
    return _Sides(tests, code)


def _own(text: str) -> str:
    """The lines of one test at the beginning of a text: up to where its brackets are closed, or to its `end`."""
    depth, length = 0, 0
    lines = text.splitlines(keepends=True)
    ended = f"{lines[0][: len(lines[0]) - len(lines[0].lstrip())]}end" if _UNTIL_END.search(lines[0]) else ""
    for number, line in enumerate(lines):
        length += len(line)
        depth += sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
        if ended:
            if line.rstrip() == ended:
                return text[:length]
        elif depth <= 0 and not (number + 1 < len(lines) and lines[number + 1].lstrip().startswith("{")):
            return text[:length]
    return text


def _code_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        said = " ".join(line[:_LONGEST].split())
        if said and not _only_data(said) and not _PUNCTUATION.fullmatch(said):
            yield said


def _only_data(line: str) -> bool:
    """Whether a line holds nothing but values and what they are called, and none that says how much passes."""
    declared = _DECLARES.match(line)
    if _TOLERANCE.search(declared[1] if declared else ""):
        return False
    left = _LITERAL.sub("", line[declared.end() :] if declared else line)
    return bool(_PUNCTUATION.fullmatch(_KEY.sub("", left)))
