"""What detection gives: commands with the lines of the repository that speak for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["setup", "test", "lint", "types"]
Confidence = Literal["confirmed", "manifest", "default"]
"""confirmed: CI or the contributors' guide runs it; manifest: a file of the project names it;
default: nothing but the ecosystem's habit speaks for it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of the repository. `line` counts from 1; 0 means the file as a whole."""

    file: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A command for `bash -c`, to be run in `cwd` (relative to the tree) with `env` set.

    `network` says that it downloads; only set-up commands do.
    """

    kind: Kind
    command: str
    evidence: tuple[Evidence, ...] = ()
    cwd: str = "."
    network: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    confidence: Confidence = "manifest"
    note: str = ""
    suite: str = ""
    """Of tests: the suite that the command runs ("python", "javascript in web"). Commands of one suite stand in for
    each other, those of different suites do not."""
    instead: str = ""
    """Of set-up: another command for the same, where this one fails."""
    optional: bool = False
    """Of set-up: only linters and type checkers need what it brings."""
    part: str = ""
    """The ecosystem that it is found for ("python"), whatever the directory."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was seen and is not run, with the reason as a sentence."""

    subject: str
    reason: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """The commands of a repository.

    All of `setup` is run, in order. Every suite of `test` is run; within a suite commands are ranked: the
    first is used, the next one when it cannot run on the untouched base. All of `lint` and `types` are run.
    """

    ecosystems: tuple[str, ...] = ()
    setup: tuple[Found, ...] = ()
    test: tuple[Found, ...] = ()
    lint: tuple[Found, ...] = ()
    types: tuple[Found, ...] = ()
    not_run: tuple[Note, ...] = ()


def to_json(detection: Detection) -> dict[str, Any]:
    """The detection as plain JSON."""
    return asdict(detection)
