"""JavaScript and TypeScript: the package manager, and package.json's scripts judged by what they run."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from itertools import pairwise

from sandbox.detect.commands import choose, workspaces
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.commands.scripts.shell import join
from sandbox.detect.languages.javascript.scripts import (
    LOCKS,
    MANIFEST,
    NAME,
    Scripts,
    direct,
    manager_of,
    scripts_of,
    spelled_call,
)
from sandbox.detect.languages.javascript.suites import tests
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence, Found, Note

_EMITS = re.compile(
    r"build|compile|prepare|prepublish|pack(?!age)|dist|watch|dev|release|docs?$|bench|gen(erate)?|install"
)
_INSTALL = {
    "npm": ("npm ci", "npm install"),
    "pnpm": ("pnpm install --frozen-lockfile", "pnpm install"),
    "yarn": ("yarn install --frozen-lockfile", "yarn install"),
    "berry": ("yarn install --immutable", "yarn install"),
    "bun": ("bun install --frozen-lockfile", "bun install"),
}


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    if not source.has(MANIFEST):
        return _without_manifest(project)
    reader = Scripts(source)
    manager = manager_of(source)
    spell = partial(_spell, reader, manager)
    packages = workspaces.members(source)
    ours = [_called_here(reader, s) for s in project.seen if not s.aside]
    here = tuple(s for s in ours if (s.cwd == "." or s.cwd in packages) and _is_check(source, s))
    if any(s.call.key in ("biome lint", "biome ci") and not s.call.mended for s in here):
        # A script that rewrites with `biome check` is no witness beside one that only lints.
        here = tuple(s for s in here if not (s.call.key == "biome check" and s.call.mended and s.origin == "task"))
    local = Project(source, here, project.guides)
    lint = _apart(choose.checks(local, "lint", NAME, spell))
    types = _apart(choose.checks(local, "types", NAME, spell))
    found, notes = tests(project, reader, manager)
    notes += choose.left_out(project, NAME)
    return EcosystemPart(NAME, (_install(source, manager),), tuple(found), tuple(lint), tuple(types), tuple(notes))


def _called_here(reader: Scripts, seen: SeenCheck) -> SeenCheck:
    """A check that a script makes in a mere directory below (`cd editor && eslint .`), as the script's."""
    if seen.cwd == "." or seen.cwd.startswith("..") or reader.source.has(f"{seen.cwd}/{MANIFEST}"):
        return seen
    whole = any(n in reader.bodies and reader.only(n, seen.call.kind) for n in scripts_of(seen))
    return replace(seen, cwd=".") if whole else seen


def _without_manifest(project: Project) -> EcosystemPart | None:
    """What CI runs of JavaScript's tools in a directory that installs none is named, not run."""
    seen = [s for s in project.of(NAME) if s.origin == "ci" and not s.aside and s.cwd == "."]
    reason = "no package.json of the directory brings the tool"
    notes = {s.call.line: Note(s.call.line, reason, (s.evidence,)) for s in seen}
    return EcosystemPart(NAME, notes=tuple(notes.values())) if notes else None


def _install(source: Source, manager: str) -> Found:
    locks = LOCKS["yarn" if manager == "berry" else manager]
    lock = next((name for name in locks if source.has(name)), "")
    frozen, loose = _INSTALL[manager]
    witness = Evidence(lock, 1, "") if lock else source.evidence(MANIFEST, '"devDependencies"')
    return choose.install(frozen if lock else loose, witness)


def _spell(reader: Scripts, manager: str, seen: SeenCheck) -> str:
    """The outermost script that does only this kind of check, else the tool itself."""
    if not seen.call.mended:
        for name in scripts_of(seen):
            builds = seen.call.kind == "types" and _EMITS.search(name)
            if not builds and not reader.lifecycle(name) and reader.only(name, seen.call.kind):
                return spelled_call(manager, name)
    return direct(manager, seen)


def _is_check(source: Source, seen: SeenCheck) -> bool:
    """tsc is a compiler too: within a build it is no check unless it is told to emit nothing."""
    if seen.call.key == "workspaces types":
        words = [w.removeprefix("--target=") for w in (*seen.call.words[1:], *seen.via)]
        return not any(_EMITS.search(w) for w in words if "/" not in w and w[:1] != "-")
    if seen.call.key not in ("tsc", "vue-tsc", "tsgo") or "--noEmit" in seen.call.words:
        return True
    named = next(
        (v for f, v in pairwise(seen.call.words) if f in ("-p", "--project", "-b", "--build")), "tsconfig.json"
    )
    path = join(seen.cwd, named)
    if re.search(r'"noEmit"\s*:\s*true', source.text(path if path.endswith(".json") else f"{path}/tsconfig.json")):
        return True
    if seen.origin == "task" and not re.search(r"typ|check|lint|test|tsc:", seen.group):
        return False
    return not any(_EMITS.search(name) for name in (*seen.via, seen.group.rpartition(":")[2]))


def _apart(found: list[Found]) -> list[Found]:
    return list({(f.command, f.cwd): f for f in found}.values())
