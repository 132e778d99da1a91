"""Go: `go test ./...` in the module; vet and linters only where the repository runs them."""

from __future__ import annotations

import re

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.values import Found

NAME = "go"
_CONFIGS = (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")


def _tags(project: Project) -> str:
    """The build tags with which CI tests everything."""
    for seen in project.of(NAME):
        words = seen.call.words
        if seen.call.key != "go test" or seen.origin != "ci" or seen.aside or "./..." not in words:
            continue
        line = " ".join(words)
        if re.search(r"\s--?(run|skip)[= ]", line):
            continue  # a part of the tests, with what that part needs
        tags = re.search(r"\s--?tags[= ]['\"]?([\w,]+)", line)
        return f" -tags {tags.group(1)}" if tags else ""
    return ""


def find(project: Project) -> EcosystemPart | None:
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
    test = choose.proposed(project, NAME, f"go test{_tags(project)} ./...", witness, confirmed_by="go test")
    setup = (choose.install("go mod download", witness),)
    return EcosystemPart(NAME, setup, (test,), tuple(lint), (), tuple(choose.left_out(project, NAME)))
