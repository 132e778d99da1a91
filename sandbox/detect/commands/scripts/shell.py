"""Shell scripts read as simple commands: continued lines joined, lists split, wrappers taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sandbox.detect.commands.scripts.split import parts, unrolled
from sandbox.detect.commands.scripts.wrappers import ASSIGNMENT

_CONTROL = frozenset({"if", "then", "else", "elif", "do", "while", "!", "{", "(", "until", "time", "exec", "command"})
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?[-=]([^{}$]*))?\}|(\w+))")


@dataclass(frozen=True, slots=True)
class ShellLine:
    """One simple command of a script. `offset` counts lines from the script's first, `cwd` follows `cd`."""

    words: tuple[str, ...]
    offset: int = 0
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    tolerated: bool = False
    """Whether its failure is of no consequence: `flake8 || true`."""


def commands(script: str, cwd: str = ".", given: Mapping[str, str] | None = None) -> Iterator[ShellLine]:
    """The simple commands of a script, in order; what cannot be split into words is left out.

    `given` are the variables that it is run with, as far as their values are plain text.
    """
    known = {name: value for name, value in (given or {}).items() if value and "$" not in value}
    exported: dict[str, str] = {}
    lenient, before = False, [cwd]
    for offset, raw in unrolled(script, known):
        here = cwd
        line = _VARIABLE.sub(lambda m: _value(m, known), _WORKSPACE.sub(_ROOT, raw))
        group = 0
        for part in parts(line):
            words, env = _assignments(list(part.words))
            if part.group != group:
                group, here = part.group, cwd  # another pair of parentheses, or behind one
            declared = words[:1] in (["export"], ["declare"], ["typeset"])
            if not words or declared:
                # The first value counts: later ones are for special cases, inside of an `if`.
                set_here = {**_assignments([w for w in words[1:] if w[:1] != "-"])[1], **env}
                for name, value in set_here.items():
                    known.setdefault(name, value)
                    if declared and (kept := exportable(name, value)) is not None:
                        exported.setdefault(name, kept)
                continue
            tolerated = part.tolerated or lenient or _asked(part.words, script, offset)
            if words[0] == "set":
                lenient = "+e" in words or (lenient and "-e" not in words)
            if words[0] in ("cd", "pushd", "popd"):
                where = [w for w in words[1:] if w not in ("--", "-P", "-L")][:1] or ["."]
                # What the same line has set is known now, and the directory that a script is in is where it is.
                where = [_HERE.sub("", _VARIABLE.sub(lambda m: _value(m, known), where[0]))] if where[0] else where
                start, place = (
                    (".", where[0][len(_ROOT) :].lstrip("/")) if where[0].startswith(_ROOT) else (here, where[0])
                )
                target = before[-1] if words[0] == "popd" or where == ["-"] else join(start, place or ".")
                before.append(here)
                here = target
                if not part.nested:
                    cwd = here
                continue
            up = "." if here == "." else "/".join(".." for _ in here.split("/"))
            words = [w.replace(_ROOT, up) for w in words]
            yield ShellLine(tuple(words), offset, here, {**exported, **_steering(env)}, tolerated)


def _steering(env: Mapping[str, str]) -> dict[str, str]:
    """What a command is given with it, but for what has a test write down what it finds as right."""
    return {name: value for name, value in env.items() if not _WRITING.match(name)}


_WRITING = re.compile(r"(UPDATE|UPDATE_\w+|\w+_UPDATE|INSTA_\w+|BLESS|OVERWRITE\w*|REGEN\w*)$")


def _asked(words: list[str], script: str, offset: int) -> bool:
    """Whether a command is a mere question: `if ! pylint x; then echo so what; fi`, with nothing that fails on it."""
    if words[:1] not in (["if"], ["elif"], ["while"], ["until"]):
        return False
    after = re.split(r"\bfi\b|\bdone\b", "\n".join(script.splitlines()[offset : offset + 30]), maxsplit=1)[0]
    return not re.search(r"\b(exit|return)\s+[1-9$]|\bfalse\b|\bexit\s*$|=1\b|failed|FAIL|::error", after, re.M)


_ROOT = "/.workspace"
"""What stands for the root of the tree while a script is read."""
_HERE = re.compile(r"^\$(?:PWD|\{PWD\})(?:/|$)")
_WORKSPACE = re.compile(
    r"(?:(?<=[\s\"'(=])|^)\$\{?(GITHUB_WORKSPACE|CI_PROJECT_DIR|BUILD_SOURCESDIRECTORY|TRAVIS_BUILD_DIR)\}?"
    r"|(?:(?<=\bcd )|(?<=\bcd \"))(?:\$\(git rev-parse --show-toplevel\)|`git rev-parse --show-toplevel`)"
)


def _value(matched: re.Match[str], known: Mapping[str, str]) -> str:
    """A variable's value, else the default that `${name:-default}` gives it, else the text as it is."""
    name = matched.group(1) or matched.group(3)
    default = matched.group(2)
    return known.get(name, matched.group(0) if default is None else default)


def exportable(name: str, value: str) -> str | None:
    """The value of a variable that steers what is run after it, None where it is CI's own or not static.

    Paths of the working directory are made relative: commands run in it.
    """
    if _OWN.match(name) or _WRITING.match(name):
        return None
    value = re.sub(r"/\.workspace|\$(SUBSTITUTION|\{?PWD\}?|\{?GITHUB_WORKSPACE\}?|\{?CI_PROJECT_DIR\}?)", ".", value)
    if name.endswith("PATH"):
        kept = [p for p in value.split(":") if p and "$" not in p]
        value = ":".join("/".join(x for x in p.split("/") if x != ".") or "." if p[0] != "/" else p for p in kept)
    return value if value and "$" not in value and len(value) < 500 else None


_OWN = re.compile(
    r"(PATH|HOME|PWD|SHELL|TERM|USER|LD_\w+|CI|GH_\w+|GITHUB_\w+|ACTIONS_\w+|RUNNER_\w+|CODECOV\w*|COVERALLS\w*|PIP_\w+"
    r"|UV_\w+|POETRY_\w+|NPM_\w+|npm_\w+|DEBIAN_FRONTEND|\w*TOKEN\w*|\w*CACHE\w*|DOCKER_\w+|CARGO_TERM\w*|FORCE_COLOR"
    r"|\w*_VERSION|\w*PASSWORD|\w*_KEY_ID|AWS_\w+|GRADLE_\w+|GO(PATH|BIN|PROXY|SUMDB|PRIVATE|TMPDIR|TOOLCHAIN)|JAVA_\w+|COVERAGE\w*|CMAKE_\w+|CC|CXX|VIRTUALENV_\w+|MYPY_FORCE_COLOR|NO_COLOR|PYTEST_ADDOPTS|TOXENV|TOX_\w+|NOX\w+"
    r"|PRE_COMMIT\w*|PY_COLORS|TURBO_\w+|SENTRY\w*|SONAR\w*|BASH\w*|PREFIX|SOURCE_FILES|VENV\w*|PS\d|IFS)$"
)


_DIRECTED: Mapping[str, tuple[str, ...]] = {
    "uv": ("--directory", "--project"),
    "poetry": ("-C", "--directory", "-P", "--project"),
    "pdm": ("-p", "--project"),
    "pixi": ("--manifest-path",),
    "go": ("-C",),
    "cargo": ("-C", "--manifest-path"),
    **dict.fromkeys(("mvn", "mvnw"), ("-f", "--file")),
    **dict.fromkeys(("gradle", "gradlew"), ("-p", "--project-dir")),
    "composer": ("-d", "--working-dir"),
    "swift": ("--package-path",),
    **dict.fromkeys(("terraform", "tofu"), ("-chdir",)),
    "bun": ("--cwd",),
    "env": ("-C", "--chdir"),
    **dict.fromkeys(("tox", "nox"), ("-c", "-f", "--root")),
}
_FILES = ("Cargo.toml", "pom.xml", "pixi.toml", "pyproject.toml", "tox.ini", "noxfile.py", "build.gradle")


def directed(words: tuple[str, ...], cwd: str) -> tuple[tuple[str, ...], str]:
    """A command without the flag that names the directory it works in, and that directory."""
    options = _DIRECTED.get(words[0].rpartition("/")[2], ())
    for number, word in enumerate(words[1:], 1):
        flag, equals, value = word.partition("=")
        if word == "--":
            break
        if flag not in options:
            continue
        value = value if equals else next(iter(words[number + 1 : number + 2]), "")
        rest = words[:number] + words[number + (1 if equals else 2) :]
        head, _, name = value.rpartition("/")
        if name in _FILES or name.endswith((".xml", ".toml", ".ini")):
            value = head or "."
        elif word in ("-f", "-c") and words[0].rpartition("/")[2] in ("tox", "nox", "mvn", "mvnw"):
            continue
        if value and "$" not in value and not value.startswith(("/", "~")):
            return rest, join(cwd, value)
    return words, cwd


def within(directory: str, place: str) -> bool:
    """Whether a directory is a place or lies below it."""
    return place == "." or directory == place or directory.startswith(f"{place}/")


_DEEPEST = 64
"""Directories below each other: a script that goes down for ever would make each step longer than the one before."""


def join(base: str, path: str) -> str:
    """A relative path below another; whatever leaves the tree, is not static or lies too deep stays at the base."""
    if path.startswith(("/", "~")) or "$" in path:
        return base
    parts: list[str] = []
    for part in [*base.split("/"), *path.split("/")]:
        if part == "..":
            if not parts:
                return "."
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts) or "." if len(parts) <= _DEEPEST else base


def _assignments(words: list[str]) -> tuple[list[str], dict[str, str]]:
    env: dict[str, str] = {}
    while words and (words[0] in _CONTROL or ASSIGNMENT.match(words[0])):
        if words[0] not in _CONTROL:
            name, _, value = words[0].partition("=")
            env[name] = value
        words = words[1:]
    return words, env
