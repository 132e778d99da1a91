"""Calls a test runner for a few files or tests only: the same runner, with the same selection but for what it was
pointed at."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Collection, Sequence

from workflows.reports.package_scripts import body_of
from workflows.reports.runner_words import parted, takes_more, with_selection

_PREFIX = (
    r"^(?:[A-Za-z_]\w*=[^\s'\"]* +)*"
    r"(?:(?:uv run(?: --[\w=-]+)*|poetry run|pdm run|pipenv run|hatch run|rye run|xvfb-run(?: -a)?"
    r"|coverage run(?: -[\w=.,/-]+)*? -m|time) +)?"
)
_NPX = r"(?:npx (?:--no-install )?|bunx |yarn (?:run )?|pnpm (?:exec )?|(?:\./)?node_modules/\.bin/)?"
_BY_FILE = re.compile(
    rf"{_PREFIX}(?:\S*python[\d.]*(?: -[A-Z]\w*)* -m pytest|\S*\bpy\.?test|{_NPX}jest|{_NPX}vitest(?: run)?|{_NPX}mocha"
    r"|node(?: --[\w=-]+)* --test|(?:bundle exec |bin/)?rspec)(?= |$)"
)
_SCRIPT = re.compile(r"(?:npm (?:run )?(?P<npm>[\w:.-]+)|(?:yarn|pnpm)(?: run)? (?P<other>[\w:.-]+))$")
_BY_TEST = re.compile(r"(?:pytest|py\.test)$")
_GO = re.compile(rf"{_PREFIX}go test(?= |$)")
_NOT_PLAIN = re.compile(r"[;&|<>`\n\\#]|\$\(")
MOST = 60
"""Files, or tests, that a runner is called for at once."""


def narrow(
    line: str, files: Sequence[str], cwd: str = ".", paths: Collection[str] = (), package_json: bytes = b""
) -> str:
    """The line for these files alone, or as it is where that cannot be done with certainty.

    `files` are relative to the tree, the line is run in `cwd`; `paths` are all files of the tree: what
    the line names of them is what it was pointed at. Behind `::` a test in the file may be named, which counts where
    the runner is pytest, and is left out elsewhere.
    """
    line = line.strip()
    found = _BY_FILE.match(line)
    if not calls_for_tests(line):
        files = tuple(dict.fromkeys(file.partition("::")[0] for file in files))
    inside = [posixpath.relpath(file, cwd) for file in files]
    if not files or len(files) > MOST or _NOT_PLAIN.search(line) or any(file.startswith("..") for file in inside):
        return line
    if found:
        return _pointed(line, found.end(), inside, cwd, paths)
    if called := _GO.match(line):
        return _packages(line, called.end(), inside)
    return _script(line, inside, package_json)


def calls_for_tests(line: str) -> bool:
    """Whether a line can be narrowed to single tests of a file."""
    found = _BY_FILE.match(line.strip())
    return bool(found and _BY_TEST.search(found[0])) and not _NOT_PLAIN.search(line.strip())


def _pointed(line: str, at: int, files: Sequence[str], cwd: str, paths: Collection[str]) -> str:
    """What is no option's and lies in the tree was the selection; the rest stays."""
    try:
        words = shlex.split(line[at:])
    except ValueError:
        return line
    known = _places(paths)

    def selects(word: str) -> bool:
        return _place(word, cwd) in known

    found = with_selection(_runner(line[:at]), words, selects, files)
    return line if found is None else " ".join([line[:at], *map(shlex.quote, found)])


def _packages(line: str, at: int, files: Sequence[str]) -> str:
    """Go is called for packages; what stands behind `-args` is the tests' own."""
    try:
        words = shlex.split(line[at:])
    except ValueError:
        return line
    ends = next((number for number, word in enumerate(words) if word in ("-args", "--args")), len(words))
    folders = sorted({f"./{posixpath.dirname(file)}".rstrip("/") for file in files})
    found = with_selection("go", words[:ends], lambda _: True, folders)
    return line if found is None else " ".join([line[:at], *map(shlex.quote, [*found, *words[ends:]])])


def _runner(called: str) -> str:
    """The name of the runner that a call ends with."""
    if called.endswith("--test"):
        return "node"
    name = re.split(r"[\s/]", called.removesuffix(" run"))[-1]
    return name if name != "py.test" else "pytest"


def _above(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _script(line: str, files: Sequence[str], package_json: bytes) -> str:
    """A script of package.json that is one plain call of a runner: the files are handed to it."""
    body = _script_of(line, package_json)
    runner = _BY_FILE.match(body) if body is not None else None
    # What its body is pointed at stays, and would be run beside the files: then it is not narrower.
    if body is None or not runner or not takes_more(_runner(runner[0]), body[runner.end() :].split()):
        return line
    return f"{line}{' --' if line.startswith('npm') else ''} {' '.join(map(shlex.quote, files))}"


def _script_of(line: str, package_json: bytes) -> str | None:
    """The body of the script that a line runs, where it is one plain command."""
    found = _SCRIPT.match(line)
    body = body_of(found["npm"] or found["other"], package_json) if found else None
    return None if body is None or _NOT_PLAIN.search(body) else body


def files_of_tests(line: str, paths: Collection[str], cwd: str = ".", package_json: bytes = b"") -> tuple[str, ...]:
    """Files of the tree that a runner probably takes for tests where it is called so, and that it can be called for.

    They are told by their names, as the runner does by default; () where nothing is known of the line.
    """
    named = _names(line.strip(), package_json)
    if named is None:
        return ()
    below = [folder.rstrip("/") for folder in _pointed_at(line.strip(), cwd, paths)]
    here = "" if cwd in ("", ".") else f"{posixpath.normpath(cwd)}/"
    found = sorted(path for path in paths if path.startswith(here) and named.search(f"/{path.removeprefix(here)}"))
    if below:
        found = [path for path in found if any(path == one or path.startswith(f"{one}/") for one in below)]
    return tuple(path for path in found if narrow(line, [path], cwd, paths, package_json) != line.strip())


def _names(line: str, package_json: bytes) -> re.Pattern[str] | None:
    if _GO.match(line):
        return re.compile(r"_test\.go$")
    found = _BY_FILE.match(line)
    if not found and (body := _script_of(line, package_json)) is not None:
        found = _BY_FILE.match(body)
    if not found:
        return None
    js, called = r"\.[cm]?[jt]sx?$", found[0]
    if calls_for_tests(called):
        return re.compile(r"/(?:test_[^/]*|[^/]*_test)\.py$")
    if called.endswith("rspec"):
        return re.compile(r"_spec\.rb$")
    if called.endswith(("jest", "vitest", "run")):
        return re.compile(rf"^(?!.*/node_modules/).*(?:\.(?:test|spec)|/__tests__/.*){js}")
    return re.compile(rf"^(?!.*/(?:node_modules|fixtures?|helpers?|support)/).*(?:[._-](?:test|spec)|/tests?/.*){js}")


def _pointed_at(line: str, cwd: str, paths: Collection[str]) -> list[str]:
    """What a line that calls a runner by itself names of the tree's folders and files."""
    called = _BY_FILE.match(line) or _GO.match(line)
    if not called:
        return []
    try:
        words = shlex.split(line[called.end() :])
    except ValueError:
        return []
    known = _places(paths)
    runner = "go" if called[0].endswith("go test") else _runner(called[0])
    found = parted(runner, words, lambda word: _place(word, cwd) in known)
    return sorted({_place(word, cwd) for word in found.selection} - {"."}) if found else []


def _places(paths: Collection[str]) -> set[str]:
    """The files of a tree and the folders above them."""
    return {above for path in map(posixpath.normpath, paths) for above in (path, *_above(path))}


def _place(word: str, cwd: str) -> str:
    return posixpath.normpath(posixpath.join(cwd, word.partition("::")[0]))
