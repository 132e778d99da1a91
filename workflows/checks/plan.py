"""The commands that a repository is prepared and checked with, wherever they were found or written down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sandbox.backend import CommandLimits
from sandbox.detect.as_called import PYTEST, as_called
from sandbox.environment.set_up import SetupCommand
from sandbox.limits import machine
from workflows.policy.config.repo_config import PATH, RepoConfig
from workflows.verification import CheckKind

if TYPE_CHECKING:
    from sandbox.detect.read.values import Detection, Found


_OF_THE_TREE = re.compile(
    r"install (?:\S+ )*(?:-e )?['\"]?\.(?=[\['\"\s]|$)|\b(?:uv|pdm) sync\b|poetry\S* install|hatch"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A command line to be run in `cwd` (relative to the tree). `evidence` says where it was found."""

    command: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""
    part: str = ""
    """The ecosystem whose set-up it needs; "" where it may need all."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One check: one suite of tests, or one other command. Of several candidates for the same suite the first
    that gives a result on the base is used; suites never stand in for each other."""

    kind: CheckKind
    candidates: tuple[Candidate, ...]
    required: bool = True
    """Whether its failure keeps the change from a good verdict."""

    def __post_init__(self) -> None:
        assert self.candidates, "a check needs at least one command"


@dataclass(frozen=True, slots=True)
class Commands:
    """All commands of a repository. `setup` is run in order with `hosts` reachable beside the registries.

    `left_out` are sentences about what was seen and is not run, with the reason. `memory` (bytes)
    and `minutes` are what the repository allows one command; None is our own default.
    """

    setup: tuple[SetupCommand, ...] = ()
    checks: tuple[Planned, ...] = ()
    hosts: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()
    memory: int | None = None
    minutes: float | None = None

    def within(self, limits: CommandLimits) -> CommandLimits:
        """The limits of a command, with what the repository's file says in their place.

        The file is not the operator's: it cannot have one command take the machine's memory for itself.
        """
        most = max(limits.memory_bytes, machine.memory() // 2)
        return replace(
            limits,
            memory_bytes=min(self.memory or limits.memory_bytes, most),
            wall_seconds=limits.wall_seconds if self.minutes is None else self.minutes * 60,
        )


def commands(config: RepoConfig, detection: Detection, path: str = PATH) -> Commands:
    """What detection found, with what the configuration says in its place; `path` is the configuration's file."""
    setup: tuple[SetupCommand, ...]
    if config.setup is None:
        setup = tuple(
            SetupCommand(found.command, found.cwd, found.env, found.instead, found.optional, found.part)
            for found in detection.setup
        )
    else:
        setup = tuple(SetupCommand(line) for line in config.setup or ())
    checks: list[Planned] = []
    left_out = [f"{note.subject}: {note.reason}" for note in detection.not_run]
    for kind, found in (("test", detection.test), ("lint", detection.lint), ("types", detection.types)):
        configured = getattr(config, kind)
        required = config.required.get(kind, True)
        if configured is False:
            left_out.append(f"{kind}: switched off in {path}:{config.line_of(kind)}.")
        elif configured is not None:
            evidence = f"{path}:{config.line_of(kind)}"
            given = [(Candidate(line, evidence=evidence),) for line in configured]
            checks += [Planned(CheckKind(kind), each, required) for each in given]
        elif kind == "test":
            suites = dict.fromkeys(one.suite for one in found)
            for suite in suites:
                candidates = tuple(_candidate(one) for one in found if one.suite == suite)
                if detection.setup and not _installs_the_tree(detection):
                    candidates += _as_modules(candidates)
                checks.append(Planned(CheckKind.TEST, candidates, required))
        else:
            checks += [Planned(CheckKind(kind), (_candidate(one),), required) for one in found]
    for name, line in config.checks.items():
        evidence = f"{path}:{config.line_of('checks', name)}"
        required = config.required.get(name, True)
        checks.append(Planned(CheckKind.OTHER, (Candidate(line, evidence=evidence),), required))
    bounds = config.limits
    return Commands(
        setup, tuple(checks), frozenset(config.network), tuple(left_out), memory=bounds.memory, minutes=bounds.minutes
    )


def _candidate(found: Found) -> Candidate:
    places = [f"{e.file}:{e.line}" if e.line else e.file for e in found.evidence]
    line = as_called(found.command, (e.text for e in found.evidence))
    return Candidate(line, found.cwd, found.env, ", ".join(places[:3]), found.part)


def _installs_the_tree(detection: Detection) -> bool:
    return any(_OF_THE_TREE.search(found.command) for found in detection.setup)


def _as_modules(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """What is tried where the others give no result: nothing else has tests find modules beside their folder."""
    first = next((one for one in candidates if PYTEST.match(one.command)), None)
    return (replace(first, command=f"python -m {first.command}"),) if first is not None else ()
