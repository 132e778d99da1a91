""".NET: restore and test the solution."""

from __future__ import annotations

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.values import Evidence

NAME = "dotnet"


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    names = [n for n in source.files() if n.endswith((".sln", ".slnx", ".csproj", ".fsproj"))]
    if not names:
        return None
    witness = Evidence(names[0], 1, "")
    solutions = [n for n in names if n.endswith((".sln", ".slnx"))]
    target = f" {(solutions or names)[0]}" if len(names) > 1 else ""
    test = choose.proposed(project, NAME, f"dotnet test{target}", witness, confirmed_by="dotnet test")
    lint = tuple(choose.checks(project, "lint", NAME))
    return EcosystemPart(NAME, (choose.install(f"dotnet restore{target}", witness),), (test,), lint)
