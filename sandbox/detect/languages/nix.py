"""Nix: a flake's checks and the tests that CI builds; a flake that only gives a shell to other code is none."""

from __future__ import annotations

import re
from dataclasses import replace

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.manifests import ecosystems
from sandbox.detect.read.values import Evidence, Found

NAME = "nix"
_MOST = 3


def find(project: Project) -> EcosystemPart | None:
    lint = tuple(choose.checks(project, "lint", NAME))
    notes = tuple(choose.left_out(project, NAME))
    test = _tests(project)
    if not (test or lint or notes):
        return None
    flake = project.source.has("flake.nix")
    setup = (choose.install("nix flake archive", Evidence("flake.nix", 1, "")),) if flake and (test or lint) else ()
    return EcosystemPart(NAME, setup, test, lint, (), notes)


def _tests(project: Project) -> tuple[Found, ...]:
    source = project.source
    seen = [s for s in project.of(NAME) if s.call.kind == "test" and not s.aside and not s.call.skip]
    alone = set(ecosystems(source)) <= {NAME}
    own: dict[tuple[str, str], SeenCheck] = {}
    for s in (s for s in seen if s.origin == "ci"):
        own.setdefault((s.call.line, s.cwd), s)
    if not own and alone:
        own = {(s.call.line, s.cwd): s for s in sorted(seen, key=lambda s: len(s.call.words))[:1]}
    found: list[Found] = []
    for (line, cwd), s in list(own.items())[:_MOST]:
        one = choose.proposed(project, NAME, line, s.evidence)
        found.append(replace(one, cwd=cwd, suite=line if found else ""))
    if not found and alone and re.search(r"\bchecks\b", source.text("flake.nix")):
        place = source.evidence("flake.nix", "checks")
        found.append(choose.proposed(project, NAME, "nix flake check", place))
    return tuple(found)
