"""Go: `go test ./...` in the module; vet and linters only where the repository runs them."""

from __future__ import annotations

import re
from itertools import pairwise

from sandbox.detect.commands import choose
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.values import Found
from sandbox.detect.tools.call import quoted

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
        spread = [part for w in words for part in (w.split("=", 1) if re.match(r"--?tags=", w) else [w])]
        tags = next((after for word, after in pairwise((*spread, "")) if word in ("-tags", "--tags")), "")
        return f" -tags {quoted(tags.strip())}" if re.fullmatch(r"[\w,. ]+", tags) else ""
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
