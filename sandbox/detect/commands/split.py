"""A shell script's text split into logical lines, and a line into the simple commands of its list."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

_SUBSTITUTION = re.compile(r"\$\([^()]*(?:\([^()]*\)[^()]*)*\)|`[^`]*`")
_DUPLICATED = re.compile(r"\d?>&\d|&>>?\s*\S+|\d?>>?\s*\S+")
_LINES = 2000


def logical(script: str) -> Iterator[tuple[int, str]]:
    start, pending, ending = 0, "", ""
    for offset, line in enumerate(script.splitlines()[:_LINES]):
        if ending:
            ending = "" if line.strip() == ending else ending
            continue
        if not pending:
            start = offset
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        heredoc = re.search(r"<<-?\s*['\"]?(\w+)['\"]?", pending)
        if heredoc:
            ending = heredoc.group(1)
        if pending.strip() and not pending.lstrip().startswith("#"):
            yield start, pending.strip()
        pending = ""
    if pending.strip():
        yield start, pending.strip()


@dataclass(slots=True)
class ScriptPart:
    words: list[str]
    nested: bool = False
    after: str = ""
    tolerated: bool = False


def parts(line: str) -> list[ScriptPart]:
    line = _DUPLICATED.sub(" ", _SUBSTITUTION.sub("$SUBSTITUTION", line))
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    found: list[ScriptPart] = []
    words: list[str] = []
    piped, depth = False, 0

    def end(separator: str) -> None:
        if words and not piped:
            found.append(ScriptPart(list(words), depth > 0, separator))
        elif found and not words:
            found[-1].after += separator
        words.clear()

    try:
        for token in lexer:
            if token and set(token) <= set(";&|()"):
                end(token)
                piped = token == "|"
                depth = max(0, depth + token.count("(") - token.count(")"))
            else:
                words.append(token)
    except ValueError:
        return found
    end("")
    for number, part in enumerate(found):
        # `a && b || c`: c makes good of either.
        chain = next((n for n in range(number, len(found)) if found[n].after != "&&"), number)
        part.tolerated = found[chain].after.startswith("||") and _forgives(found[chain + 1 :])
    if len(found) > 1 and found[-2].after == ";" and (_succeeds(found[-1].words) or _says(found[-1].words)):
        found[-2].tolerated = True
    return found


def _succeeds(words: list[str]) -> bool:
    return words in (["true"], [":"], ["exit", "0"], ["/bin/true"])


def _says(words: list[str]) -> bool:
    return words[:1] in (["echo"], ["printf"]) and not any("$" in w for w in words)


def _forgives(rest: list[ScriptPart]) -> bool:
    """Whether what follows `||` makes a success of the failure."""
    if not rest:
        return False
    if _succeeds(rest[0].words):
        return True
    fails = any(p.words[:1] in (["exit"], ["return"], ["false"]) and p.words[1:] != ["0"] for p in rest)
    return rest[0].words[0].lstrip("{") in ("echo", "printf", "") and not fails
