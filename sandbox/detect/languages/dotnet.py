""".NET: restore and test the solution."""

from __future__ import annotations

import re

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Evidence, Note

NAME = "dotnet"


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    names = [n for n in source.files() if n.endswith((".sln", ".slnx", ".csproj", ".fsproj"))]
    if not names:
        return None
    main = _main(project, [n for n in names if n.endswith((".sln", ".slnx"))] or names)
    witness = Evidence(main, 1, "")
    target = f" {main}" if len(names) > 1 else ""
    setup = choose.install(f"dotnet restore{target}", witness)
    lint = tuple(choose.checks(project, "lint", NAME))
    if not _tested(source) and not choose.called_by_ci(project, NAME):
        note = Note(f"dotnet test{target}", "no project of the solution holds tests", (witness,))
        return EcosystemPart(NAME, (setup,), (), lint, (), (note,))
    target = target if choose.called_by_ci(project, NAME) else _of_the_guide(project) or target
    filtered = choose.common_options(project, NAME, "--filter")
    line = " ".join(["dotnet test" + target, *filtered])
    test = choose.proposed(project, NAME, line, witness, confirmed_by="dotnet test")
    return EcosystemPart(NAME, (setup,), (test,), lint)


_BESIDE = re.compile(r"sample|example|demo|bench|docs|tool|template|playground", re.I)


def _main(project: Project, names: list[str]) -> str:
    """Of several solutions the one that CI restores, builds or tests, else one that by its name holds no samples."""
    called = {n for n in names if re.search(rf"(^|[\s/\"']){re.escape(n)}($|[\s\"'])", project.ci, re.M)}
    return min(names, key=lambda n: (n not in called, bool(_BESIDE.search(n)), names.index(n)))


def _of_the_guide(project: Project) -> str:
    """The project of tests that the contributors' guide tests, where CI tests by a program of its own."""
    for path in project.guides:
        for match in _GUIDED.finditer(project.source.text(path)):
            if project.source.has(match[1]):
                return f" {match[1]}"
    return ""


_GUIDED = re.compile(r"\bdotnet test (?:\./)?([\w./-]{1,200}\.(?:cs|fs|vb)proj)(?![\w-])")
_PROJECT = (".csproj", ".fsproj", ".vbproj")
_SHARED = ("Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "packages.config")
_FRAMEWORK = re.compile(r"Microsoft\.NET\.Test\.Sdk|xunit|NUnit|MSTest|TUnit|Expecto|<IsTestProject>", re.I)
_NAMED = re.compile(r"(tests?|specs?|testing)\.\w+proj$", re.I)
_READ = 80


def _tested(source: Source) -> bool:
    """Whether a project has tests, by its name or by what it refers to; so it is taken where no project is in sight."""
    names = [f"{d}/{n}" for d in source.walk(depth=5, limit=300) for n in source.files(d)]
    projects = [n for n in names if n.endswith((*_PROJECT, *_SHARED))]
    if not any(n.endswith(_PROJECT) for n in projects):
        return True
    return any(_NAMED.search(n) for n in projects) or any(
        _FRAMEWORK.search(source.text(n.removeprefix("./"))) for n in projects[:_READ]
    )
