"""Programs of the repository's own that test, of which nothing is known but their names and what they start."""

from __future__ import annotations

import re

from sandbox.detect.commands.shell import join
from sandbox.detect.read.source import Source
from sandbox.detect.tools.call import ToolLine, Words

_PROGRAM = re.compile(r"(\./)?([\w.-]{1,60}/){0,8}([\w-]{1,40}[-_])?((unit|self)[-_]?)?tests?([-_][\w-]{1,40})?")
"""A program by whose name it tests: `./src/app-unit-tests`."""
_BUILT = "a program that the build makes and that nothing registers as a test; it is not run"
_SCRIPT = re.compile(r"\./([\w-]+/)*(run[-_]?)?(all[-_]?)?tests?([-_][\w-]+)?(\.sh)?")


def made(source: Source, words: Words, cwd: str) -> ToolLine | None:
    """A program that tests and is not in the tree: the build makes it."""
    if not _PROGRAM.fullmatch(words[0]) or source.has(join(cwd, words[0])):
        return None
    return ToolLine("test", f"program {words[0]}", "native", words, skip=_BUILT)


def script(words: Words, started: list[Words], *, known: bool) -> ToolLine | None:
    """A script that says it tests, and runs a program of its tests that we know nothing of. `started` are the commands
    that it comes to; `known` says that there are checks among them."""
    if not _SCRIPT.fullmatch(words[0]) or "$" in " ".join(words) or known:
        return None
    if not any(re.match(r"(\./)?tests?/.*\w", w) for ws in started for w in ws[:2]):
        return None
    return ToolLine("test", f"script {words[0]}", "native", words)
