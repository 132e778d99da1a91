"""Task runners by the name of their command: which task a call names, and the bodies behind it."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise

from sandbox.detect.commands import bodies, shell
from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.tasks import earthfiles, hooks, justfiles, maven, melos, pytasks, taskfiles, toxnox
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
    for flag, value in zip(words, (*words[1:], ""), strict=True):
        if flag in ("-C", "--directory"):
            cwd = shell.join(cwd, value)
        elif flag.startswith("--directory="):
            cwd = shell.join(cwd, flag.partition("=")[2])
    targets = _arguments(words[1:], "-C --directory -f -j -o") or [""]
    found = [body for target in targets[:5] for body in bodies.make(source, cwd, target)]
    return ("make " + " ".join(targets)).strip(), found, cwd


def _just(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    for flag, value in pairwise(words):
        if flag in ("-f", "--justfile"):
            cwd = shell.join(cwd, posixpath.dirname(value) or ".")
        elif flag in ("-d", "--working-directory"):
            cwd = shell.join(cwd, value)
    names = _arguments(words[1:], "-f --justfile -d --working-directory --set")
    return f"just {' '.join(names[:2])}".strip(), justfiles.just(source, cwd, names), cwd


def _task(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    for flag, value in pairwise(words):
        if flag in ("-d", "--dir"):
            cwd = shell.join(cwd, value)
    names = _arguments(words[1:], "-d --dir -t --taskfile -p -C -o") or [""]
    found = [body for name in names[:5] for body in taskfiles.task(source, cwd, name)]
    found = found or pytasks.script(source.below(cwd), "task", names[0])
    return f"task {' '.join(names)}".strip(), found, cwd


def _mise(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    rest = [w for w in words[1:] if not w.startswith("-")]
    if rest[:1] in (["run"], ["r"], ["tasks"]):
        rest = [w for w in rest[1:] if w != "run"]
    found = [b for name in rest[:5] if name != ":::" for b in taskfiles.mise(source, name)]
    return (f"mise {rest[0]}", found, cwd) if found else None


def _deno(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    for flag, value in pairwise(words):
        if flag == "--cwd":
            cwd = shell.join(cwd, value)
    names = _arguments(words[1:], "--cwd --config -c")
    if names[:1] not in (["task"], ["run"]) or len(names) < 2:
        return None
    found = taskfiles.deno(source, cwd, names[1])
    return (f"deno {names[1]}", found, cwd) if found else None


def _invoke(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    tasks = pytasks.invoke_tasks(source)
    full = [n.replace("_", "-") for n in _arguments(words[1:], "-c -r -f -e")]
    names = [n if n in tasks else n.rpartition(".")[2] for n in full]
    found = [body for name in names[:5] for body in tasks.get(name, [])]
    return (f"invoke {' '.join(names)}", found, cwd) if names and names[0] in tasks else None


def _pixi(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    rest = list(words[1:])
    if rest[:1] != ["run"]:
        return None
    rest.pop(0)
    environment = ""
    while rest and rest[0].startswith("-"):
        flag = rest.pop(0)
        if flag in ("-e", "--environment") and rest and re.fullmatch(r"\w[\w.-]*", rest[0]):
            environment = f"-e {rest.pop(0)} "
        elif flag in ("--manifest-path", "-p", "--platform") and rest:
            rest.pop(0)
    if not rest:
        return None
    found = pytasks.pixi(source, rest[0])
    if not found:
        found = [Body(shlex.join(rest), Evidence(pytasks.pixi_table(source)[1], 0, " ".join(words)[:200]))]
        return f"pixi {environment}--", found, cwd
    return f"pixi {environment}{rest[0]}", found, cwd


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
            names.append(re.sub(r"[-(]?(\$.*|\d[\d.]{0,20}\)?|py.{0,40}\d)$", "", word).rstrip("-("))
    chosen = [s for n, s in sessions.items() if not names or n in names]
    return ("nox " + ",".join(names)).strip(), [b for s in chosen for b in s.bodies], cwd


_BUILTIN = frozenset(
    [
        *("install", "i", "ci", "add", "remove", "publish", "pack", "audit", "exec", "dlx", "x", "create", "init"),
        *("link", "version", "why", "dedupe", "config", "cache", "set", "store", "info", "up", "update", "prune"),
        *("rebuild", "ls", "list", "outdated", "view", "login", "global", "workspace", "workspaces", "plugin"),
        *("constraints", "npm", "node", "import", "patch", "env", "self-update"),
    ]
)


def _package(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    manager, rest = words[0], list(words[1:])
    while rest and rest[0].startswith("-"):
        flag = rest.pop(0)
        if flag in ("--prefix", "-C", "--cwd", "--dir") and rest:
            cwd = shell.join(cwd, rest.pop(0))
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
    names = [n for n in _arguments(words[1:]) if n not in ("run", "run-script", "exec")]
    found = bodies.composer(source, names[0]) if names else []
    return (f"composer {names[0]}", found, cwd) if found else None


def _run(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    """`pipenv run NAME` and `rye run NAME` of their tables of scripts; None where it is a program's name."""
    if words[0] == "rye" and words[1:2] in (("test",), ("lint",), ("fmt",)):
        line = {"test": "pytest", "lint": "ruff check", "fmt": "ruff format"}[words[1]]
        rest = [w for w in words[2:] if w != "--"]
        return " ".join(words[:2]), [Body(shlex.join([*line.split(), *rest]), Evidence("pyproject.toml", 0, ""))], cwd
    names = _arguments(words[2:])
    found = pytasks.script(source, words[0], names[0]) if words[1:2] == ("run",) and names else []
    return (f"{words[0]} {names[0]}", found, cwd) if found else None


def _poe(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = _arguments(words[1:])
    return (f"poe {names[0]}", pytasks.poe(source, names[0]), cwd) if names else None


def _pdm(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = [n for n in _arguments(words[1:]) if n != "run"]
    found = pytasks.pdm(source, names[0]) if names else []
    return (f"pdm {names[0]}", found, cwd) if found else None


def _hatch(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    rest = _arguments(words[1:], "-e --env -i --include")
    if rest[:1] == ["test"]:
        return "hatch test", [Body(f"pytest {' '.join(rest[1:])}", Evidence("pyproject.toml", 0, "hatch test"))], cwd
    if rest[:1] == ["fmt"]:
        line = "ruff check . && ruff format --check ."
        return "hatch fmt", [Body(line, Evidence("pyproject.toml", 0, "hatch fmt"))], cwd
    if rest[:1] != ["run"] or len(rest) < 2:
        return None
    found = pytasks.hatch(source, rest[1])
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


def _cargo(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    """An alias of .cargo/config.toml."""
    words = tuple(w for w in words if not w.startswith("+"))
    name = next(iter(_arguments(words[1:], "--config --color -Z -C")), "").lstrip("+")
    for path in (".cargo/config.toml", ".cargo/config"):
        body = table(source.toml(path), "alias").get(name)
        line = " ".join(str(w) for w in body) if isinstance(body, list) else body
        if isinstance(line, str) and line.split()[:1] != [name]:
            rest = words[words.index(name) + 1 :]
            script = f"cargo {line} {shlex.join(rest)}".strip()
            return f"cargo {name}", [Body(script, source.evidence(path, name, after="[alias]"))], cwd
    return None


READERS: Mapping[str, Callable[[Source, tuple[str, ...], str], Task]] = {
    "make": _make, "gmake": _make, "just": _just, "tox": _tox, "nox": _nox,
    "npm": _package, "pnpm": _package, "yarn": _package, "bun": _package, "yarnpkg": _package,
    "run-s": _many, "run-p": _many, "npm-run-all": _many, "npm-run-all2": _many, "concurrently": _many,
    "composer": _composer, "poe": _poe, "pdm": _pdm, "hatch": _hatch, "pre-commit": _pre_commit, "prek": _pre_commit,
    "task": _task, "go-task": _task, "mise": _mise, "rtx": _mise, "deno": _deno, "invoke": _invoke, "inv": _invoke,
    "earthly": earthfiles.task, "earth": earthfiles.task, "pixi": _pixi, "cargo": _cargo, "pipenv": _run, "rye": _run,
    "melos": melos.task, "mvn": maven.task, "mvnw": maven.task,
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
