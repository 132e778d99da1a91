"""What of a change decides how the checks run: runner settings, modules in place of a tool's, hands on the runner.

No check can make code honest that runs in the check's own process. What is told here keeps a
change from being called verified, so that a person looks at it first; what is written to be
overlooked (a name put together at run time, say) gets by.
"""

from __future__ import annotations

import configparser
import io
import json
import re
import struct
import sys
import tomllib
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.journal import FileAction, FileChange
from workflows.checks.change.steering.members import left_out
from workflows.checks.change.steering.python_hands import hands
from workflows.checks.change.steering.runner_hands import hands_in, is_known, said_of_tests
from workflows.policy import check_files
from workflows.policy.check_files import Contents
from workflows.policy.silenced import silenced_whole

_MOST = 2_000_000
"""Bytes of a file that are looked into."""
_LINK = "120000"
_MOST_SHOWN = 300
_ARCHIVE = b"PK\x05\x06"
_ARCHIVE_END = 65_536 + 22
"""Bytes at the end of an archive in which its directory is named."""

_TOOLS = {
    *("pytest", "_pytest", "pluggy", "iniconfig", "xdist", "execnet", "nose", "nose2", "coverage", "tox", "nox"),
    *("mypy", "ruff", "flake8", "pylint", "pycodestyle", "pyflakes", "bandit", "hypothesis"),
}
_PROGRAMS = _TOOLS | {
    "jest",
    "vitest",
    "mocha",
    "eslint",
    "tsc",
    "node",
    "npm",
    "phpunit",
    "rspec",
    "python",
    "py.test",
}
_ROOTS = ("", "src", "lib", "python")

_IN_TOML = ("pytest", "coverage", "ruff", "mypy", "pyright", "pylint", "flake8", "tox", "nox", "bandit", "black")
_RUNS = {
    "hatch": "envs",
    "poe": "",
    "poethepoet": "",
    "pdm": "scripts",
    "taskipy": "",
    "rye": "scripts",
    "pixi": "tasks",
}
"""Tools in pyproject.toml whose part of this name holds commands; "" for all of it."""
_IN_JSON = (
    *("scripts", "jest", "mocha", "vitest", "ava", "nyc", "c8", "eslintConfig", "babel", "tasks", "autoload-dev"),
    *("wireit", "nx", "tap", "xo", "standard", "prettier", "stylelint", "tsd", "jest-junit", "patchedDependencies"),
)
_IN_DENO = ("imports", "importMap", "scopes", "test", "lint", "fmt", "compilerOptions", "exclude", "unstable")
_IN_INI = re.compile(
    r"^(tool:pytest|pytest|mypy|flake8|coverage|pylint|pycodestyle|isort|testenv|tox|nosetests|aliases)"
)


def steering(
    changes: Sequence[FileChange], contents: Contents, paths: Collection[str], commands: str = "", tasks: str = ""
) -> tuple[str, ...]:
    """What of the change decides how the checks run, as `PATH: what it does`.

    `paths` are all files of the new tree. `commands` are the command lines of the checks, `tasks`
    the texts of the files that say what their names stand for (a Makefile, package.json).
    """
    call = _Called(commands, tasks)
    return tuple(
        f"{shown_path(change.path)}: {what}" for change in changes for what in _about(change, contents, paths, call)
    )


def shown_path(path: str) -> str:
    """A path as text that can be stored, and posted on one line between backticks: names of files need not be any."""
    text = path.encode(errors="surrogateescape").decode(errors="replace").replace("`", "'")
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)[:_MOST_SHOWN]


@dataclass(frozen=True, slots=True)
class _Called:
    """Which files the checks call by their path."""

    commands: str
    tasks: str

    def __call__(self, path: str) -> bool:
        if check_files.is_test(path):
            return False
        named = re.compile(rf"(?<![\w./-])(?:\./)?{re.escape(path)}(?![\w/-])")
        return bool(named.search(self.commands) or (check_files.is_script(path) and named.search(self.tasks)))


def _about(change: FileChange, contents: Contents, paths: Collection[str], called: _Called) -> Iterator[str]:
    for path in dict.fromkeys(path for path in (change.path, change.old_path) if path):
        if check_files.says_how_checks_run(path):
            yield "says how the checks run"
            return
        if check_files.stands_for_what_is_installed(path):
            yield "takes the place of what a set-up installs"
            return
        if called(path):
            yield "is called by the checks"
            return
    if change.action is FileAction.DELETED:
        return
    if change.after_mode == _LINK and change.before_mode != _LINK:
        yield "is a link now"
    if change.action is not FileAction.MODIFIED and (module := _shadowed(change.path, paths)):
        yield f"is found in place of the module {module}"
    before, after = _read(contents, change, before=True), _read(contents, change, before=False)
    if _settings_in(change.path, _text(before)) != _settings_in(change.path, _text(after)):
        yield "changes settings of the checks"
    if change.before_blob and (gone := left_out(change.path, _text(before), _text(after), paths)):
        yield f"leaves parts of the project out of what is tested ({', '.join(gone[:3])})"
    if change.before_blob and (marks := silenced_whole(change.path, before, after)):
        yield f"takes a file from its checks ({', '.join(marks[:3])})"
    yield from _hidden(change, contents)
    yield from _hands(change.path, before, after)


def _hidden(change: FileChange, contents: Contents) -> Iterator[str]:
    """What runs and cannot be looked into."""
    if change.after_mode == _LINK or change.after_blob == change.before_blob:
        return
    data = contents(change.after_blob or "")
    if _holds_code(data):
        yield "is an archive from which Python can load modules"
    if len(data) > _MOST and (change.path.endswith((".py", ".pyi")) or is_known(change.path)):
        yield "is too large to be looked into"


def _hands(path: str, before: bytes, after: bytes) -> Iterator[str]:
    suffix = path.rpartition(".")[2]
    if suffix in ("py", "pyi"):
        is_test = check_files.is_test(path)
        now, was = hands(after, is_test=is_test), hands(before, is_test=is_test)
        if now is None:
            if was is not None:
                yield "cannot be read as Python"
            return
        new = now - (was or Counter())
    elif is_known(path):
        is_test = check_files.is_test(path)
        new = hands_in(path, _text(after), is_test=is_test) - hands_in(path, _text(before), is_test=is_test)
    else:
        return
    if new:
        yield f"skips tests, reaches into the runner or ends its process ({', '.join(sorted(new)[:3])})"


def _shadowed(path: str, paths: Collection[str]) -> str:
    """The module that Python would find at this path instead, "" where there is none: one of its own or of a tool's,
    or a file of the tree beside which a package of its name lies."""
    directory, _, name = path.rpartition("/")
    module = name.removesuffix(".py")
    if name == "__init__.py":
        directory, _, module = directory.rpartition("/")
    elif module == name:
        return ""
    if name == "__init__.py" and f"{path.removesuffix('/__init__.py')}.py" in paths:
        return f"{path.removesuffix('/__init__.py')}.py"
    if module == "conftest":
        return module
    if module not in sys.stdlib_module_names and module not in _TOOLS:
        return ""
    in_package = f"{directory}/__init__.py".lstrip("/") in paths
    beside = (each for each in paths if each.rpartition("/")[0] == directory)
    searched = directory in _ROOTS or any(map(check_files.is_test, beside))
    return module if searched and not in_package else ""


def _settings_in(path: str, text: str) -> object:
    """The part of a file with many purposes that tells checks how to run; the whole text where it cannot be read."""
    name = path.rpartition("/")[2]
    try:
        if name == "pyproject.toml":
            return _in_pyproject(tomllib.loads(text))
        if name in ("package.json", "composer.json", "deno.json"):
            manifest = _mapping(json.loads(text or "{}"))
            keys = (*_IN_JSON, *_IN_DENO) if name == "deno.json" else _IN_JSON
            told = {key: value for key, value in manifest.items() if key in keys}
            patched = _mapping(manifest.get("pnpm")).get("patchedDependencies")
            programs = {key for key in _mapping(manifest.get("bin")) if key in _PROGRAMS}
            return told, patched, programs
        if name in ("setup.cfg", "tox.ini"):
            parser = configparser.RawConfigParser(strict=False)
            parser.read_string(text)
            plugins = {part: parser[part].get("pytest11") for part in parser.sections() if "pytest11" in parser[part]}
            return plugins, {part: dict(parser[part]) for part in parser.sections() if _IN_INI.match(part)}
    except (ValueError, RecursionError, configparser.Error):
        return text
    return said_of_tests(path, text)


def _in_pyproject(document: Mapping[str, Any]) -> object:
    tools = _mapping(document.get("tool"))
    runs = {
        key: value if not _RUNS[key] else _mapping(value).get(_RUNS[key])
        for key, value in tools.items()
        if key in _RUNS
    }
    points = _mapping(_mapping(document.get("project")).get("entry-points")).get("pytest11")
    plugins = _mapping(_mapping(tools.get("poetry")).get("plugins")).get("pytest11")
    scripts = (_mapping(document.get("project")).get("scripts"), _mapping(tools.get("poetry")).get("scripts"))
    programs = {name: value for one in scripts for name, value in _mapping(one).items() if name in _PROGRAMS}
    return {key: value for key, value in tools.items() if key in _IN_TOML}, runs, points, plugins, programs


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _read(contents: Contents, change: FileChange, *, before: bool) -> bytes:
    blob, mode = (change.before_blob, change.before_mode) if before else (change.after_blob, change.after_mode)
    if not blob or mode == _LINK:
        return b""
    data = contents(blob)
    return data if len(data) <= _MOST else b""


def _holds_code(data: bytes) -> bool:
    """Whether it is an archive as Python takes them, whatever its name and whatever stands before it, with modules."""
    if _ARCHIVE not in data[-_ARCHIVE_END:]:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(name.endswith((".py", ".pyc")) for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error):
        return True  # Python may read what we cannot


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
