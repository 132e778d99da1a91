"""Task runners by the name of their command: which task a call names, and the bodies behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sandbox.detect.commands import bodies, hooks, shell, toxnox
from sandbox.detect.commands.bodies import Body
from sandbox.detect.read.source import Source, table
from sandbox.detect.read.values import Evidence
from sandbox.detect.tools.table import recognise

Task = tuple[str, list[Body], str] | None
"""A task's name, its bodies, and the directory they run in; None where the call names no task."""


def _arguments(words: tuple[str, ...], valued: str = "") -> list[str]:
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in valued.split()
        elif "=" not in word:
            found.append(word)
    return found


def _make(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    if "-C" in words[:-1]:
        cwd = shell.join(cwd, words[words.index("-C") + 1])
    targets = _arguments(words[1:], "-C -f -j -o") or [""]
    found = [body for target in targets[:5] for body in bodies.make(source, cwd, target)]
    return ("make " + " ".join(targets)).strip(), found, cwd


def _just(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    recipe = next(iter(_arguments(words[1:])), "")
    return f"just {recipe}", bodies.just(source, ".", recipe), cwd


def _tox(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names: list[str] = []
    for flag, value in zip(words, (*words[1:], ""), strict=True):
        if flag in ("-e", "-f", "-m", "--env"):
            names += [n for n in value.split(",") if n]
        elif re.match(r"-e\w", flag):
            names += [n for n in flag[2:].split(",") if n]
    known = toxnox.tox_names(source)
    factor = "-f" in words
    chosen = [n for n in known if not names or n in names or (factor and set(names) & set(n.split("-")))]
    chosen += [n for n in names if n not in known and "$" not in n and not factor]
    found = [body for n in chosen[:12] if (env := toxnox.tox(source, n)) for body in env.bodies]
    return ("tox " + ",".join(names)).strip(), found, cwd


def _nox(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    sessions = toxnox.nox(source)
    names: list[str] = []
    collecting = False
    for word in words[1:]:
        if word in ("-s", "--session", "--sessions", "-e"):
            collecting = True
        elif word.startswith("-"):
            collecting = False
        elif collecting:
            names.append(re.sub(r"[-(]?(\$.*|\d[\d.]*\)?|py.*\d)$", "", word).rstrip("-("))
    chosen = [s for n, s in sessions.items() if not names or n in names]
    return ("nox " + ",".join(names)).strip(), [b for s in chosen for b in s.bodies], cwd


_BUILTIN = frozenset(
    [
        "install",
        "i",
        "ci",
        "add",
        "remove",
        "publish",
        "pack",
        "audit",
        "exec",
        "dlx",
        "x",
        "create",
        "init",
        "link",
        "version",
        "why",
        "dedupe",
        "config",
        "cache",
        "set",
        "store",
        "info",
        "up",
        "update",
        "prune",
        "rebuild",
        "ls",
        "list",
        "outdated",
        "view",
        "login",
        "global",
        "workspace",
        "workspaces",
        "plugin",
        "constraints",
        "npm",
        "node",
        "import",
        "patch",
        "env",
        "self-update",
    ]
)


def _package(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    if any(re.match(r"(-r|--recursive|--filter(=.*)?|-F|--workspaces?(=.*)?|-ws?)$", word) for word in words):
        return None
    manager, rest = words[0], list(words[1:])
    while rest and rest[0].startswith("-"):
        flag = rest.pop(0)
        if flag in ("--prefix", "-C", "--cwd", "--dir") and rest:
            cwd = shell.join(cwd, rest.pop(0))
        elif flag in ("--filter", "-F", "-w", "--workspace") and rest:
            rest.pop(0)
            return None
    if not rest:
        return None
    head = rest.pop(0)
    if head in ("run", "run-script", "run-s", "run-p", "rum", "urn"):
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
        return (
            (f"{manager} {head}", [Body(" ".join(words[1:]), Evidence("package.json", 0, ""))], cwd)
            if manager == "yarn" and recognise((head,))
            else None
        )
    return f"npm {head}", found, cwd


def _many(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    """run-s, run-p, npm-run-all, concurrently: several scripts of package.json at once."""
    names = [w.split(" ")[0].removeprefix("npm:") for w in words[1:] if not w.startswith("-")]
    scripts = table(source.json("package.json"), "scripts")
    found = [Body(f"npm run {name}", Evidence("package.json", 0, name)) for name in names if name in scripts]
    found += [body for name in names if name not in scripts for body in bodies.package(source, cwd, name)]
    if words[0] == "concurrently":
        found += [Body(w, Evidence("package.json", 0, w)) for w in words[1:] if " " in w]
    return "npm " + "+".join(names)[:80], found, cwd


def _composer(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = [n for n in _arguments(words[1:]) if n not in ("run", "run-script", "exec")]
    found = bodies.composer(source, names[0]) if names else []
    return (f"composer {names[0]}", found, cwd) if found else None


def _poe(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = _arguments(words[1:])
    return (f"poe {names[0]}", bodies.python_task(source, "poe", names[0]), cwd) if names else None


def _pdm(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = [n for n in _arguments(words[1:]) if n != "run"]
    found = bodies.python_task(source, "pdm", names[0]) if names else []
    return (f"pdm {names[0]}", found, cwd) if found else None


def _hatch(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    rest = _arguments(words[1:], "-e --env -i --include")
    if rest[:1] == ["test"]:
        return "hatch test", [Body("pytest " + " ".join(rest[1:]), Evidence("pyproject.toml", 0, "hatch test"))], cwd
    if rest[:1] == ["fmt"]:
        return (
            "hatch fmt",
            [Body("ruff check . && ruff format --check .", Evidence("pyproject.toml", 0, "hatch fmt"))],
            cwd,
        )
    if rest[:1] != ["run"] or len(rest) < 2:
        return None
    found = bodies.python_task(source, "hatch", rest[1])
    if not found:
        found = [
            Body(
                " ".join([rest[1].rpartition(":")[2], *words[words.index(rest[1]) + 1 :]]),
                Evidence("pyproject.toml", 0, " ".join(words)),
            )
        ]
    return f"hatch {rest[1]}", found, cwd


def _pre_commit(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = [n for n in _arguments(words[1:], "--hook-stage -c --config --from-ref --to-ref") if n != "run"]
    if "run" not in words and words[0] != "prek":
        return words[0], [], cwd
    chosen = [h for h in hooks.hooks(source) if not names or h.id in names]
    return "pre-commit", [Body(h.script, h.evidence) for h in chosen if h.script], cwd


READERS: Mapping[str, Callable[[Source, tuple[str, ...], str], Task]] = {
    "make": _make, "gmake": _make, "just": _just, "tox": _tox, "nox": _nox,
    "npm": _package, "pnpm": _package, "yarn": _package, "bun": _package, "yarnpkg": _package,
    "run-s": _many, "run-p": _many, "npm-run-all": _many, "npm-run-all2": _many, "concurrently": _many,
    "composer": _composer, "poe": _poe, "pdm": _pdm, "hatch": _hatch, "pre-commit": _pre_commit, "prek": _pre_commit,
}  # fmt: skip
