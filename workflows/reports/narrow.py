"""Calls a test runner for a few files only: the same runner with the same selection, but for what it was pointed at."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Collection, Sequence

_PREFIX = (
    r"^(?:[A-Za-z_]\w*=[^\s'\"]* +)*"
    r"(?:(?:uv run(?: --[\w=-]+)*|poetry run|pdm run|pipenv run|hatch run|rye run|xvfb-run(?: -a)?"
    r"|coverage run(?: --?[\w=.,/-]+)*? -m|time) +)?"
)
_NPX = r"(?:npx (?:--no-install )?|bunx |yarn (?:run )?|pnpm (?:exec )?|(?:\./)?node_modules/\.bin/)?"
_BY_FILE = re.compile(
    rf"{_PREFIX}(?:\S*python[\d.]*(?: -[A-Z]\w*)* -m pytest|\S*\bpy\.?test|{_NPX}jest|{_NPX}vitest(?: run)?|{_NPX}mocha"
    r"|node(?: --[\w=-]+)* --test|(?:bundle exec |bin/)?rspec)(?= |$)"
)
_SCRIPT = re.compile(r"(?:npm (?:run )?(?P<npm>[\w:.-]+)|(?:yarn|pnpm)(?: run)? (?P<other>[\w:.-]+))$")
_GO = re.compile(rf"{_PREFIX}go test(?= |$)")
_NOT_PLAIN = re.compile(r"[;&|<>`\n\\#]|\$\(")
_TAKE_ONE = {f"-{letter}" for letter in "kmpconrWtguP"}
"""Options whose value is the next word."""
_MOST_FILES = 60


def narrow(
    line: str, files: Sequence[str], cwd: str = ".", paths: Collection[str] = (), package_json: bytes = b""
) -> str:
    """The line for these files alone, or as it is where that cannot be done with certainty.

    `files` are relative to the tree, the line is run in `cwd`; `paths` are all files of the tree: what
    the line names of them is what it was pointed at.
    """
    line = line.strip()
    inside = [posixpath.relpath(file, cwd) for file in files]
    if (
        not files
        or len(files) > _MOST_FILES
        or _NOT_PLAIN.search(line)
        or any(file.startswith("..") for file in inside)
    ):
        return line
    if found := _BY_FILE.match(line):
        return _pointed(line, found.end(), inside, cwd, paths)
    if found := _GO.match(line):
        folders = sorted({f"./{posixpath.dirname(file)}".rstrip("/") for file in inside})
        rest = re.sub(r"(?<!\S)\.{1,2}/\S*|(?<!\S)\.(?!\S)", "", line[found.end() :])
        return f"{line[: found.end()]}{rest.rstrip()} {' '.join(map(shlex.quote, folders))}"
    return _script(line, inside, package_json)


def _pointed(line: str, at: int, files: Sequence[str], cwd: str, paths: Collection[str]) -> str:
    """Behind the runner's name, what is no option and lies in the tree was its selection; the rest stays."""
    try:
        words = shlex.split(line[at:])
    except ValueError:
        return line
    known = {posixpath.normpath(path) for path in paths}
    known |= {above for path in known for above in _above(path)}
    kept = [
        word
        for number, word in enumerate(words)
        if word.startswith("-")
        or (number and words[number - 1] in _TAKE_ONE)
        or posixpath.normpath(posixpath.join(cwd, word.partition("::")[0])) not in known
    ]
    return " ".join([line[:at], *map(shlex.quote, kept), *map(shlex.quote, files)])


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _script(line: str, files: Sequence[str], package_json: bytes) -> str:
    """A script of package.json that is one plain call of a runner: the files are handed to it."""
    found = _SCRIPT.match(line)
    if not found or not package_json:
        return line
    try:
        manifest = json.loads(package_json)
    except (ValueError, RecursionError):
        return line
    scripts = manifest.get("scripts") if isinstance(manifest, dict) else None
    body = scripts.get(found["npm"] or found["other"]) if isinstance(scripts, dict) else None
    if not isinstance(body, str) or _NOT_PLAIN.search(body):
        return line
    runner = _BY_FILE.match(body)
    # What its body is pointed at stays, and would be run beside the files: then it is not narrower.
    if not runner or any(not word.startswith("-") for word in body[runner.end() :].split()):
        return line
    return f"{line}{' --' if found['npm'] else ''} {' '.join(map(shlex.quote, files))}"
