"""From many sightings of a check to the commands to run: merged by tool, best witness first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import Project
from sandbox.detect.read.values import Confidence, Evidence, Found, Kind, Note
from sandbox.detect.tools.call import quoted

ENV = {"CI": "1"}
_REWRITERS = re.compile(r"(^|[\s:/._-])(format|fmt|fix|fixup|autoformat|prettier|style|tidy|beautify)($|[\s:_-])")
_MOST = 4


def checks(
    project: Project, kind: Kind, ecosystem: str, spell: Callable[[SeenCheck], str] | None = None
) -> list[Found]:
    """The lint or types commands of an ecosystem: one per tool and mode, as its best witness calls it.

    A tool that one place calls several times on different parts keeps those calls.
    `spell` gives the command line for a sighting (the words as they are without it).
    """
    by_key: dict[tuple[str, str], list[SeenCheck]] = {}
    for seen in project.of(ecosystem):
        if seen.call.kind == kind and not seen.call.skip and _counts(seen):
            by_key.setdefault((seen.call.key, seen.cwd), []).append(seen)
    found: list[Found] = []
    for (key, cwd), group in by_key.items():
        if cwd != "." and (any(k == key and c == "." for k, c in by_key) or _elsewhere(project, ecosystem, cwd)):
            continue
        best = min(group, key=_trust)
        lines: dict[str, SeenCheck] = {}
        for seen in group:
            parts = key.startswith("workspaces ") and seen.origin == best.origin and best.origin == "ci"
            if parts or (seen.origin, seen.group, seen.via) == (best.origin, best.group, best.via):
                line = spell(seen) if spell else seen.call.line
                if not _UNKNOWN.search(line):
                    lines.setdefault(line, seen)
        witnesses = merge(e for s in sorted(group, key=_trust) for e in (s.evidence, *s.trail[-1:]))
        for line, seen in list(lines.items())[:_MOST]:
            found.append(
                Found(
                    kind,
                    line,
                    merge([seen.evidence, *seen.trail[-1:], *witnesses]),
                    cwd,
                    env={
                        **ENV,
                        **{
                            k: v
                            for k, v in seen.env.items()
                            if not k.startswith("PYTEST") and _common(k, v, seen, group)
                        },
                    },
                    confidence=confidence(group),
                    note="the repository's own command rewrites files; this one only checks"
                    if seen.call.mended and seen.origin != "hook"
                    else "",
                )
            )
    return _without_parts(list({(f.command, f.cwd): f for f in found}.values()))


def _common(name: str, value: str, seen: SeenCheck, group: list[SeenCheck]) -> bool:
    """Whether all of CI's own calls of the same are given a variable, not one leg of its matrix alone."""
    alike = [s for s in group if s.origin == "ci" == seen.origin and s.call.line == seen.call.line]
    return all(s.env.get(name) == value for s in alike)


def _elsewhere(project: Project, ecosystem: str, cwd: str) -> bool:
    """Whether CI works in a directory that the tree has not: another repository's, which it checks out beside this."""
    return ecosystem != "native" and not project.source.is_dir(cwd)


_UNKNOWN = re.compile(r"\$(SUBSTITUTION|\{?(?!found\b|HOME\b|PWD\b)[A-Za-z_]\w*)|(^|[\s=])/(tmp|github|home|root|__w)/")
"""A variable that nobody but CI's run knows, or a place that only its machine has."""


def _without_parts(found: list[Found]) -> list[Found]:
    """Without the calls of a build whose goals another call of it has as well."""
    builds = [(f.cwd, frozenset(f.command.split())) for f in found if f.command.split()[0] in _BUILDS]
    return [f for f in found if not any(c == f.cwd and frozenset(f.command.split()) < goals for c, goals in builds)]


_BUILDS = ("./gradlew", "mvn", "sbt")


def left_out(project: Project, ecosystem: str) -> list[Note]:
    """What was recognised and cannot run here."""
    skipped = {s.call.key: s for s in reversed(project.of(ecosystem)) if s.call.skip}
    return [Note(s.call.line, s.call.skip, (s.evidence,)) for s in skipped.values()]


def confidence(group: Iterable[SeenCheck]) -> Confidence:
    return "confirmed" if any(s.origin == "ci" and not s.aside for s in group) else "manifest"


def merge(evidence: Iterable[Evidence], most: int = 4) -> tuple[Evidence, ...]:
    """Without repetitions and without witnesses that name no line, as far as others are there."""
    unique = list(dict.fromkeys(evidence))
    return tuple([e for e in unique if e.line] or unique)[:most]


def _counts(seen: SeenCheck) -> bool:
    """A task whose only purpose is to rewrite is no witness for a check."""
    if not seen.call.mended:
        return True
    if seen.origin == "task" and _one_file(seen):
        return False
    if seen.via and _GENERATES.search(seen.via[-1]):
        return False  # it puts in order what was generated just before
    if seen.aside or re.search(r"auto-?fix|auto-?format", seen.group.lower()):
        return False  # a job that puts in order what others wrote
    inside = any(_PUTS_IN_ORDER.search(name) for name in seen.via)
    return not (seen.origin == "task" and (inside or _REWRITERS.search(seen.group)))


def _one_file(seen: SeenCheck) -> bool:
    """Whether a formatter is called on single files only, as after a program that has written them."""
    paths = [w for w in seen.call.words[1:] if w[0] != "-" and w not in ("check", "format", "lint")]
    return bool(paths) and all(re.search(r"^[^*{]+\.\w+$", w) for w in paths)


_PUTS_IN_ORDER = re.compile(r"(^|[\s:])(format|fmt|fix|autofix)$")
"""A task that another one calls to have files rewritten: `precommit` calls `format`."""


_GENERATES = re.compile(
    r"(^|[\s:/._-])(docs?|gen|generate|codegen|build|bump|version|release|changelog|schema|api|types|update|sync|i18n)([\s:._-]|$)"
)


def _trust(seen: SeenCheck) -> tuple[bool, int, bool]:
    """Sightings come in the order of trust already; of the same rank, the first is the best."""
    return seen.call.mended, ("ci", "task", "hook", "docs").index(seen.origin), seen.call.words[-1] == "--fix"


def proposed(
    project: Project, ecosystem: str, command: str, witness: Evidence, *, confirmed_by: str = "", note: str = ""
) -> Found:
    """A proposed test command, with the sightings of the same tool as its confirmation."""
    group = [
        s for s in project.of(ecosystem) if s.call.kind == "test" and (not confirmed_by or s.call.key == confirmed_by)
    ]
    ci = [s for s in group if s.origin == "ci" and not s.aside]
    guide = project.guide_line(command)
    evidence = merge([*(e for s in ci[:2] for e in (s.evidence, *s.trail[-1:])), *([guide] if guide else []), witness])
    sure: Confidence = "confirmed" if ci or guide else "manifest" if witness.line else "default"
    return Found("test", command, evidence, env={**ENV, **steered(ci)}, confidence=sure, note=note)


_STEERING = re.compile(r"(\w+_)?(SKIP|TESTS?|INTEGRATION|E2E|OFFLINE|DISABLE|NO|WITHOUT|EXCLUDE)(_\w+)?$")


def steered(calls: list[SeenCheck]) -> dict[str, str]:
    """What all of CI's calls are given to leave something out: `SKIP_INTEGRATION=1 go test ./...`."""
    first = calls[0].env if calls else {}
    shared = {k: v for k, v in first.items() if all(s.env.get(k) == v for s in calls)}
    return {k: v for k, v in shared.items() if _STEERING.match(k) and re.fullmatch(r"[\w.,:-]{1,80}", v)}


def called_by_ci(project: Project, ecosystem: str) -> list[SeenCheck]:
    """CI's calls of tests of the ecosystem that can run here."""
    seen = [s for s in project.of(ecosystem) if s.call.kind == "test" and not s.aside and not s.call.skip]
    return [s for s in seen if s.origin == "ci"]


def common_options(project: Project, ecosystem: str, option: str) -> list[str]:
    """`--option value`, quoted, as every test call of CI's is given it; else nothing. Of several that are each given
    others, the one that says what to leave out (`Category!=Slow`) tests the most."""
    calls = called_by_ci(project, ecosystem)
    given = [values(seen.call.words, option) for seen in calls]
    shared = min(given, key=len, default=[])
    if not shared and all(values or _of_project(seen) for seen, values in zip(calls, given, strict=True)):
        # Projects that are tested one by one: what one of them leaves out, the others do not have.
        given = [values for values in given if values and all("!" in value for value in values)]
        shared = min(given, key=len, default=[])
    if not shared or any("$" in value for value in shared):
        return []
    if not all(set(shared) <= set(values) for values in given):
        leaving = [v for v in {tuple(values): None for values in given} if any("!" in value for value in v)]
        shared = list(leaving[0]) if len(leaving) == 1 else []
    return [word for value in shared for word in (option, quoted(value))]


def _of_project(seen: SeenCheck) -> bool:
    return any(re.search(r"\.\w+proj$", word) for word in seen.call.words)


def values(words: tuple[str, ...], option: str) -> list[str]:
    """What a call is given with an option, each time that it is given."""
    spread = [part for w in words for part in (w.split("=", 1) if w.startswith(f"{option}=") else [w])]
    return [after for before, after in pairwise((*spread, "")) if before == option and after]


def as_ci_calls(project: Project, ecosystem: str, default: str, witness: Evidence) -> Found:
    """The tool's plain test command, as CI calls it where that call is static."""
    called = [s for s in called_by_ci(project, ecosystem) if s.cwd == "." or project.source.is_dir(s.cwd)]
    if len({s.call.line for s in called}) > 2 and all(map(_names_one, called)):
        called = []  # each tests one of many, which together are all
    best = min(called, key=lambda s: (s.cwd != ".", _names_one(s), _parts(s), len(s.call.words)), default=None)
    found = proposed(project, ecosystem, best.call.line if best else default, witness)
    return replace(found, cwd=best.cwd) if best else found


def _names_one(seen: SeenCheck) -> bool:
    """Whether a call names the part of a package that it tests: `cabal test --builddir b parser-tests`."""
    words = seen.call.words
    named = (w for before, w in pairwise(words[1:]) if w[0] != "-" and before[0] != "-" and w not in ("all", "."))
    return words[0] in ("cabal", "stack", "dart", "flutter", "dune") and any(named)


def _parts(seen: SeenCheck) -> int:
    """How many files a call names: whoever names one tests a part."""
    return sum(bool(re.search(r"/.*\.\w+$|\.(bats|t|lua|sol|dart|hs)$", w)) for w in seen.call.words[1:] if w[0] != "-")


def install(command: str, witness: Evidence, note: str = "") -> Found:
    return Found("setup", command, (witness,), network=True, confidence="manifest", note=note)
