"""Code of Go and Rust whose every function ends at once: with a panic, or, in Go, with the zero of what it returns.

Types and constants stay as they are, since the test would not compile without them. So nothing is told of a test that
speaks of one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from workflows.policy.check_files import is_test

_GO = re.compile(r"^func\b", re.MULTILINE)
_RUST = re.compile(r"\bfn[ \t]+\w+")
_GO_NAMES = re.compile(
    r"^(?:type|const|var)[ \t]+(\w+)|^\t(\w+)(?:, \w+)*(?:[ \t]+[\w.*\[\]]+)?[ \t]*=(?!=)|^\t(\w+)$", re.MULTILINE
)
_RUST_NAMES = re.compile(
    r"\b(?:struct|enum|trait|const|static|type|union)[ \t]+(?:mut[ \t]+)?(\w+)|\bmacro_rules![ \t]*(\w+)"
)
_GO_CONTROL = re.compile(r"^func[ \t]+\w*[Cc]ontrol\w*\([^\n]*\{\n.*?^\}", re.MULTILINE | re.DOTALL)
_RUST_CONTROL = re.compile(r"^([ \t]*)(?:async )?fn[ \t]+\w*control\w*\([^\n]*\{\n.*?^\1\}", re.MULTILINE | re.DOTALL)
_CAUGHT = re.compile(r"catch_unwind|should_panic|thread::|spawn|process::|Command|assert_cmd|\bexec\.|plugin\.")
_PANIC = 'panic{}("pullwright: there is no code here");'
_NO_NAMES = frozenset(
    ("", "return", "break", "continue", "fallthrough", "default", "if", "else", "for", "switch", "select", "case", "go")
)
_KINDS = ("chan", "func", "map", "struct", "interface")
_LONGEST = 4_000
"""Characters between the beginning of a function and that of its body."""


def is_code(path: str) -> bool:
    return path.endswith((".go", ".rs")) and not is_test(path) and path.rpartition("/")[2] != "build.rs"


def emptied(path: str, texts: Mapping[str, str], way: str) -> str:
    """The file with its functions emptied: in the ways "yes" and "no" they give zeros, in "raise" they panic."""
    text, parts, at = texts[path], [], 0
    for body, given in _bodies(path, text):
        parts += [text[at:body], given if way != "raise" and path.endswith(".go") else _panic(path, given)]
        at = body
    return "".join((*parts, text[at:]))


def is_whole(files: Mapping[str, str], texts: Mapping[str, str], paths: Collection[str]) -> bool:
    """Whether the test can be about nothing but functions, whose panics it does not catch."""
    control = _GO_CONTROL if any(path.endswith(".go") for path in files) else _RUST_CONTROL
    said = "\n".join(control.sub("", text) for text in files.values())
    if _CAUGHT.search(said):
        return False
    code = [text for path, text in texts.items() if is_code(path)]
    names = {name for text in code for found in (_GO_NAMES, _RUST_NAMES) for one in found.findall(text) for name in one}
    return not (names - _NO_NAMES) & set(re.findall(r"\w+", said))


def without_control(text: str) -> str:
    """A file of Go's tests with its control empty."""
    return _GO_CONTROL.sub(lambda one: one[0].replace("{\n", "{ return;\n", 1), text)


def _panic(path: str, given: str) -> str:
    """Of Go's `init` nothing is asked by a test: it ends in each way."""
    return given if given == _INIT else " " + _PANIC.format("" if path.endswith(".go") else "!")


_INIT = " return /* init */;"


def _bodies(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Where the body of each function begins, behind its brace, and what has it end there with zeros."""
    go = path.endswith(".go")
    for one in (_GO if go else _RUST).finditer(text):
        if (found := _signature(text, one.end())) is not None:
            body, results = found
            name = text[one.end() : one.end() + 8].strip()
            yield body, (_INIT if name.startswith("init(") else _zeros(results)) if go else ""


def _signature(text: str, at: int) -> tuple[int, str] | None:
    """Where its body begins, and what is said behind its parameters; None where it has no body."""
    depth, begins = 0, at
    for place in range(at, min(len(text), at + _LONGEST)):
        mark = text[place]
        if mark in "([":
            depth += 1
        elif mark in ")]":
            depth -= 1
            if mark == ")" and depth == 0 and text[place + 1 : place + 2] in " {\n" and not _goes_on(text, place + 1):
                begins = place + 1 if begins == at else begins
        elif mark == ";" and depth == 0:
            return None
        elif mark == "{":
            before = text[at:place].rstrip()
            if before.endswith(("interface", "struct")) or depth:
                depth += 1
            else:
                return place + 1, text[begins:place].strip()
        elif mark == "}":
            depth -= 1
    return None


def _goes_on(text: str, at: int) -> bool:
    """Whether what ended there was the receiver of a method: its name follows."""
    return bool(re.match(r"[ \t]+\w+(?:\[[^\]\n]*\])?\(", text[at : at + 200]))


def _zeros(results: str) -> str:
    if not results:
        return " return;"
    if not results.startswith("("):
        return f" {{ var pullwright0 {results}; return pullwright0 }};"
    parts = _parts(results[1:-1])
    if any(
        len(words := part.split(None, 1)) > 1 and words[0] not in _KINDS and words[0].isidentifier() for part in parts
    ):
        return " return;"  # they have names, and are zeros by themselves
    names = [f"pullwright{number}" for number in range(len(parts))]
    made = " ".join(f"var {name} {part};" for name, part in zip(names, parts, strict=True))
    return f" {{ {made} return {', '.join(names)} }};"


def _parts(listed: str) -> list[str]:
    """What commas part at the top."""
    depth, parts = 0, [""]
    for mark in listed:
        depth += (mark in "([{") - (mark in ")]}")
        if mark == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += mark
    return [part.strip() for part in parts if part.strip()]
