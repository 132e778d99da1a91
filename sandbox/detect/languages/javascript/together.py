"""Calls of one script in many packages as one suite, and suites under names of their own."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.languages.javascript.scripts import scripts_of
from sandbox.detect.read.values import Found

_ONE = re.compile(r"(--workspace|--filter|-F|-w)(?:=(.+))?$")


def together(seen: list[SeenCheck], most: int) -> list[SeenCheck]:
    """Calls of one script in more packages than there are suites (`most`), each by itself, as one call for all of them:
    npm and pnpm are given several. What needs services stays apart from what does not."""
    groups: dict[tuple[object, ...], list[SeenCheck]] = {}
    for s in seen:
        plain, where = _apart(s.call.words)
        named = bool(where) and s.call.words[0] in ("npm", "pnpm") and not scripts_of(s)
        key = (plain, s.cwd, s.served, tuple(s.env.items())) if named else (id(s),)
        groups.setdefault(key, []).append(s)
    if len(groups) == len(seen) or len({s.call.line for s in seen}) <= most:
        return seen
    found: list[SeenCheck] = []
    for group in groups.values():
        plain, _ = _apart(group[0].call.words)
        where = tuple(dict.fromkeys(w for s in group for w in _apart(s.call.words)[1]))
        words = (plain[0], *where, *plain[1:]) if plain[0] == "pnpm" else (*plain, *where)
        one = group[0]
        found.append(one if len(group) == 1 else replace(one, call=replace(one.call, words=words)))
    return found


def _apart(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A call's words without those that name a package, and those."""
    plain: list[str] = []
    where: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if matched := _ONE.match(word):
            value = matched.group(2) or (rest.pop(0) if rest else "")
            where.append(f"{matched.group(1)}={value}" if matched.group(1).startswith("--") else f"--filter={value}")
        else:
            plain.append(word)
    return tuple(plain), tuple(where)


def named_apart(suites: list[list[Found]]) -> list[Found]:
    """The commands of the suites, none under the name of another: within one name they stand in for each other."""
    names = [suite[0].suite for suite in suites]
    return [
        replace(f, suite=suite[0].command if f.suite and names.count(suite[0].suite) > 1 else f.suite)
        for suite in suites
        for f in suite
    ]
