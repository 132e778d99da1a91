"""Functions of a script in the places where it calls them with plain words: `check() { t -p "$1"; }`, `check a`."""

from __future__ import annotations

import re
import shlex

_BEGINS = re.compile(
    r"(?:function[ \t]{1,4})?([\w-]{1,60})[ \t]{0,4}\(\)[ \t]{0,4}\{?$|function[ \t]{1,4}([\w-]{1,60})[ \t]{0,4}\{$"
)
_ONE_LINE = re.compile(r"(?:function[ \t]{1,4})?([\w-]{1,60})[ \t]{0,4}\(\)[ \t]{0,4}\{[ \t](.{1,600});[ \t]{0,4}\}$")
_PLACED = re.compile(r"\$(?:([1-9])|\{([1-9])\})")
_ALL = re.compile(r"\"?\$(?:[@*]|\{[@*]\})\"?")
_LOCAL = re.compile(r"(?:local|declare|readonly)[ \t]+(\w{1,60})=[\"']?([^\"'$`;|&()\s]{0,200})[\"']?$")
_LINES, _CALLS = 30, 40

Lines = list[tuple[int, str]]


def inlined(lines: Lines) -> Lines:
    """The lines with the body of a function for each call that hands it plain words, in the place of the call; the
    body itself is left out then, as its words are known by the calls alone."""
    found = {name: body for name, body in _functions(lines).items() if any(_takes(line) for _, line in body[2])}
    if not found:
        return lines
    calls = {n: call for n, (_, line) in enumerate(lines[:2000]) if (call := _call(line, found))}
    called = {name for name, _ in calls.values()}
    inside = {n for name in called for n in range(found[name][0], found[name][1] + 1)}
    result: Lines = []
    left = _CALLS
    for number, (offset, line) in enumerate(lines):
        if number in inside:
            continue
        call = calls.get(number)
        if call is None or left <= 0:
            result.append((offset, line))
            continue
        left -= 1
        name, arguments = call
        result += [(offset, text) for text in _body([text for _, text in found[name][2]], arguments)]
    return result


def _functions(lines: Lines) -> dict[str, tuple[int, int, Lines]]:
    """(first line, last line, body) of the script's short functions by name."""
    found: dict[str, tuple[int, int, Lines]] = {}
    for number, (offset, line) in enumerate(lines[:2000]):
        if one := _ONE_LINE.match(line[:800]):
            found.setdefault(one.group(1), (number, number, [(offset, one.group(2))]))
        elif begins := _BEGINS.match(line[:200]):
            end = next((n for n in range(number + 1, min(number + _LINES, len(lines))) if lines[n][1] == "}"), 0)
            body = [(o, text) for o, text in lines[number + 1 : end] if text != "{"]
            if end and not any(re.match(r"shift\b|case\b|while\b", text) for _, text in body):
                found.setdefault(begins.group(1) or begins.group(2), (number, end, body))
    return found


def _takes(line: str) -> bool:
    return bool(_PLACED.search(line) or _ALL.search(line))


def _call(line: str, functions: dict[str, tuple[int, int, Lines]]) -> tuple[str, list[str]] | None:
    """The function that a line calls with plain words alone, and the words."""
    name, _, rest = line.partition(" ")
    if name not in functions or not rest.strip() or re.search(r"[$`;&|<>(){}]", rest) or len(rest) > 500:
        return None
    try:
        words = shlex.split(rest, comments=True)
    except ValueError:
        return None
    return (name, words) if 0 < len(words) <= 9 else None


def _body(body: list[str], arguments: list[str]) -> list[str]:
    """The body with the arguments, and what local variables are given of them, filled in."""
    known: dict[str, str] = {}
    found: list[str] = []
    everything = shlex.join(arguments)
    for line in body:
        text = _ALL.sub(lambda _: everything, line)
        text = _PLACED.sub(lambda m: dict(enumerate(arguments, 1)).get(int(m[1] or m[2]), ""), text)
        text = re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda m: known.get(m[1] or m[2], m[0]), text)
        if own := _LOCAL.match(text[:400]):
            known[own.group(1)] = own.group(2)
            continue
        found.append(text)
    return found
