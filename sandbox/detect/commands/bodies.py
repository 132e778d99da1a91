"""What named tasks do: the bodies behind `make test`, `tox -e lint`, `npm run check` and their like.

Each reader takes the source and a task's name and gives bodies, one per command line, with the
line of the file that holds it. A name that is not defined gives nothing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sandbox.detect.commands.scripts.shell import exportable, join
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_TARGET = re.compile(r"^([A-Za-z0-9_.%/ \t-]+)::?(?!=)\s*(.*)$")
_VARIABLE = re.compile(r"^ {0,8}(export\s+)?(?:override\s+)?([A-Za-z_]\w*|\.DEFAULT_GOAL)\s*:{0,3}([?+]?)=\s*(.*)$")
_OF_TARGET = re.compile(
    r"^([A-Za-z0-9_.%/ \t-]{1,300}):\s*(?:(?:export|override|private)\s+){0,3}([A-Za-z_]\w{0,60})"
    r"\s*:{0,3}([?+]?)=\s*(.*)$"
)
_COMMENT = re.compile(r"(?<!\\)#.*")
_LISTED = re.compile(r"^\$[({](\w+)[)}]\s*:(?!=)")
_LONGEST = 4000


_QUIETLY = re.compile(r"^\$[({][QV][)}]\s*")
"""What makes a recipe say nothing of itself, `@` or nothing."""


class _Variables(dict[str, str]):
    """A Makefile's variables, and those of them that recipes find in their environment."""

    def __init__(self) -> None:
        super().__init__()
        self._exported: dict[str, None] = {}
        self.of: dict[str, dict[str, str]] = {}
        """Those that have another value while one target is made, for all that it needs too."""

    def assign(self, name: str, text: str, *, more: bool) -> None:
        """The first value counts, with what `+=` adds to it."""
        if more and len(self.get(name, "")) < _LONGEST:
            self[name] = f"{self.get(name, '')} {text}".strip()
        self.setdefault(name, text)

    def export(self, *names: str) -> None:
        """Names may be exported before they are given a value."""
        self._exported.update(dict.fromkeys(names[:100]))

    @property
    def exported(self) -> dict[str, str]:
        return {name: self[name] for name in self._exported if name in self}


@dataclass(frozen=True, slots=True)
class Body:
    """One command line of a task, in the shell's language."""

    script: str
    evidence: Evidence
    env: Mapping[str, str] = field(default_factory=dict)
    tolerated: bool = False
    """Whether the task goes on where the command fails: `-flake8` in a Makefile."""
    cwd: str | None = None
    """Where it runs, None for the directory that the task runs in."""


def make(
    source: Source, directory: str, target: str, given: Mapping[str, str] | None = None, file: str = ""
) -> list[Body]:
    """A target's recipe, its prerequisites' first; the empty name is the default target. `given` are the variables that
    the call sets, `file` is the Makefile that it names."""
    path = join(directory, file) if file else first_of(source, directory, MAKEFILES)
    if not path:
        return []
    targets, variables = _makefile(source, path)
    first = variables.get(".DEFAULT_GOAL") or next((t for t in targets if not t.startswith(".")), "")
    name = target or first
    known = {**variables, **variables.of.get(name, {}), **(given or {})}
    found: list[Body] = []
    visit(name, targets, found, set())
    env = {k: v for k, text in variables.exported.items() if (v := exportable(k, _substitute(text, variables)))}
    return [replace(b, script=_substitute(b.script, known), env=env) for b in found]


def make_targets(source: Source, directory: str = ".") -> list[str]:
    path = first_of(source, directory, MAKEFILES)
    return list(_makefile(source, path)[0]) if path else []


def composer(source: Source, script: str) -> list[Body]:
    data = source.json("composer.json").get("scripts")
    body = data.get(script) if isinstance(data, dict) else None
    evidence = source.evidence("composer.json", f'"{script}"', after='"scripts"')
    return [Body(_at(line), evidence) for line in strings(body)]


def package(source: Source, directory: str, script: str) -> list[Body]:
    """A package.json script; `/^test:/` and `lint:*` name all that match."""
    path = _in(directory, "package.json")
    scripts = table(source.json(path), "scripts")
    one = scripts.get(script)
    if one == "wireit":
        return _wireit(source, path, script, set())
    if isinstance(one, str):
        hooks = [scripts.get(f"pre{script}"), one]
        return [Body(b, source.evidence(path, f'"{script}"', after='"scripts"')) for b in hooks if isinstance(b, str)]
    if script.startswith("/") and script.endswith("/") and len(script) < 60:
        pattern = re.escape(script.strip("/").lstrip("^")).replace(r"\.\*", ".*").replace(r"\.", ".")
    else:
        pattern = re.escape(script).replace(r"\*", "[^:]*") + "$"
    return [
        Body(f"npm run {name}", source.evidence(path, f'"{name}"', after='"scripts"'))
        for name, body in scripts.items()
        if isinstance(body, str) and re.match(pattern, name)
    ]


def _wireit(source: Source, path: str, script: str, seen: set[str]) -> list[Body]:
    task = table(source.json(path), "wireit", script)
    if script in seen or len(seen) > 30:
        return []
    seen.add(script)
    given = task.get("dependencies")
    named = [d.get("script") if isinstance(d, dict) else d for d in (given if isinstance(given, list) else [])]
    needs = [d for d in strings(named) if re.fullmatch(r"[\w:-]+", d)]
    found = [body for need in needs for body in _wireit(source, path, need, seen)]
    command = task.get("command")
    if isinstance(command, str):
        found.append(Body(command, source.evidence(path, f'"{script}"', after='"wireit"')))
    return found


def _at(line: str) -> str:
    """Composer's notation: `@php x` runs php, `@other` another script."""
    line = re.sub(r"^@putenv\s+\S+.*$", "", line)
    if line.startswith(("@php ", "@composer ")):
        return line[1:]
    return f"composer run {line[1:]}" if line.startswith("@") else line


def visit(name: str, targets: dict[str, tuple[list[str], list[Body]]], found: list[Body], seen: set[str]) -> None:
    if name in seen or len(seen) > 40:
        return
    seen.add(name)
    before, bodies = targets.get(name) or _pattern(name, targets)
    for other in before:
        visit(other, targets, found, seen)
    found += bodies


def _pattern(name: str, targets: dict[str, tuple[list[str], list[Body]]]) -> tuple[list[str], list[Body]]:
    """The rule `test-%` for `test-full`."""
    for target, rule in targets.items():
        start, percent, end = target.partition("%")
        if percent and start and len(name) > len(start + end) and name.startswith(start) and name.endswith(end):
            stem = name[len(start) : len(name) - len(end)]
            return rule[0], [replace(b, script=_stemmed(b.script, name, stem)) for b in rule[1]]
    return [], []


_CHANGED = re.compile(r"\$[({]@:([\w.-]{0,60})%([\w.-]{0,60})=([\w.-]{0,60})%([\w.-]{0,60})[)}]")


def _stemmed(script: str, name: str, stem: str) -> str:
    """A pattern rule's recipe for one target: `$@`, `$*` and `${@:test-%=%}`."""

    def changed(m: re.Match[str]) -> str:
        before, after = m.group(1), m.group(2)
        if not (name.startswith(before) and name.endswith(after)):
            return name
        return f"{m.group(3)}{name[len(before) : len(name) - len(after)]}{m.group(4)}"

    return _CHANGED.sub(changed, script).replace("$@", name).replace("$*", stem)


def _makefile(source: Source, path: str) -> tuple[dict[str, tuple[list[str], list[Body]]], _Variables]:
    return source.once(f"make {path}", lambda: _read_makefile(source, path))


def _read_makefile(
    source: Source, path: str, above: tuple[str, ...] = ()
) -> tuple[dict[str, tuple[list[str], list[Body]]], _Variables]:
    """The targets and variables of a Makefile, those of what it includes among them, but for the files `above` it."""
    targets: dict[str, tuple[list[str], list[Body]]] = {}
    variables = _Variables()
    current: list[str] = []
    for number, line in continued(source.text(path)):
        if line.startswith("\t") and current:
            _recipe(
                line.strip(),
                [targets[name][1] for name in current],
                current,
                Evidence(path, number, line.strip()[:200]),
            )
            continue
        if line.lstrip(" ").startswith(("include ", "-include ", "sinclude ")) and len(above) < 3:
            others = [join(posixpath.dirname(path) or ".", w) for w in _substitute(line, variables).split()[1:6]]
            for other in (o for o in others if o not in (*above, path)):
                more, known = _read_makefile(source, other, (*above, path))
                targets = {**more, **targets}
                variables.update({k: v for k, v in known.items() if k not in variables})
                variables.of = {**known.of, **variables.of}
        elif assigned := _VARIABLE.match(line):
            text = _COMMENT.sub("", assigned.group(4)).strip()
            variables.assign(assigned.group(2), _unquoted(text), more=assigned.group(3) == "+")
            variables.export(assigned.group(2) if assigned.group(1) else "")
        elif line.lstrip(" ").startswith("export "):
            variables.export(*line.split()[1:])
        elif own := _OF_TARGET.match(line[:1000]):
            text = _unquoted(_COMMENT.sub("", own.group(4)).strip())
            for name in own.group(1).split()[:20]:
                of = variables.of.setdefault(name, {})
                before = of.get(own.group(2), variables.get(own.group(2), "")) if own.group(3) == "+" else ""
                of[own.group(2)] = f"{before} {text}".strip()[:_LONGEST]
            current = []
        elif listed := _LISTED.match(line[:1000]):
            current = variables.get(listed.group(1), "").split()[:100]
            targets |= {name: ([], []) for name in current if name not in targets}
        elif matched := _TARGET.match(line[:1000]):
            current = _rule(matched, targets, Evidence(path, number, line.strip()[:200]))
    targets.pop(".PHONY", None)
    return targets, variables


def _unquoted(text: str) -> str:
    """A value without the quotes around the whole of it."""
    return text[1:-1] if text[:1] in ("'", '"') and text.find(text[0], 1) == len(text) - 1 else text


def _recipe(line: str, bodies: list[list[Body]], names: list[str], place: Evidence) -> None:
    """A line of a recipe, for each of the targets that share it."""
    marks = re.match(r"[@+ -]*", line)
    ignored = "-" in marks.group(0) if marks else False
    script = _QUIETLY.sub("", line.lstrip("@-+ "))
    for name, known in zip(names, bodies, strict=True):
        known.append(Body(script if "%" in name else script.replace("$@", name), place, tolerated=ignored))


def _rule(matched: re.Match[str], targets: dict[str, tuple[list[str], list[Body]]], place: Evidence) -> list[str]:
    """The targets of a rule, put into the table with what they need and what stands behind a semicolon."""
    names = matched.group(1).split()
    needs, _, recipe = matched.group(2).partition(";")
    before = [n for n in needs.split("#")[0].split() if n != "|"]
    for name in names:
        targets.setdefault(name, ([], []))[0].extend(before)
        if recipe.strip():
            targets[name][1].append(Body(recipe.strip().lstrip("@-+ "), place))
    return names


def continued(text: str) -> Iterator[tuple[int, str]]:
    start, pending = 0, ""
    for number, line in enumerate(text.splitlines()[:5000], 1):
        start, line = (start if pending else number), line[:4000]
        if line.endswith("\\") and len(pending) < 20_000:
            pending += line[:-1] + " "
            continue
        yield start, pending + line
        pending = ""


_IF = re.compile(r"\$\(if ([^(),]{0,80}|\$\(\w{1,60}\)),([^(),]{0,200})(?:,([^(),]{0,200}))?\)")


def _chosen(matched: re.Match[str]) -> str:
    """What `$(if CONDITION,THEN,ELSE)` comes to: a variable that nobody sets is empty."""
    condition = matched.group(1).strip()
    return matched.group(2) if condition and "$" not in condition else matched.group(3) or ""


def _substitute(script: str, variables: Mapping[str, str]) -> str:
    for _ in range(4):
        changed = re.sub(
            r"\$[({](\w+)[)}]",
            lambda m: variables.get(m.group(1), {"MAKE": "make"}.get(m.group(1), m.group(0))),
            script,
        )
        changed = _IF.sub(_chosen, changed)
        if changed == script or len(changed) > 4000:
            break
        script = changed
    for name in (n for n in variables if len(n) == 1):
        script = re.sub(rf"(?<!\$)\${name}(?!\w)", lambda m: variables[m.group(0)[1:]], script)
    return script.replace("$$", "$")


def first_of(source: Source, directory: str, names: tuple[str, ...]) -> str:
    return next((path for name in names if source.has(path := _in(directory, name))), "")


def _in(directory: str, name: str) -> str:
    return name if directory == "." else f"{directory}/{name}"
