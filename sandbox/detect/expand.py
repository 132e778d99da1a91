"""From a script to the checks in it, through the task runners that it calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.detect import bodies, hooks, shell, toxnox
from sandbox.detect.bodies import Body
from sandbox.detect.source import Source, table
from sandbox.detect.tools import Call, recognise
from sandbox.detect.values import Evidence

Origin = Literal["ci", "hook", "task", "docs"]
_DEPTH = 6
_STEPS = 1500


@dataclass(frozen=True, slots=True)
class Seen:
    """A check that the repository runs somewhere. `group` names the place, `via` the tasks in between."""

    call: Call
    evidence: Evidence
    origin: Origin
    group: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    via: tuple[str, ...] = ()
    trail: tuple[Evidence, ...] = ()
    """Where the tasks of `via` were called, outermost first."""


@dataclass(frozen=True, slots=True)
class _Place:
    evidence: Evidence
    cwd: str
    env: Mapping[str, str]
    via: tuple[str, ...] = ()
    trail: tuple[Evidence, ...] = ()


class Expander:
    """Reads scripts of one repository; bounded in depth and in the number of commands over all calls."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = _STEPS

    def checks(
        self,
        script: str,
        evidence: Evidence,
        origin: Origin,
        group: str,
        cwd: str = ".",
        env: Mapping[str, str] | None = None,
    ) -> Iterator[Seen]:
        """The checks that a script comes to, in order."""
        for call, place in self._walk(script, _Place(evidence, cwd, env or {}), 0):
            yield Seen(call, place.evidence, origin, group, place.cwd, place.env, place.via, place.trail)

    def _walk(self, script: str, place: _Place, depth: int) -> Iterator[tuple[Call, _Place]]:
        if depth > _DEPTH:
            return
        for line in shell.commands(script, place.cwd):
            self._left -= 1
            if self._left < 0:
                return
            words = shell.unwrap(line.words)
            here = _Place(_below(place.evidence, line), line.cwd, {**place.env, **line.env}, place.via, place.trail)
            tasks = self._tasks(words, line.cwd)
            if tasks is None:
                if call := recognise(words):
                    yield call, here
                continue
            name, found, cwd = tasks
            if name in place.via or {"--version", "--help", "--watch"} & set(words):
                continue
            for body in found:
                inner = _Place(body.evidence, cwd, here.env, (*place.via, name), (*place.trail, here.evidence))
                yield from self._walk(body.script, inner, depth + 1)

    def _tasks(self, words: tuple[str, ...], cwd: str) -> tuple[str, list[Body], str] | None:
        """(name, bodies, directory) of the task that a command calls; None where it calls none."""
        name = words[0].rsplit("/", 1)[-1]
        reader = _READERS.get(name)
        if reader and (found := reader(self._source, words, cwd)):
            return found
        if reader is None and not recognise(words) and (script := _script_path(self._source, words, cwd)):
            return script, [Body(self._source.text(script), Evidence(script, 1, ""))], cwd
        return None


def _below(evidence: Evidence, line: shell.Line) -> Evidence:
    if not evidence.text:
        return Evidence(evidence.file, evidence.line + line.offset, " ".join(line.words)[:200])
    return evidence


def _script_path(source: Source, words: tuple[str, ...], cwd: str) -> str:
    """The shell script of the repository that a command runs, empty where it runs none."""
    first = words[1] if words[0] in ("bash", "sh", "source", ".") and len(words) > 1 else words[0]
    if "/" not in first and not first.endswith(".sh"):
        return ""
    path = shell.join(cwd, first)
    text = source.text(path)
    shebang = text.splitlines()[0] if text else ""
    shell_script = path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba|da|z|k)?sh\b", shebang)
    return path if text and shell_script else ""


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


_Found = tuple[str, list[Body], str] | None


def _make(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
    if "-C" in words[:-1]:
        cwd = shell.join(cwd, words[words.index("-C") + 1])
    targets = _arguments(words[1:], "-C -f -j -o") or [""]
    found = [body for target in targets[:5] for body in bodies.make(source, cwd, target)]
    return ("make " + " ".join(targets)).strip(), found, cwd


def _just(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
    recipe = next(iter(_arguments(words[1:])), "")
    return f"just {recipe}", bodies.just(source, ".", recipe), cwd


def _tox(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
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


def _nox(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
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


def _package(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
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


def _many(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
    """run-s, run-p, npm-run-all, concurrently: several scripts of package.json at once."""
    names = [w.split(" ")[0].removeprefix("npm:") for w in words[1:] if not w.startswith("-")]
    scripts = table(source.json("package.json"), "scripts")
    found = [Body(f"npm run {name}", Evidence("package.json", 0, name)) for name in names if name in scripts]
    found += [body for name in names if name not in scripts for body in bodies.package(source, cwd, name)]
    if words[0] == "concurrently":
        found += [Body(w, Evidence("package.json", 0, w)) for w in words[1:] if " " in w]
    return "npm " + "+".join(names)[:80], found, cwd


def _composer(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
    names = [n for n in _arguments(words[1:]) if n not in ("run", "run-script", "exec")]
    found = bodies.composer(source, names[0]) if names else []
    return (f"composer {names[0]}", found, cwd) if found else None


def _poe(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
    names = _arguments(words[1:])
    return (f"poe {names[0]}", bodies.python_task(source, "poe", names[0]), cwd) if names else None


def _pdm(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
    names = [n for n in _arguments(words[1:]) if n != "run"]
    found = bodies.python_task(source, "pdm", names[0]) if names else []
    return (f"pdm {names[0]}", found, cwd) if found else None


def _hatch(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
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


def _pre_commit(source: Source, words: tuple[str, ...], cwd: str) -> _Found:
    names = [n for n in _arguments(words[1:], "--hook-stage -c --config --from-ref --to-ref") if n != "run"]
    if "run" not in words and words[0] != "prek":
        return words[0], [], cwd
    chosen = [h for h in hooks.hooks(source) if not names or h.id in names]
    return "pre-commit", [Body(h.script, h.evidence) for h in chosen if h.script], cwd


_READERS: Mapping[str, Callable[[Source, tuple[str, ...], str], _Found]] = {
    "make": _make, "gmake": _make, "just": _just, "tox": _tox, "nox": _nox,
    "npm": _package, "pnpm": _package, "yarn": _package, "bun": _package, "yarnpkg": _package,
    "run-s": _many, "run-p": _many, "npm-run-all": _many, "npm-run-all2": _many, "concurrently": _many,
    "composer": _composer, "poe": _poe, "pdm": _pdm, "hatch": _hatch, "pre-commit": _pre_commit, "prek": _pre_commit,
}  # fmt: skip
