"""From a script to the checks in it, through the task runners that it calls."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sandbox.detect.commands import compose, dispatch, own_programs, workspaces
from sandbox.detect.commands.bodies import Body
from sandbox.detect.commands.python_runners import Task
from sandbox.detect.commands.runners import READERS, ROOTED
from sandbox.detect.commands.scripts import globs, shell
from sandbox.detect.commands.scripts.inline import inline, script_path
from sandbox.detect.commands.scripts.wrappers import unwrap
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence
from sandbox.detect.tools import rewriters
from sandbox.detect.tools.table import ToolLine, recognise

Origin = Literal["ci", "hook", "task", "docs"]
_DEPTH = 6
_STEPS = 6000
_SHARE: dict[Origin, int] = {"task": 200, "hook": 400}
"""Commands that one task may come to: the first shall not take what there is for all."""


@dataclass(frozen=True, slots=True)
class SeenCheck:
    """A check that the repository runs somewhere. `group` names the place, `via` the tasks in between.

    A task of another directory than `cwd`'s view is named with it: `web: npm test`.
    """

    call: ToolLine
    evidence: Evidence
    origin: Origin
    group: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    via: tuple[str, ...] = ()
    trail: tuple[Evidence, ...] = ()
    """Where the tasks of `via` were called, outermost first."""
    aside: bool = False
    """Whether only a job with another purpose runs it: nightly, docs, releases."""
    served: bool = False
    """Whether the job that runs it starts services for it: databases, queues."""

    def seen_from(self, directory: str) -> SeenCheck:
        """The same with directory and files counted from another directory, in which it is run."""
        return replace(
            self,
            cwd=posixpath.relpath(self.cwd, directory),
            evidence=moved(self.evidence, directory),
            trail=tuple(moved(e, directory) for e in self.trail),
            via=tuple(_via_from(name, directory) for name in self.via),
        )


@dataclass(frozen=True, slots=True)
class Leaf:
    """A simple command that a script comes to; `call` is None where it is no check that we know."""

    words: tuple[str, ...]
    call: ToolLine | None
    place: CommandSite
    tolerated: bool


@dataclass(frozen=True, slots=True)
class CommandSite:
    evidence: Evidence
    cwd: str
    env: Mapping[str, str]
    via: tuple[str, ...] = ()
    trail: tuple[Evidence, ...] = ()


_BELOW = re.compile(
    r"(--?[\w-]{1,40}=|)\$(?:SUBSTITUTION|\{?\w{0,40}(?:ROOT|DIR|REPO|TOP|BASE)\w{0,20}\}?)/((?!.*\$)[\w./-]{1,200})$"
)


class Expander:
    """Reads scripts of one repository; bounded in depth and in the number of commands over all calls."""

    def __init__(self, source: Source, steps: int = _STEPS) -> None:
        self._source = source
        self._left = steps
        self._looked_at = False

    def checks(
        self,
        script: str,
        evidence: Evidence,
        origin: Origin,
        group: str,
        cwd: str = ".",
        env: Mapping[str, str] | None = None,
    ) -> Iterator[SeenCheck]:
        """The checks that a script comes to, in order."""
        rest = max(0, self._left - _SHARE.get(origin, self._left))
        self._left -= rest
        for leaf in self.leaves(script, evidence, cwd, env):
            if seen := sighting(leaf, origin, group):
                yield seen
        self._left = max(0, self._left) + rest

    def leaves(
        self,
        script: str,
        evidence: Evidence,
        cwd: str = ".",
        env: Mapping[str, str] | None = None,
        *,
        looked_at: bool = False,
    ) -> Iterator[Leaf]:
        """All simple commands that a script comes to, checks or not, in order. `looked_at` says that somebody looks
        afterwards whether files were changed, which makes a check of what rewrites them."""
        self._looked_at = looked_at or bool(rewriters.LOOKED_AT.search(script))
        yield from self._walk(script, CommandSite(evidence, cwd, env or {}), 0)

    def _walk(self, script: str, place: CommandSite, depth: int) -> Iterator[Leaf]:
        if depth > _DEPTH:
            return
        for line in shell.commands(globs.filled(self._source, script, place.cwd), place.cwd, place.env):
            self._left -= 1
            if self._left < 0:
                return
            here = CommandSite(
                _below(place.evidence, line), line.cwd, {**place.env, **line.env}, place.via, place.trail
            )
            yield from self._line(line, here, depth)

    def _line(self, line: shell.ShellLine, here: CommandSite, depth: int) -> Iterator[Leaf]:
        line = replace(line, words=tuple(self._rooted(word, line.cwd) for word in line.words))
        words, cwd = shell.directed(line.words, compose.directory(self._source, line.words, line.cwd))
        words, cwd = own_programs.there(self._source, words, cwd)
        own = words[0].removeprefix("./").startswith("bin/") and script_path(self._source, words, cwd)
        if not own and (words[0] not in ("pipenv", "rye") or not self._tasks(words, cwd)):
            words = unwrap(words)
        if cwd != line.cwd:
            line, here = replace(line, cwd=cwd), replace(here, cwd=cwd)
        words = workspaces.whole(words)
        several = workspaces.each(words)
        if len(several) > 1:
            for one in several:
                yield from self._line(replace(line, words=one), here, depth)
            return
        if inner := inline(words):
            yield from self._walk(inner, here, depth + 1)
            return
        spread = workspaces.spread(self._source, words, line.cwd)
        if spread is not None:
            leaves = list(self._bodies(spread.name, spread.bodies, here, depth)) if spread.bodies else []
            yield from _spread(words, leaves, here, line.tolerated, known=spread.known)
            return
        tasks: Task
        if own:
            tasks = own, dispatch.chosen(self._source, own, words), line.cwd
            if leaf := self._downloaded(line, tasks, here, depth):
                yield leaf
                return
        else:
            tasks = self._tasks(words, line.cwd)
        if tasks is None:
            yield Leaf(words, self._recognised(words, line.cwd), here, line.tolerated)
            return
        yield from self._task(replace(line, words=words), tasks, here, depth)

    def _downloaded(
        self, line: shell.ShellLine, task: tuple[str, list[Body], str], here: CommandSite, depth: int
    ) -> Leaf | None:
        """The check that a script of the tree makes by getting the tool after which it is named: `./bin/scalafmt`."""
        call = recognise(unwrap(line.words))
        if call is None or call.words[0] != line.words[0].rpartition("/")[2]:
            return None
        if any(leaf.call for leaf in self._bodies(task[0], task[1], here, depth)):
            return None
        return Leaf(line.words, replace(call, words=(line.words[0], *call.words[1:])), here, line.tolerated)

    def _rooted(self, word: str, cwd: str) -> str:
        """A word with a path of the tree in place of one below a variable that is the tree: `$ROOT/.golangci.yml`."""
        found = _BELOW.match(word) if "$" in word else None
        if not found or not (self._source.has(found.group(2)) or self._source.is_dir(found.group(2))):
            return word
        return found.group(1) + posixpath.relpath(found.group(2), cwd)

    def _task(
        self, line: shell.ShellLine, tasks: tuple[str, list[Body], str], here: CommandSite, depth: int
    ) -> Iterator[Leaf]:
        words = line.words
        name, found, cwd = tasks
        if not found:
            yield Leaf(words, recognise(words) if words[0] == "make" else None, here, line.tolerated)
        if {"--version", "--help", "--watch"} & set(words):
            return
        bodies = [replace(body, cwd=cwd if body.cwd is None else body.cwd) for body in found]
        leaves = list(self._bodies(name if cwd == "." else f"{cwd}: {name}", bodies, here, depth))
        if own := own_programs.script(
            words, [leaf.words for leaf in leaves if not leaf.call], known=any(leaf.call for leaf in leaves)
        ):
            yield Leaf(words, own, here, line.tolerated)
            return
        if found and not any(leaf.call for leaf in leaves) and words[0] == "make" and (call := recognise(words)):
            yield Leaf(words, call, here, line.tolerated)
            return
        for leaf in leaves:
            yield replace(leaf, tolerated=leaf.tolerated or line.tolerated)

    def _recognised(self, words: tuple[str, ...], cwd: str) -> ToolLine | None:
        call = recognise(words)
        if call is None and self._looked_at:
            return rewriters.checking(words)
        if call is None:
            return own_programs.made(self._source, words, cwd)
        if call.skip and words[0] == "ng":
            # Angular's own runner opens a browser, those that a project puts in its place do not.
            text = self._source.text("angular.json" if cwd == "." else f"{cwd}/angular.json")
            if re.search(r'"builder":\s*"(@angular-builders/jest|@angular/build:unit-test|[^"]*(jest|vitest))', text):
                return replace(call, skip="")
        return call

    def _bodies(self, name: str, bodies: list[Body], here: CommandSite, depth: int) -> Iterator[Leaf]:
        if name in here.via:
            return
        for body in bodies:
            env = {**here.env, **body.env}
            inner = CommandSite(body.evidence, body.cwd or ".", env, (*here.via, name), (*here.trail, here.evidence))
            for leaf in self._walk(body.script, inner, depth + 1):
                yield replace(leaf, tolerated=leaf.tolerated or body.tolerated)

    def _tasks(self, words: tuple[str, ...], cwd: str) -> Task:
        """(name, bodies, directory) of the task that a command calls; None where it calls none."""
        name = words[0].rsplit("/", 1)[-1]
        reader = READERS.get(name)
        if reader and name in ROOTED and cwd != ".":
            found = reader(self._source.below(cwd), words, ".")
            if found and found[1]:
                return _moved_down(found, cwd)
            cwd = "."  # most of them look further up
        if reader and (found := reader(self._source, words, cwd)):
            return found
        if reader is None and not recognise(words) and (script := script_path(self._source, words, cwd)):
            return script, dispatch.chosen(self._source, script, words), cwd
        return None


def sighting(leaf: Leaf, origin: Origin, group: str, *, aside: bool = False, served: bool = False) -> SeenCheck | None:
    """The check that a command is; None where it is none, or one whose failure is of no consequence."""
    call, place = leaf.call, leaf.place
    if call is None or (leaf.tolerated and call.kind != "test"):
        return None
    if any(_OTHERWISE.search(name) for name in place.via):
        if call.kind != "test":
            return None
        aside = True
    if leaf.tolerated:
        call = replace(call, mended=True)  # as a whole it passes whatever fails
    return SeenCheck(call, place.evidence, origin, group, place.cwd, place.env, place.via, place.trail, aside, served)


_OTHERWISE = re.compile(
    r"/([^\W_]+[-_]+)*(perf(ormance)?|bench(mark)?s?|release|publish|deploy|profile)([-_.]+[^\W_]+)*$"
)
"""Scripts of the repository with another purpose than to check it."""


def moved(evidence: Evidence, directory: str, *, down: bool = False) -> Evidence:
    """A line's file as seen from a directory, or (`down`) from the root where it was seen from there."""
    if directory == ".":
        return evidence
    if down:
        return replace(evidence, file=posixpath.normpath(posixpath.join(directory, evidence.file)))
    return replace(evidence, file=posixpath.relpath(evidence.file, directory))


def _via_from(name: str, directory: str) -> str:
    where, colon, task = name.partition(": ")
    if not colon:
        return name if directory == "." else f"..: {name}"
    where = posixpath.relpath(where, directory)
    return task if where == "." else f"{where}: {task}"


def _moved_down(task: tuple[str, list[Body], str], cwd: str) -> tuple[str, list[Body], str]:
    name, bodies, inner = task
    there = [
        replace(b, evidence=moved(b.evidence, cwd, down=True), cwd=None if b.cwd is None else shell.join(cwd, b.cwd))
        for b in bodies
    ]
    return name, there, shell.join(cwd, inner)


def _spread(
    words: tuple[str, ...], leaves: list[Leaf], here: CommandSite, tolerated: bool, *, known: bool
) -> Iterator[Leaf]:
    """A script run in many packages: as one call where all that it does there is one kind of check that
    rewrites nothing; else each package's own. Where the packages are not known, by its name."""
    calls = [leaf.call for leaf in leaves if leaf.call]
    kinds = {call.kind for call in calls}
    if "types" in kinds and all(c.kind != "test" or "--typecheck" in c.words for c in calls):
        kinds.discard("test")  # vitest as a checker of types
    if not known:
        yield Leaf(words, recognise(words), here, tolerated)
    elif len(kinds) == 1 and not any(c.mended or c.skip for c in calls) and not any(leaf.tolerated for leaf in leaves):
        kind = kinds.pop()
        yield Leaf(words, ToolLine(kind, f"workspaces {kind}", "javascript", words), here, tolerated)
    elif calls:
        for leaf in leaves:
            yield replace(leaf, tolerated=leaf.tolerated or tolerated)
    elif leaves:
        yield Leaf(words, None, here, tolerated)


def _below(evidence: Evidence, line: shell.ShellLine) -> Evidence:
    if not evidence.text:
        return Evidence(evidence.file, evidence.line + line.offset, " ".join(line.words)[:200])
    return evidence
