"""What the ecosystems of a repository contribute, put together: what is run, and what is merely named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sandbox.detect.commands.expand import moved
from sandbox.detect.commands.project import EcosystemPart
from sandbox.detect.commands.scripts.shell import join, within
from sandbox.detect.read.manifests import ENDINGS
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Detection, Found, Note

_ANYWHERE = re.compile(r"python3 -m venv |\"\$HOME/venv/bin/python\" -m pip install (uv$|--upgrade 'pip)")


_MANY = 60
"""Files of code that are no mere tooling, however much there is beside them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An ecosystem's part in a directory. `used`: CI works there. `covered`: another set-up is its as well."""

    part: EcosystemPart
    directory: str
    used: bool
    covered: bool = False

    @property
    def label(self) -> str:
        return self.part.name if self.directory == "." else f"{self.part.name} in {self.directory}"


def sightings(ecosystem: str) -> tuple[str, ...]:
    """The names under which checks of an ecosystem are seen."""
    return {"jvm": ("maven", "gradle"), "native": ("cmake", "native"), "deno": ("deno",)}.get(ecosystem, (ecosystem,))


def assembled(source: Source, placed: list[Placed], notes: Iterable[Note]) -> Detection:
    """The main ecosystem first, the one whose files are the most; each suite is its own."""
    counts = _counts(source, [p.directory for p in placed])
    scripted = {p.directory for p in placed if p.part.name == "javascript"}
    size = {
        p.label: 0 if p.part.name == "deno" and p.directory in scripted else counts.get((p.part.name, p.directory), 0)
        for p in placed
    }
    for p in placed:
        if p.directory == ".":  # what the root says of a language holds for all of it
            size[p.label] = sum(size[o.label] for o in placed if o.part.name == p.part.name)
    placed = sorted(placed, key=lambda p: (-size[p.label], p.directory))
    most = max(size.values(), default=0)
    if any(p.part.test and not _ELSEWHERE.search(p.directory) for p in placed):
        placed = [_needing_more(p) if _ELSEWHERE.search(p.directory) else p for p in placed]
    tested = any(p.part.test for p in placed)
    whole = {p.part.name for p in placed if p.directory == "." and p.part.test}
    # What a workspace's root tests takes in its packages, but for those that CI tests by themselves.
    placed = [
        replace(p, part=replace(p.part, test=_only(p.part.test))) if p.covered and p.part.name in whole else p
        for p in placed
    ]
    roots = {p.part.name for p in placed if p.covered}
    kept = [_beside(p, size[p.label], most) if tested and size[p.label] < most else p for p in placed]
    # The set-up of a workspace is its packages' as well, however little lies beside them.
    kept = [
        replace(k, part=replace(k.part, setup=p.part.setup)) if p.directory == "." and p.part.name in roots else k
        for k, p in zip(kept, placed, strict=True)
    ]
    moved_parts = [_moved(p) for p in kept]
    setup: dict[tuple[str, str], Found] = {}
    for found in (f for part in moved_parts for f in part.setup):
        setup.setdefault((found.command, found.cwd), found)
    return Detection(
        tuple(dict.fromkeys(p.part.name for p in kept if p.part.name != "files")),
        tuple(setup.values()),
        tuple(_apart(f for part in moved_parts for f in part.test)),
        tuple(_apart(f for part in moved_parts for f in part.lint)),
        tuple(_apart(f for part in moved_parts for f in part.types)),
        tuple(dict.fromkeys([*(n for part in moved_parts for n in part.notes), *notes])),
    )


def with_nothing_to_test(source: Source, detection: Detection) -> Detection:
    """The detection with a word on why nothing is tested, where there is code."""
    names = [n for d in source.walk(depth=2, limit=60) for n in source.files(d)]
    notebooks = sum(n.endswith(".ipynb") for n in names)
    if notebooks:
        reason = f"{notebooks} notebooks and no tests: there is nothing to run"
    elif detection.ecosystems:
        reason = "no tests were found"
    else:
        return detection
    return replace(detection, not_run=(*detection.not_run, Note("tests", reason)))


def _apart(found: Iterable[Found]) -> list[Found]:
    return list({(f.suite, f.command, f.cwd): f for f in found}.values())


def _counts(source: Source, directories: list[str]) -> dict[tuple[str, str], int]:
    """Files of code by ecosystem and nearest place."""
    found: dict[tuple[str, str], int] = {}
    nearest = sorted(set(directories), key=len, reverse=True)
    for directory in source.walk(depth=5, limit=300):
        place = next((d for d in nearest if d != "." and within(directory, d)), ".")
        for name in source.files(directory):
            ecosystem = ENDINGS.get(name.rpartition(".")[2].lower(), "")
            found[ecosystem, place] = found.get((ecosystem, place), 0) + 1
    for (ecosystem, place), count in list(found.items()):
        if ecosystem == "javascript":
            found["deno", place] = count
        if ecosystem == "jvm":
            found["scala", place] = count
    return found


def _beside(placed: Placed, count: int, most: int) -> Placed:
    """An ecosystem beside the main one counts where it is a good part of the code, else as far as CI checks it."""
    part = placed.part
    if count * 5 >= most or count >= _MANY or part.name in ("ansible", "bazel", "files"):
        return placed
    confirmed = [f for f in (*part.test, *part.lint, *part.types) if _by_ci(f)]
    if confirmed and any(_by_ci(f) for f in part.test):
        return placed
    if confirmed:
        reason = f"CI checks these {count} files of {part.name} and does not test them"
        notes = [Note(f.command, reason, f.evidence) for f in part.test[:1]]
        kept = replace(part, lint=_only(part.lint), types=_only(part.types), test=(), notes=(*part.notes, *notes))
        return replace(placed, part=kept)
    reason = f"only {count} files of {part.name} beside the main code: taken for tooling"
    rest = (*part.test[:1], *part.lint, *part.types)
    notes = [Note(f.command, reason, f.evidence) for f in rest]
    return replace(placed, part=EcosystemPart(part.name, notes=(*part.notes, *notes)))


_ELSEWHERE = re.compile(
    r"(^|/)(api|e2e|end-to-end|ui|db|database|mobile|load|perf(ormance)?|acceptance|system|smoke|federation|integration|browser"
    r"|contract)[-_]?tests?(ing)?(/|$)",
    re.I,
)
"""Directories whose projects test an application that runs elsewhere."""


def _needing_more(placed: Placed) -> Placed:
    reason = "it tests an application that has to be running, with its services"
    notes = [Note(f.command, reason, f.evidence[:1]) for f in placed.part.test[:1]]
    return replace(placed, part=replace(placed.part, test=(), notes=(*placed.part.notes, *notes)))


def _only(found: tuple[Found, ...]) -> tuple[Found, ...]:
    return tuple(f for f in found if _by_ci(f))


def _by_ci(found: Found) -> bool:
    return found.confidence == "confirmed"


def _moved(placed: Placed) -> EcosystemPart:
    """A part with its directories and files counted from the root, and its suites named."""
    where, part = placed.directory, placed.part

    def there(found: Found) -> Found:
        cwd = "." if _ANYWHERE.match(found.command) else join(where, found.cwd)
        evidence = tuple(moved(e, where, down=True) for e in found.evidence)
        suite = f"{placed.label}: {found.suite}" if found.suite else placed.label
        return replace(found, cwd=cwd, evidence=evidence, suite=suite if found.kind == "test" else "", part=part.name)

    notes = [replace(n, evidence=tuple(moved(e, where, down=True) for e in n.evidence)) for n in part.notes]
    setup = () if placed.covered else tuple(there(f) for f in part.setup)
    return EcosystemPart(
        part.name,
        setup,
        tuple(there(f) for f in part.test),
        tuple(there(f) for f in part.lint),
        tuple(there(f) for f in part.types),
        tuple(notes),
    )
