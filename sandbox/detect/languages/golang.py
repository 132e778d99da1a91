"""Go: `go test ./...` in the module; vet and linters only where the repository runs them."""

from __future__ import annotations

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import Part, Project
from sandbox.detect.read.values import Found

NAME = "go"
_CONFIGS = (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")


def find(project: Project) -> Part | None:
    source = project.source
    if not source.has("go.mod"):
        return None
    witness = source.evidence("go.mod", "module ")
    lint = choose.checks(project, "lint", NAME)
    config = next((c for c in _CONFIGS if source.has(c)), "")
    if config and not any(f.command.startswith("golangci-lint") for f in lint):
        lint.append(
            Found("lint", "golangci-lint run ./...", (source.evidence(config, "linters"),), env=dict(choose.ENV))
        )
    test = choose.proposed(project, NAME, "go test ./...", witness, confirmed_by="go test")
    setup = (choose.install("go mod download", witness),)
    return Part(NAME, setup, (test,), tuple(lint), (), tuple(choose.left_out(project, NAME)))
