"""A shell script's text as the lines that the shell reads, with what lists of words were given names filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_LINES = 2000
_LONGEST = 20_000
"""Characters of a line that is looked at for quotes."""
_HEREDOC = re.compile(r"(?<!<)<<-?[ \t]*['\"\\]?([^\s'\"\\<>|;&()]+)")
_ARITHMETIC = re.compile(r"\(\([^()]*\)\)")
"""`$((1 << 4))`, which begins no here-document."""


_QUOTED = 300
"""Lines that one quoted word may have."""
_OPENED = re.compile(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|(?<![^\s;&|(])#.*|(['\"])", re.S)
"""What stands in quotes as a whole, comments, and a quote that is not closed."""


def _unclosed(line: str) -> str:
    """The quote that a line opens and does not close."""
    if ("'" not in line and '"' not in line) or len(line) > _LONGEST:
        return ""
    return next((m.group(1) for m in _OPENED.finditer(line) if m.group(1)), "")


def _quoted(first: str, lines: list[str], start: int) -> int:
    """How many of the lines from `start` on belong to words in quotes that begin in `first`, none where one is never
    closed."""
    quote = _unclosed(first)
    for number in range(_QUOTED if quote else 0):
        if not quote:
            return number
        if start + number >= len(lines):
            break
        line = lines[start + number]
        at = _closes(line, quote)
        quote = _unclosed(line[at + 1 :]) if at >= 0 else quote
    return 0


def _closes(line: str, quote: str) -> int:
    """Where a line closes a quote, else -1."""
    return line.find("'") if quote == "'" else next((m.start() for m in _DOUBLE.finditer(line) if m[0] == '"'), -1)


_DOUBLE = re.compile(r'\\.|"', re.S)
_ARRAY = re.compile(r"[ \t]*(?:(?:local|readonly|declare|typeset)(?: -\w+)? )?\w{1,80}\+?=\([^()]*$")


def _several(first: str, lines: list[str], start: int) -> int:
    """How many of the lines from `start` on belong to an array that `first` begins."""
    for number, line in enumerate(lines[start : start + _QUOTED] if _ARRAY.match(first[:1000]) else (), 1):
        code = line.partition("#")[0]
        if "(" in code:
            return 0
        if ")" in code:
            return number
    return 0


def logical(script: str) -> Iterator[tuple[int, str]]:
    """The lines of a script as the shell reads them, with the number of the first of each: continued ones, words in
    quotes and arrays of several lines are one."""
    start, pending, ending, taken = 0, "", "", 0
    lines = script.splitlines()[:_LINES]
    for offset, line in enumerate(lines):
        if taken:
            taken -= 1
            continue
        if ending:
            ending = "" if line.strip() == ending else ending
            continue
        if not pending:
            start = offset
            if line.lstrip().startswith("#"):
                continue  # a comment ends with its line, whatever stands at the end of it
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1]  # the shell joins the two without anything between them
            continue
        heredoc = _HEREDOC.search(_ARITHMETIC.sub("", pending))
        if heredoc:
            ending = heredoc.group(1)
        elif taken := _quoted(pending, lines, offset + 1):
            pending = "\n".join([pending, *lines[offset + 1 : offset + 1 + taken]])
        elif taken := _several(pending, lines, offset + 1):
            more = (line.partition(" #")[0] for line in lines[offset + 1 : offset + 1 + taken])
            pending = " ".join([pending, *(line for line in more if not line.lstrip().startswith("#"))])
        if pending.strip() and not pending.lstrip().startswith("#"):
            yield start, pending.strip()
        pending = ""
    if pending.strip():
        yield start, pending.strip()


_PLAIN = r"(?:[^$`'\"();&|<>]|'[^']{0,200}'|\"[^$`\"]{0,200}\"){0,400}"
_ASSIGNED = re.compile(
    rf"(?:(?:local|readonly|declare|typeset|export)(?: -\w+)? )?(\w{{1,80}})(\+?)="
    rf"(?:\(({_PLAIN})\)|\"([^$`\"]{{0,1000}})\"|'([^']{{0,1000}})')[ \t]*(?:#.*)?$"
)
_OF_ARRAY = re.compile(r"\"?\$\{(\w{1,80})\[[@*]\]\}\"?")
_SHUT = re.compile(r"^if\b.*;\s*fi\s*$")
_OVER = re.compile(r"(for\s+\w+\s+in\s+)\"?\$(?:\{(\w{1,80})\}|(\w{1,80}))\"?(?=\s*;|\s*$)")


def filled(lines: list[tuple[int, str]], given: Mapping[str, str]) -> list[tuple[int, str]]:
    """The lines with the arrays of plain words that they were given, and loops over a variable as loops over the words
    that it holds."""
    known = {name: value for name, value in given.items() if not re.search(r"[$`'\"\\]", value)}
    arrays: dict[str, tuple[int, str]] = {}
    found: list[tuple[int, str]] = []
    depth = 0  # of conditions: what is added in a deeper one is for special cases
    for offset, line in lines:
        depth += bool(re.match(r"(if|case)\b", line)) - bool(
            re.match(r"(fi|esac)\b", line) or _SHUT.search(line[:1000])
        )
        if "=" in line and len(line) < 4000 and (matched := _ASSIGNED.match(line)):
            name, more, listed, double, single = matched.groups()
            if listed is None:
                known.setdefault(name, double if single is None else single)
            elif not more:
                arrays.setdefault(name, (depth, " ".join(listed.split())))
            elif name in arrays and depth <= arrays[name][0] and len(arrays[name][1]) < 4000:
                arrays[name] = (arrays[name][0], f"{arrays[name][1]} {' '.join(listed.split())}".strip())
        if "$" in line and arrays and len(line) < 4000:
            line = _OF_ARRAY.sub(lambda m: arrays[m[1]][1] if m[1] in arrays else m[0], line)
        if "for" in line and (over := _OVER.search(line[:1000])):
            words = known.get(over.group(2) or over.group(3), "")
            line = f"{line[: over.start()]}{over.group(1)}{words}{line[over.end() :]}" if words else line
        if not _IS_ARRAY.match(line[:4000]):
            found.append((offset, line))
    return found


_IS_ARRAY = re.compile(r"(?:(?:local|readonly|declare|typeset)(?: -\w+)? )?\w{1,80}\+?=\([^()]*\)$")
"""Words that are kept for later, and no command."""
