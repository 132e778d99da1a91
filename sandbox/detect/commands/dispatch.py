"""Shell scripts that do what their first argument says: `./do lint`, by an arm of `case "$1"` or a function's name."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass

from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

_FUNCTION = re.compile(
    r"(\s*)(?:function\s+)?([\w.:-]{1,80})\s*\(\)\s*\{?(.*)|(\s*)function\s+([\w.:-]{1,80})\s*\{(.*)"
)
_CASE = re.compile(r"""\s*case\s+["']?\$\{?(\w+)[^"']{0,20}["']?\s+in\b""")
_ARM = re.compile(r"([^()]{1,200})\)(.*)")
_SOURCED = re.compile(r"(?:source|\.)[ \t](.{1,300})")
_ARGUMENTS = re.compile(r"""["']?\$\{?[@*]\}?["']?""")
_LINES = 3000
_FILES = 12
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some lines of a script, from `line` (from 1) on."""

    path: str
    line: int
    text: str


def chosen(source: Source, script: str, words: tuple[str, ...]) -> list[Body]:
    """What a call of the script (a path of the tree) runs: of all that it can do what the first argument names, else
    the whole of it."""
    text = source.text(script)
    given = list(words)
    while given and given[0].rpartition("/")[2] != script.rpartition("/")[2]:
        given.pop(0)
    functions = source.once(f"functions {script}", lambda: _functions(source, script))
    whole = [Body(_unwrapped(_handed(text, given[1:]), functions), Evidence(script, 1, ""))]
    name, rest = next(iter(given[1:2]), ""), given[2:]
    if not re.fullmatch(r"[\w.:-]{1,60}", name) or name.startswith("-"):
        return whole
    piece = _arm(script, text, name)
    if piece is None and re.search(r"\$\{?[@*1]", text):
        piece = functions.get(name) or functions.get(name.replace("-", "_"))
    return _inlined(piece, functions, rest, 0) if piece else whole


def _unwrapped(text: str, functions: dict[str, _Piece]) -> str:
    """The script with what its functions are handed to run, in the place of the functions: `for_all ruff check`."""
    runs = [re.escape(name) for name, piece in functions.items() if re.search(r"\"\$@\"", piece.text)][:60]
    if not runs:
        return text
    called = re.compile(rf"([ \t]*(?:if !? ?|! )?)(?:{'|'.join(runs)})[ \t]+(?=[\w./])(.*)", re.S)
    lines = [called.sub(r"\1\2", line, count=1) if called.match(line) else line for line in text.split("\n")]
    return "\n".join(lines)


def _handed(text: str, arguments: list[str]) -> str:
    """The script with the arguments of its call, none or some, where it hands on all of them. In a function they are
    the function's own."""
    if _DEFINES.search(text) or "$" in " ".join(arguments):
        return text
    return _ARGUMENTS.sub(shlex.join(arguments).replace("\\", r"\\"), text)


_DEFINES = re.compile(r"\)[ \t]*\n?[ \t]*\{[ \t]*$|^[ \t]*function[ \t]", re.M)


def _inlined(piece: _Piece, functions: dict[str, _Piece], rest: list[str], depth: int) -> list[Body]:
    """The piece, with the functions that its lines call in their places."""
    found: list[Body] = []
    kept: list[str] = []
    start = piece.line

    last = next((line.strip() for line in reversed(piece.text.splitlines()) if line.strip(" \t}")), "")
    passes = last in ("return 0", "exit 0", "true", ":")

    def flush(until: int) -> None:
        nonlocal start
        if any(line.strip() for line in kept):
            found.append(Body("\n".join(kept), Evidence(piece.path, start, ""), tolerated=passes))
        kept.clear()
        start = until

    for number, raw in enumerate(piece.text.splitlines(), piece.line):
        line = _ARGUMENTS.sub(shlex.join(rest).replace("\\", r"\\"), raw) if rest or "$" in raw else raw
        first, _, behind = line.strip().partition(" ")
        called = functions.get(first)
        if called is None:
            kept.append(line)
        elif _ARGUMENTS.search(called.text) and behind.strip():
            kept.append(behind)  # it runs what it is handed
        elif depth < _DEPTH:
            flush(number + 1)
            found += _inlined(called, functions, behind.split()[:8] if "$" not in behind else [], depth + 1)
    flush(start)
    return found[:60]


def _arm(path: str, text: str, name: str) -> _Piece | None:
    """The arm of a `case` over the first argument that the name chooses."""
    lines = text.splitlines()[:_LINES]
    inside = False
    for number, line in enumerate(lines):
        if matched := _CASE.match(line):
            variable = matched.group(1)
            inside = variable == "1" or bool(re.search(rf"\b{variable}=[\"']?\$\{{?1\b", text))
        elif inside and (arm := _ARM.match(line.strip().lstrip("( "))):
            labels = [label.strip(" \"'") for label in arm.group(1).split("|")]
            if name in labels:
                body = [arm.group(2)]
                for later in lines[number + 1 :]:
                    if ";;" in body[-1]:
                        break
                    body.append(later)
                return _Piece(path, number + 1, "\n".join(body).partition(";;")[0])
        elif re.match(r"\s*esac\b", line):
            inside = False
    return None


def _functions(source: Source, script: str) -> dict[str, _Piece]:
    """The functions of a script and of the files of the tree that it sources."""
    found: dict[str, _Piece] = {}
    waiting, read = [script], set[str]()
    while waiting and len(read) < _FILES:
        path = waiting.pop(0)
        if path in read:
            continue
        read.add(path)
        lines = source.text(path).splitlines()[:_LINES]
        for number, line in enumerate(lines):
            if matched := _SOURCED.match(line.strip()[:300]):
                named = re.split(r"[^\w./-]", matched.group(1).strip().rstrip("\"'"))[-1]
                waiting += _places(source, path, named)
            elif piece := _function(path, lines, number):
                found.setdefault(piece[0], piece[1])
    return found


def _function(path: str, lines: list[str], number: int) -> tuple[str, _Piece] | None:
    matched = _FUNCTION.fullmatch(lines[number][:300])
    if not matched:
        return None
    indent, name, first = matched.group(1, 2, 3) if matched.group(2) else matched.group(4, 5, 6)
    if first.rstrip().endswith("}"):
        return name, _Piece(path, number + 1, first.rstrip()[:-1])
    body = [first]
    for line in lines[number + 1 : number + 400]:
        if line.rstrip() in (f"{indent}}}", f"{indent})"):
            break
        body.append("" if line.strip() == "{" and len(body) == 1 else line)
    return name, _Piece(path, number + 1, "\n".join(body))


def _places(source: Source, path: str, named: str) -> list[str]:
    below = named.lstrip("/")
    options = (join(posixpath.dirname(path) or ".", below), join(".", below))
    return [p for p in options if source.has(p)][:1]
