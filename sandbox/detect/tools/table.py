"""Which tool a command calls: the rules of all ecosystems under the names of their tools.

Names of scripts and jobs prove nothing: a `lint` script may rewrite files and a `check` script
may test, so only the command itself is judged.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.tools import files, javascript, more, nix, others, python, systems
from sandbox.detect.tools.call import PIPED, Rule, ToolLine, Words, as_given

__all__ = ["ToolLine", "recognise"]

_RULES: dict[str, Rule] = {
    **more.RULES,
    **python.RULES,
    **javascript.RULES,
    **others.RULES,
    **systems.RULES,
    **files.RULES,
    **nix.RULES,
}
_ACCEPTING = re.compile(
    r"--((generate|set|update|write|create)-?baseline|add-noqa|generate-rcfile|auto-gen-config|regenerate-todo|alter\b"
    r"|suppress-all|update-suppressions)"
)
"""Flags with which a linter writes down what it finds as what is allowed."""
_VERSION = re.compile(r"-v?\d+(\.\d+){1,3}$")
"""What makefiles put behind the name of a tool that they install: `bin/golangci-lint-v2.1.6`."""
_RELEASE = re.compile(r"(?<=\w)@[\w.^~-]{1,30}$")
"""What npx is told of the version: `prettier@3`."""
_NO_CHECK = frozenset(("--help", "--version", "--init"))


def recognise(words: Words) -> ToolLine | None:
    """The call in an unwrapped command; None where it is no check that we know."""
    if not words or _NO_CHECK & set(words[1:3]) or any(map(_ACCEPTING.match, words[1:])):
        return None
    if words[0] == PIPED:
        return _piped(words)
    name = _VERSION.sub("", _RELEASE.sub("", words[0].rsplit("/", 1)[-1]))
    if name.endswith(".phar") and (call := recognise((name.removesuffix(".phar"), *words[1:]))):
        return replace(call, words=(f"{call.words[0]}.phar", *call.words[1:]))
    if name.startswith("cargo-") and name not in _RULES:
        words, name = ("cargo", name[6:], *words[1:]), "cargo"  # how cargo finds its commands
    rule = _RULES.get(name)
    if rule is None and re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*\.(tests?|run_?tests?)", words[0]):
        rule = python.module_test
    if name == "go" and words[1:2] in (("run",), ("tool",)) and len(words) > 2:
        program = words[2].split("@")[0].rsplit("/", 1)[-1]
        rule = files.RULES.get(program, rule)
        words = words[2:] if program in files.RULES else words
        name = program if program in files.RULES else name
    found = rule((name, *words[1:])) if rule else None
    return found or _handed(name, words)


def _handed(name: str, words: Words) -> ToolLine | None:
    """The linter or type checker that a script of the repository is told to start: `node tools/run.cjs pyright src`."""
    if name not in ("node", "python", "ruby") or len(words) < 3 or not re.search(r"/.*\.\w+$", words[1]):
        return None
    inner = recognise(words[2:]) if words[2] in _RULES and "/" not in words[2] and words[2] not in _COMMON else None
    return inner if inner and inner.kind != "test" else None


_COMMON = frozenset(("make", "node", "python", "ruby", "php", "go", "R", "standard", "flow", "rails", "just"))
"""Names of tools that are words of many scripts as well, or start another program."""


def _piped(words: Words) -> ToolLine | None:
    """A tool that takes files, on those that a listing gives: `<piped>`, the listing, `xargs`, options, the tool."""
    rest = words[3:]
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in ("-n", "-P", "-L", "-I", "-d", "-a", "-s") else rest[1:]
    probe = recognise((*rest, "a.sh")) if rest and rest[0] != PIPED else None
    line = f"{words[1]} | {' '.join(map(as_given, words[2:]))}"
    if probe is None or probe.kind != "lint" or probe.mended or "$" in line:
        return None
    key = f"{probe.key} {words[1]}" if probe.key == "php -l" else probe.key  # once for each kind of file
    return replace(probe, words=rest, raw=line, key=key)
