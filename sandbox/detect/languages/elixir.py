"""Elixir: mix."""

from __future__ import annotations

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project

NAME = "elixir"


def find(project: Project) -> EcosystemPart | None:
    source = project.source
    if not source.has("mix.exs"):
        return None
    witness = source.evidence("mix.exs", "def project")
    setup = choose.install(
        "mix local.hex --force --if-missing && mix local.rebar --force --if-missing && mix deps.get", witness
    )
    line = " ".join(["mix test", *choose.common_options(project, NAME, "--exclude")])
    test = choose.proposed(project, NAME, line, witness, confirmed_by="mix test")
    lint = tuple(choose.checks(project, "lint", NAME))
    return EcosystemPart(NAME, (setup,), (test,), lint, tuple(choose.checks(project, "types", NAME)))
