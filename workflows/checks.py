"""The commands that a repository is prepared and checked with, wherever they were found or written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.values import CheckKind


@dataclass(frozen=True, slots=True)
class Candidate:
    """A command line to be run in `cwd` (relative to the tree). `evidence` says where it was found."""

    command: str
    cwd: str = "."
    env: Mapping[str, str] = field(default_factory=dict)
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """One check. Of several candidates the first that gives a result on the base is used."""

    kind: CheckKind
    candidates: tuple[Candidate, ...]

    def __post_init__(self) -> None:
        assert self.candidates, "a check needs at least one command"


@dataclass(frozen=True, slots=True)
class Commands:
    """All commands of a repository. `setup` is run in order with `hosts` reachable beside the registries.

    `left_out` are sentences about what was seen and is not run, with the reason.
    """

    setup: tuple[Candidate, ...] = ()
    checks: tuple[Planned, ...] = ()
    hosts: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()
