"""Programs of the repository's own that test, of which nothing is known but their names and what they start."""

from __future__ import annotations

import re

from sandbox.detect.commands.scripts.shell import join
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


_INSTALLED = re.compile(r"(?:\./)?([\w.-][\w./-]{0,200})/((?:vendor/bin|node_modules/\.bin)/[\w-]+)")


def there(source: Source, words: Words, cwd: str) -> tuple[Words, str]:
    """A program that is installed in a directory below, or a solution that lies in one, as called from there."""
    installed = _INSTALLED.fullmatch(words[0])
    if installed and source.is_dir(join(cwd, installed.group(1))):
        directory, program = installed.groups()
        rest = [_from(directory, word) for word in words[1:]]
        return (program, *rest), join(cwd, directory)
    solution = next((w for w in words[2:] if w.endswith((".sln", ".slnx")) and "/" in w.removeprefix("./")), "")
    if words[0] == "dotnet" and solution and source.has(join(cwd, solution)):
        directory, _, name = solution.rpartition("/")
        return tuple(name if w == solution else w for w in words), join(cwd, directory)
    return words, cwd


def _from(directory: str, word: str) -> str:
    """A path of the tree as seen from a directory of it."""
    path = word.removeprefix("./").rstrip("/")
    return (
        "." if path == directory else path.removeprefix(f"{directory}/") if path.startswith(f"{directory}/") else word
    )
