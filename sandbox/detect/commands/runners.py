"""Task runners by the name of their command: which task a call names, and the bodies behind it."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

from sandbox.detect.commands import bodies, python_runners
from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.python_runners import Task, arguments
from sandbox.detect.commands.scripts import shell
from sandbox.detect.commands.tasks import (
    dockerfiles,
    earthfiles,
    justfiles,
    maven,
    melos,
    moon,
    pytasks,
    sbt_aliases,
    taskfiles,
)
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence
from sandbox.detect.tools.table import recognise


def _make(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    for flag, value in zip(words, (*words[1:], ""), strict=True):
        if flag in ("-C", "--directory"):
            cwd = shell.join(cwd, value)
        elif flag.startswith("--directory="):
            cwd = shell.join(cwd, flag.partition("=")[2])
    targets = arguments(words[1:], f"-C --directory -j -o {' '.join(_MAKEFILE)}") or [""]
    file = next((v for f, v in pairwise(words) if f in _MAKEFILE), "")
    file = next((w.partition("=")[2] for w in words if w.startswith(("--file=", "--makefile="))), file)
    given = dict(w.split("=", 1) for w in words[1:] if re.match(r"[A-Za-z_]\w*=", w))
    found = [body for target in targets[:5] for body in bodies.make(source, cwd, target, given, file)]
    return ("make " + " ".join(targets)).strip(), found, cwd


_MAKEFILE = ("-f", "--file", "--makefile")


def _just(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    for flag, value in pairwise(words):
        if flag in ("-f", "--justfile"):
            cwd = shell.join(cwd, posixpath.dirname(value) or ".")
        elif flag in ("-d", "--working-directory"):
            cwd = shell.join(cwd, value)
    names = arguments(words[1:], "-f --justfile -d --working-directory --set")
    return f"just {' '.join(names[:2])}".strip(), justfiles.just(source, cwd, names), cwd


def _task(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    for flag, value in pairwise(words):
        if flag in ("-d", "--dir"):
            cwd = shell.join(cwd, value)
    names = arguments(words[1:], "-d --dir -t --taskfile -p -C -o") or [""]
    found = [body for name in names[:5] for body in taskfiles.task(source, cwd, name)]
    found = found or pytasks.script(source.below(cwd), "task", names[0])
    return f"task {' '.join(names)}".strip(), found, cwd


def _mise(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    rest = [w for w in words[1:] if not w.startswith("-")]
    if rest[:1] in (["run"], ["r"], ["tasks"]):
        rest = [w for w in rest[1:] if w != "run"]
    if len(rest) and (there := re.fullmatch(r"//([\w./-]*):([\w:.-]+)", rest[0])):
        found = taskfiles.mise(source.below(there.group(1) or "."), there.group(2))
        moved = [replace(b, cwd=None) for b in found]
        return (f"mise {rest[0]}", moved, there.group(1) or ".") if found else None
    found = [b for name in rest[:5] if name != ":::" for b in taskfiles.mise(source, name)]
    return (f"mise {rest[0]}", found, cwd) if found else None


def _deno(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    for flag, value in pairwise(words):
        if flag == "--cwd":
            cwd = shell.join(cwd, value)
    names = arguments(words[1:], "--cwd --config -c")
    if names[:1] not in (["task"], ["run"]) or len(names) < 2:
        return None
    found = taskfiles.deno(source, cwd, names[1])
    return (f"deno {names[1]}", found, cwd) if found else None


_BUILTIN = frozenset(
    [
        *("install", "i", "ci", "add", "remove", "publish", "pack", "audit", "exec", "dlx", "x", "create", "init"),
        *("link", "version", "why", "dedupe", "config", "cache", "set", "store", "info", "up", "update", "prune"),
        *("rebuild", "ls", "list", "outdated", "view", "login", "global", "workspace", "workspaces", "plugin"),
        *("constraints", "npm", "node", "import", "patch", "env", "self-update"),
    ]
)


def _package(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    manager, rest = words[0], _its_own(words)
    while rest and rest[0].startswith("-"):
        flag, equals, value = rest.pop(0).partition("=")
        if flag in ("--prefix", "-C", "--cwd", "--dir") and (equals or rest):
            cwd = shell.join(cwd, value if equals else rest.pop(0))
    if not rest:
        return None
    head = rest[0]
    if head in ("run", "run-script", "run-s", "run-p", "rum", "urn"):
        rest.pop(0)
        while rest and rest[0].startswith("-"):
            rest.pop(0)
        if not rest:
            return None
        head = rest[0]
    elif head in ("t", "tst"):
        head = "test"
    elif (
        (manager == "npm" and head not in ("test", "start"))
        or head in _BUILTIN
        or (manager == "bun" and head == "test")
    ):
        return None
    found = bodies.package(source, cwd, head)
    if not found:
        if manager == "npm" or not recognise(tuple(rest)):
            return None
        return f"{manager} {head}", [Body(shlex.join(rest), Evidence("package.json", 0, " ".join(words)[:200]))], cwd
    if given := [w for w in rest[1:] if w != "--"]:
        found[-1] = replace(found[-1], script=f"{found[-1].script} {shlex.join(given)}")
    return f"npm {head}", found, cwd


def _its_own(words: tuple[str, ...]) -> list[str]:
    """A manager's words behind its name. npm takes all options before `--` for its own, wherever they stand: the script
    is not given them, and that for another directory is moved to the front."""
    rest = list(words[1:])
    if words[0] not in ("npm", "gnpm", "cnpm"):
        return rest
    until = rest.index("--") if "--" in rest else len(rest)
    where: list[str] = []
    kept: list[str] = []
    for before, word in zip(("", *rest), rest[:until], strict=False):
        if before in ("--prefix", "-C") or word.startswith(("--prefix", "-C")):
            where.append(word)
        elif not word.startswith("-") and before not in _VALUED:
            kept.append(word)
    return [*where, *kept, *rest[until:]]


_VALUED = ("--loglevel", "--workspace", "-w", "--userconfig", "--script-shell", "--cache", "--registry")
"""Options of npm's that are given their value as a word of its own."""


def _many(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    """run-s, run-p, npm-run-all, concurrently: several scripts of package.json at once."""
    names = [re.sub(r"^(npm|yarn|pnpm|bun):", "", w.split(" ")[0]) for w in words[1:] if not w.startswith("-")]
    path = "package.json" if cwd == "." else f"{cwd}/package.json"
    scripts = table(source.json(path), "scripts")
    found = [Body(f"npm run {name}", Evidence(path, 0, name)) for name in names if name in scripts]
    found += [body for name in names if name not in scripts for body in bodies.package(source, cwd, name)]
    if words[0] == "concurrently":
        found += [Body(w, Evidence(path, 0, w)) for w in words[1:] if " " in w]
    return "npm " + "+".join(names)[:80], found, cwd


def _composer(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = [n for n in arguments(words[1:]) if n not in ("run", "run-script", "exec")]
    found = bodies.composer(source, names[0]) if names else []
    return (f"composer {names[0]}", found, cwd) if found else None


def _cargo(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    """An alias of .cargo/config.toml."""
    words = tuple(w for w in words if not w.startswith("+"))
    name = next(iter(arguments(words[1:], "--config --color -Z -C")), "").lstrip("+")
    for path in (".cargo/config.toml", ".cargo/config"):
        body = table(source.toml(path), "alias").get(name)
        line = " ".join(str(w) for w in body) if isinstance(body, list) else body
        if isinstance(line, str) and line.split()[:1] != [name]:
            rest = words[words.index(name) + 1 :]
            script = f"cargo {line} {shlex.join(rest)}".strip()
            return f"cargo {name}", [Body(script, source.evidence(path, name, after="[alias]"))], cwd
    return None


READERS: Mapping[str, Callable[[Source, tuple[str, ...], str], Task]] = {
    **python_runners.READERS,
    "make": _make, "gmake": _make, "just": _just,
    "npm": _package, "pnpm": _package, "yarn": _package, "bun": _package, "yarnpkg": _package,
    "gnpm": _package, "cnpm": _package, "nr": _package,
    "run-s": _many, "run-p": _many, "npm-run-all": _many, "npm-run-all2": _many, "concurrently": _many,
    "composer": _composer, "task": _task, "go-task": _task, "mise": _mise, "rtx": _mise, "deno": _deno,
    "earthly": earthfiles.task, "earth": earthfiles.task, "cargo": _cargo,
    "docker": dockerfiles.task, "docker-compose": dockerfiles.task, "podman": dockerfiles.task,
    "moon": moon.task, "melos": melos.task, "mvn": maven.task, "mvnw": maven.task, "sbt": sbt_aliases.task,
}  # fmt: skip
ROOTED = frozenset(
    [
        *(
            "tox",
            "nox",
            "composer",
            "poe",
            "pdm",
            "hatch",
            "pre-commit",
            "prek",
            "mise",
            "rtx",
            "invoke",
            "inv",
            "pixi",
        ),
        *("pipenv", "rye"),
    ]
)
"""Runners that look for their file in the directory that they are called in."""
