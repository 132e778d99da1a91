"""Shell scripts read as simple commands: continued lines joined, lists split, wrappers taken off."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SUBSTITUTION = re.compile(r"\$\([^()]*(?:\([^()]*\)[^()]*)*\)|`[^`]*`")
_DUPLICATED = re.compile(r"\d?>&\d|&>>?\s*\S+|\d?>>?\s*\S+")
_CONTROL = frozenset({"if", "then", "else", "elif", "do", "while", "!", "{", "(", "until", "time", "exec", "command"})
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_TOOL_PATH = re.compile(r"(\./)?(node_modules|vendor/bin|bin|\.venv|venv|env)/")
_LINES = 2000

_VALUED: Mapping[str, frozenset[str]] = {
    "uv run": frozenset(
        [
            "--group",
            "--extra",
            "--with",
            "--python",
            "-p",
            "--package",
            "--only-group",
            "--no-group",
            "--index-url",
            "--directory",
            "--resolution",
            "--env-file",
            "--with-requirements",
            "--with-editable",
            "--no-extra",
            "--isolated-with",
            "--color",
            "--cache-dir",
            "--exclude-newer",
            "--project",
        ]
    ),
    "uvx": frozenset(["--from", "--with", "--python", "-p", "--index-url"]),
    "uv tool run": frozenset(["--from", "--with", "--python", "-p"]),
    "npx": frozenset(["-p", "--package"]),
    "pipx run": frozenset(["--spec", "--python"]),
    "coverage run": frozenset(
        ["--source", "--rcfile", "--omit", "--include", "--data-file", "--context", "--concurrency"]
    ),
    "nyc": frozenset(["--reporter", "--exclude", "--include", "--require"]),
    "c8": frozenset(["--reporter", "-r", "--exclude", "--include", "-x", "-n"]),
    "xvfb-run": frozenset(["-s", "-n", "--server-args", "--server-num"]),
    "env": frozenset(("-u", "-C", "--unset")),
    "sudo": frozenset(["-u", "-g"]),
    "timeout": frozenset(["-k", "-s", "--signal"]),
    "python": frozenset(["-W", "-X"]),
    "php": frozenset(["-d"]),
}
_WRAPPERS = (
    *("uv run", "uv tool run", "uvx", "poetry run", "pdm run", "pipenv run", "rye run", "pipx run", "coverage run"),
    *("npx", "bunx", "pnpx", "pnpm exec", "pnpm dlx", "yarn exec", "yarn dlx", "npm exec", "bun x", "c8", "nyc"),
    *("cross-env", "dotenv", "xvfb-run", "sudo", "timeout", "env", "nice", "bundle exec"),
    *("travis_retry", "travis_wait"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One simple command of a script. `offset` counts lines from the script's first, `cwd` follows `cd`."""

    words: tuple[str, ...]
    offset: int = 0
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)


def commands(script: str, cwd: str = ".") -> Iterator[Line]:
    """The simple commands of a script, in order; what cannot be split into words is left out."""
    known: dict[str, str] = {}
    for offset, raw in _logical(script):
        here = cwd
        logical = _VARIABLE.sub(lambda m: known.get(m.group(1), m.group(0)), raw) if known else raw
        for part in _parts(logical):
            words, env = _assignments(part)
            if not words or words[0] == "export":
                # The first value counts: later ones are for special cases, inside of an `if`.
                for name, value in {**_assignments(words[1:])[1], **env}.items():
                    known.setdefault(name, value)
                continue
            if words[0] == "cd" and len(words) == 2:
                here = join(here, words[1])
                if len(list(_parts(logical))) == 1:
                    cwd = here
                continue
            yield Line(tuple(words), offset, here, env)


def unwrap(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command inside of runners and wrappers: `uv run --group x coverage run -m pytest` is `pytest`."""
    for _ in range(8):
        shorter = _unwrap_once(words)
        if shorter == words or not shorter:
            return words
        words = shorter
    return words


def join(base: str, path: str) -> str:
    """A relative path below another; whatever leaves the tree or is not static stays at the base."""
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
    return "/".join(parts) or "."


def _logical(script: str) -> Iterator[tuple[int, str]]:
    start, pending, ending = 0, "", ""
    for offset, line in enumerate(script.splitlines()[:_LINES]):
        if ending:
            ending = "" if line.strip() == ending else ending
            continue
        if not pending:
            start = offset
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        heredoc = re.search(r"<<-?\s*['\"]?(\w+)['\"]?", pending)
        if heredoc:
            ending = heredoc.group(1)
        if pending.strip() and not pending.lstrip().startswith("#"):
            yield start, pending.strip()
        pending = ""
    if pending.strip():
        yield start, pending.strip()


def _parts(line: str) -> Iterator[list[str]]:
    line = _DUPLICATED.sub(" ", _SUBSTITUTION.sub("$SUBSTITUTION", line))
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    part: list[str] = []
    piped = False
    try:
        for token in lexer:
            if token and set(token) <= set(";&|()"):
                if part and not piped:
                    yield part
                part, piped = [], token == "|"
            else:
                part.append(token)
    except ValueError:
        return
    if part and not piped:
        yield part


def _assignments(words: list[str]) -> tuple[list[str], dict[str, str]]:
    env: dict[str, str] = {}
    while words and (words[0] in _CONTROL or _ASSIGNMENT.match(words[0])):
        if words[0] not in _CONTROL:
            name, _, value = words[0].partition("=")
            env[name] = value
        words = words[1:]
    return words, env


def _unwrap_once(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        return words
    name = words[0].rsplit("/", 1)[-1] if _TOOL_PATH.match(words[0]) else words[0]
    words = (name.lstrip("@") or name, *words[1:])
    if re.fullmatch(r"(.*/)?(python[\d.]*|py)", words[0]):
        rest = _options("python", words[1:])
        return rest[1:] if rest[:1] == ("-m",) and len(rest) > 1 else ("python", *words[1:])
    if words[0] == "php" and len(words) > 1:
        rest = _options("php", words[1:])
        return rest if rest and "vendor/bin/" in rest[0] else words
    for wrapper in _WRAPPERS:
        size = len(wrapper.split())
        if " ".join(words[:size]) == wrapper and len(words) > size:
            rest = _options(wrapper, words[size:])
            if wrapper == "timeout":
                rest = rest[1:]
            while rest and _ASSIGNMENT.match(rest[0]):
                rest = rest[1:]
            if wrapper == "coverage run" and rest[:1] and rest[0].endswith(".py"):
                return ("python", *rest)
            return rest or words
    return words


def _options(wrapper: str, words: tuple[str, ...]) -> tuple[str, ...]:
    valued = _VALUED.get(wrapper, frozenset())
    while words and words[0].startswith("-"):
        if words[0] == "--":
            return words[1:]
        if words[0] == "-m":
            return words[1:] if wrapper == "coverage run" else (words if wrapper == "python" else ("python", *words))
        words = words[2:] if words[0] in valued else words[1:]
    return words
