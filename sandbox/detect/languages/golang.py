"""Go: `go test ./...` in the module; vet and linters only where the repository runs them."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from sandbox.detect.commands import choose
from sandbox.detect.commands.expand import SeenCheck
from sandbox.detect.commands.project import EcosystemPart, Project
from sandbox.detect.read.source import Source
from sandbox.detect.read.values import Found, Note
from sandbox.detect.tools.call import quoted

NAME = "go"
_CONFIGS = (".golangci.yml", ".golangci.yaml", ".golangci.toml", ".golangci.json")


def _whole(project: Project) -> list[SeenCheck]:
    """CI's calls that test everything, or all packages but some; else those of its other jobs, else of a task that is
    named after tests."""
    calls = [s for s in project.of(NAME) if s.call.key == "go test"]
    ranks = (
        [s for s in calls if s.origin == "ci" and not s.aside],
        [s for s in calls if s.origin == "ci"],
        [s for s in calls if s.origin == "task" and _TESTS.search(s.group)],
    )
    return next((found for group in ranks if (found := _everything(group))), [])


_TESTS = re.compile(r" (go-?)?(unit-?)?tests?(-?unit|-?go)?$")


def _everything(calls: list[SeenCheck]) -> list[SeenCheck]:
    calls = [s for s in calls if any(w == "./..." or w.startswith(_LISTED) for w in s.call.words)]
    # With `-run` it is a part of the tests, with what that part needs.
    return [s for s in calls if not re.search(r"\s--?(run|skip)[= ]", " ".join(s.call.words))]


_LISTED = "$(go list "


def _tags(calls: list[SeenCheck]) -> str:
    """The build tags with which CI tests everything."""
    words = calls[0].call.words if calls else ()
    spread = [part for w in words for part in (w.split("=", 1) if re.match(r"--?tags=", w) else [w])]
    tags = next((after for word, after in pairwise((*spread, "")) if word in ("-tags", "--tags")), "")
    return f" -tags {quoted(tags.strip())}" if re.fullmatch(r"[\w,. ]+", tags) else ""


def _packages(project: Project, calls: list[SeenCheck]) -> str:
    """Everything, but for what CI leaves out wherever it tests; in a workspace its modules, but for those of tests that
    take more than a checkout."""
    modules = [m for m in _modules(project.source) if m not in project.apart]
    if len(modules) > 1:
        return " ".join("./..." if m == "." else f"./{m}/..." for m in modules if not _BESIDE.search(m))
    listed = [w for s in calls for w in s.call.words if w.startswith(_LISTED)]
    return listed[0] if len(listed) == len(calls) and len(set(listed)) == 1 else "./..."


def _modules(source: Source) -> list[str]:
    """The directories of the modules that the workspace uses, without any where there is none."""
    text = source.text("go.work")
    block = re.search(r"^use\s*\(([^)]*)\)", text, re.M)
    lines = block.group(1).splitlines() if block else re.findall(r"^use\s+(\S+)", text, re.M)
    names = [line.partition("//")[0].strip().strip('"').removeprefix("./") or "." for line in lines if line.strip()]
    return [n for n in names[:60] if re.fullmatch(r"[\w./-]+", n) and ".." not in n and source.is_dir(n)]


_BESIDE = re.compile(r"(^|/)(e2e|tests?|integration([-_]?tests?)?|examples?|hack)(/|$)")


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
    whole = _whole(project)
    line = f"go test{_tags(whole)} {_packages(project, whole)}"
    test = choose.proposed(project, NAME, line, witness, confirmed_by="go test")
    test = replace(test, env={**test.env, **choose.steered(whole)})
    setup = (choose.install("go mod download", witness),)
    beside = [m for m in _modules(source) if _BESIDE.search(m) and m not in project.apart]
    notes = (
        [Note(", ".join(beside), "modules of tests and examples of the workspace; they are not run")] if beside else []
    )
    return EcosystemPart(NAME, setup, (test,), tuple(lint), (), (*choose.left_out(project, NAME), *notes))
