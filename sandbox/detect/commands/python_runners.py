"""Task runners of Python by the name of their command: tox, nox, hatch, poe, pdm, pixi, invoke and pre-commit."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from itertools import pairwise

from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.tasks import hooks, pytasks, toxnox
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence

Task = tuple[str, list[Body], str] | None
"""A task's name, its bodies, and the directory they run in; None where the call names no task."""


def arguments(words: tuple[str, ...], valued: str = "") -> list[str]:
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in valued.split()
        elif "=" not in word:
            found.append(word)
    return found


def invoke(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    tasks = pytasks.invoke_tasks(source)
    full = [n.replace("_", "-") for n in arguments(words[1:], "-c -r -f -e")]
    names = [n if n in tasks else n.rpartition(".")[2] for n in full]
    found = [body for name in names[:5] for body in tasks.get(name, [])]
    return (f"invoke {' '.join(names)}", found, cwd) if names and names[0] in tasks else None


def pixi(source: Source, words: tuple[str, ...], cwd: str) -> Task:
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


def tox(source: Source, words: tuple[str, ...], cwd: str) -> Task:
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


def nox(source: Source, words: tuple[str, ...], cwd: str) -> Task:
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


def run(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    """`pipenv run NAME` and `rye run NAME` of their tables of scripts; None where it is a program's name."""
    if words[0] == "rye" and words[1:2] in (("test",), ("lint",), ("fmt",)):
        line = {"test": "pytest", "lint": "ruff check", "fmt": "ruff format"}[words[1]]
        rest = [w for w in words[2:] if w != "--"]
        return " ".join(words[:2]), [Body(shlex.join([*line.split(), *rest]), Evidence("pyproject.toml", 0, ""))], cwd
    names = arguments(words[2:])
    found = pytasks.script(source, words[0], names[0]) if words[1:2] == ("run",) and names else []
    return (f"{words[0]} {names[0]}", found, cwd) if found else None


def poe(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = arguments(words[1:])
    return (f"poe {names[0]}", pytasks.poe(source, names[0]), cwd) if names else None


def pdm(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = [n for n in arguments(words[1:]) if n != "run"]
    found = pytasks.pdm(source, names[0]) if names else []
    return (f"pdm {names[0]}", found, cwd) if found else None


def hatch(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    rest = arguments(words[1:], "-e --env -i --include")
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


def pre_commit(source: Source, words: tuple[str, ...], cwd: str) -> Task:
    names = [n for n in arguments(words[1:], "--hook-stage -c --config --from-ref --to-ref") if n != "run"]
    if "run" not in words and words[0] != "prek":
        return words[0], [], cwd
    named = next((v for f, v in pairwise(words) if f in ("-c", "--config")), "")
    chosen = [h for h in hooks.hooks(source, named) if not names or h.id in names]
    return "pre-commit", [Body(h.script, h.evidence) for h in chosen if h.script], cwd


READERS: Mapping[str, Callable[[Source, tuple[str, ...], str], Task]] = {
    "tox": tox,
    "nox": nox,
    "poe": poe,
    "pdm": pdm,
    "hatch": hatch,
    "pixi": pixi,
    **dict.fromkeys(("pre-commit", "prek"), pre_commit),
    **dict.fromkeys(("invoke", "inv"), invoke),
    **dict.fromkeys(("pipenv", "rye"), run),
}
