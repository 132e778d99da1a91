"""Commands that a build of sbt makes of others: `addCommandAlias("validate", ";clean ;test")`, as text or as a list."""

from __future__ import annotations

import re

from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.read.source import Source

_ALIAS = re.compile(r'\b\w{0,30}[aA]lias\w{0,10}\(\s{0,40}"([\w:.-]{1,60})"\s{0,40},')
_TEXT = re.compile(r'"""([^"]{1,2000})"""|"([^"\n]{1,500})"')
_GOAL = re.compile(r"[\w:/.+-][\w:/.+ -]{0,100}")
_COMPUTED = re.compile(r"\b(?!(?:List|Seq|Vector|Array|mkString|stripMargin|concat)\b)[a-zA-Z]\w{0,60}\(")
"""A function of the build's own that makes the text."""
_LONGEST, _MOST = 3000, 30


def task(source: Source, words: tuple[str, ...], cwd: str) -> tuple[str, list[Body], str] | None:
    """None where the call's one goal is no alias of the build's."""
    goals = [word for word in words[1:] if not word.startswith("-")]
    if len(goals) != 1:
        return None
    name = goals[0].lstrip("+").strip()
    for path in ("build.sbt", *(f"project/{n}" for n in source.below(cwd).files("project") if n.endswith(".scala"))):
        place = join(cwd, path)
        found = _aliases(source.text(place)).get(name, [])
        if found and name not in found:
            evidence = source.evidence(place, f'"{name}"', after="lias(")
            return f"sbt {name}", [Body(f"sbt '{goal}'", evidence) for goal in found[:_MOST]], cwd
    return None


def _aliases(text: str) -> dict[str, list[str]]:
    """The aliases of a build by name, each with its goals in order."""
    found: dict[str, list[str]] = {}
    for match in _ALIAS.finditer(text):
        given = _arguments(text[match.end() : match.end() + _LONGEST])
        if _COMPUTED.search(_TEXT.sub("", given)):
            continue  # then its name says more than the texts in it
        told = " ; ".join(m[1] or m[2] for m in _TEXT.finditer(given))
        goals = [goal.strip() for goal in re.split(r";|&&", told) if goal.strip()]
        found.setdefault(match[1], [goal for goal in goals if _GOAL.fullmatch(goal)])
    return found


def _arguments(text: str) -> str:
    """What stands before the parenthesis that closes the call."""
    depth = 1
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return text[:at]
    return ""
