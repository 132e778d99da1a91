"""The directories of a repository that are projects of their own: what CI works in, and what nothing else covers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from sandbox.detect.commands import workspaces
from sandbox.detect.commands.project import Project
from sandbox.detect.commands.scripts.shell import within
from sandbox.detect.read.manifests import ecosystems, manifest
from sandbox.detect.read.source import Source, strings, table
from sandbox.detect.read.values import Evidence, Note

_MOST = 14
_SIDE = re.compile(
    r"(^|/)(docs?|documentation|website|site|www-docs|examples?|samples?|demos?|templates?|fixtures?|tests?|test[-_]?data"
    r"|bench(mark)?s?|scripts?|tools?|tooling|e2e|playgrounds?|starters?|boilerplates?|tutorials?|ci|hack|docker|deploy\w*"
    r"|helm|charts?|spec|contrib|packaging|integration[-_]?tests?|snippets|skeleton|stubs|cookiecutter|\{\{.*)(/|$)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class ProjectPlace:
    """A directory with the ecosystems that it is a project of. `used`: CI works in it. `covered`: set-up is its
    workspace's."""

    directory: str
    ecosystem: str
    used: bool
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The places that are run, what is merely named, and the (ecosystem, directory) pairs that are too many."""

    chosen: list[ProjectPlace]
    notes: list[Note]
    cut: list[tuple[str, str]]
    bare: dict[str, list[str]] = field(default_factory=dict)
    """Places that turned out to have nothing to run, by ecosystem."""


def bare_notes(source: Source, layout: Layout) -> list[Note]:
    """A word on each language that has a directory of its own and nothing that tests or checks it."""
    return [_note(source, e, d, f"{e} that nothing tests or checks") for e, d in layout.bare.items()]


def places(project: Project) -> Layout:
    """All places below the root, those that CI works in first."""
    source = project.source
    found: dict[tuple[str, str], ProjectPlace] = {}
    for cwd in project.used:
        for place in _used(project, cwd):
            found.setdefault((place.directory, place.ecosystem), place)
    left: dict[str, list[str]] = {}
    rooted = set(ecosystems(source))
    for directory in source.walk(depth=2, limit=250)[1:]:
        for ecosystem in ecosystems(source, directory):
            key = (directory, ecosystem)
            above = [d for d, e in found if e == ecosystem and within(directory, d)]
            if key in found or above or (ecosystem == "native" and rooted) or ecosystem in ("bazel",):
                continue
            if ecosystem in rooted and _covered(source, directory, ecosystem):
                continue
            if _SIDE.search(directory) or (ecosystem in rooted and not _stands_alone(source, directory, ecosystem)):
                left.setdefault(ecosystem, []).append(directory)
                continue
            found[key] = ProjectPlace(directory, ecosystem, used=False)
    chosen = sorted(found.values(), key=lambda p: (not p.used, bool(_SIDE.search(p.directory))))
    cut: dict[str, list[str]] = {}
    for place in chosen[_MOST:]:
        cut.setdefault(place.ecosystem, []).append(place.directory)
    many = f"more than {_MOST} directories of one repository are not run"
    notes = [_note(source, e, d, f"{e} that CI checks nowhere by itself; it is not run") for e, d in left.items()]
    notes += [_note(source, e, d, f"{e}: {many}") for e, d in cut.items()]
    return Layout(chosen[:_MOST], notes, [(p.ecosystem, p.directory) for p in chosen[_MOST:]])


def _used(project: Project, cwd: str) -> list[ProjectPlace]:
    """The projects that a directory of CI belongs to, nearest first; none where that is the root."""
    source = project.source
    wanted = {_ALIASES.get(s.call.ecosystem, s.call.ecosystem) for s in project.seen if within(s.cwd, cwd)}
    found: list[ProjectPlace] = []
    directory = cwd
    while directory != "." and not directory.startswith(".."):
        # A crate of a workspace is tested with the workspace.
        here = [e for e in ecosystems(source, directory) if not _taken_in(source, directory, e)]
        for ecosystem in here:
            if ecosystem in wanted or not found:
                found.append(ProjectPlace(directory, ecosystem, True, _member(source, directory, ecosystem)))
        if found:
            break
        directory = directory.rpartition("/")[0] or "."
    return found


_ALIASES = {"maven": "jvm", "gradle": "jvm", "cmake": "native"}


def _member(source: Source, directory: str, ecosystem: str) -> bool:
    """Whether the set-up of a workspace at the root, or in between, is this directory's as well."""
    return bool(manifest(source, ecosystem)) and _covered(source, directory, ecosystem)


def _taken_in(source: Source, directory: str, ecosystem: str) -> bool:
    """Whether a directory is a mere part of the root's project, though CI works in it."""
    if not _member(source, directory, ecosystem):
        return False
    own = manifest(source, ecosystem, directory)
    return ecosystem == "rust" or (ecosystem == "python" and own.startswith(_PARTS))


_PARTS = ("pytest", "tox", "req", "manage")


def _covered(source: Source, directory: str, ecosystem: str) -> bool:
    """Whether a project at the root takes the directory in."""
    if ecosystem == "javascript":
        return directory in workspaces.members(source)
    if ecosystem == "rust":
        members = strings(table(source.toml("Cargo.toml"), "workspace").get("members"))
        return any(fnmatchcase(directory, m.removeprefix("./").rstrip("/")) for m in members)
    if ecosystem == "python":
        members = strings(table(source.toml("pyproject.toml"), "tool", "uv", "workspace").get("members"))
        own = manifest(source, "python", directory)
        return any(fnmatchcase(directory, m) for m in members) or own.startswith(_PARTS)
    if ecosystem == "go":
        return bool(re.search(rf"^\s*(use\s+)?\.?/?{re.escape(directory)}\s*$", source.text("go.work"), re.M))
    return ecosystem in _TAKEN_IN


_TAKEN_IN = (
    *(
        "jvm",
        "dotnet",
        "terraform",
        "elixir",
        "swift",
        "native",
        "deno",
        "haskell",
        "ocaml",
        "scala",
        "erlang",
        "zig",
        "nix",
    ),
    *("pants", "buck2", "solidity", "perl", "lua", "nim", "r"),
)
"""Ecosystems whose project at the root takes in what lies below it."""


def _stands_alone(source: Source, directory: str, ecosystem: str) -> bool:
    """Whether a project beside one of the same ecosystem at the root says by itself how it is checked."""
    if ecosystem == "javascript":
        scripts = table(source.json(f"{directory}/package.json"), "scripts")
        return any(re.match(r"(test|lint|type|check)", name) for name in scripts)
    return False


def _note(source: Source, ecosystem: str, directories: list[str], reason: str) -> Note:
    shown = ", ".join(directories[:6]) + (f" and {len(directories) - 6} more" if len(directories) > 6 else "")
    evidence = [Evidence(f"{d}/{manifest(source, ecosystem, d)}", 0, "") for d in directories[:2]]
    return Note(shown, reason, tuple(evidence))
