"""One execution of a check's command on one tree, with all that is needed to judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflows.verification import CheckRun, Counts


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a tree that checks run in does not have, as far as its set-up knows."""

    told: tuple[str, ...] = ()
    """What was refused, left out, or done another way, as sentences without their stops."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Paths of the tree whose contents could not be had, each with what it is: a submodule, contents of git LFS."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Ecosystems whose part of the set-up failed, each with why; it went well for all others."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One execution of a command on one tree, with all that is needed to judge it."""

    run: CheckRun
    dead: str = ""
    """Why this is no result, as the end of a sentence; "" where it is one."""
    passed: frozenset[str] | None = None
    """Names of passed tests; None where they are not known."""
    threshold: str = ""
    """What a coverage threshold said that was not reached."""
    changed: tuple[str, ...] = ()
    """Tracked files that the command rewrote (they were put back)."""
    setup_failure: str = ""
    lacking: Lacking = field(default_factory=Lacking)
    plain: bool = False
    """It was run without the flags that ask for a report, because it refuses them."""
    reported: bool = False
    """The numbers come from a report, and not from what was printed."""
    printed: Counts | None = None
    """The numbers of the summary that was printed beside the report."""
    garbled: bool = False
    """What was written as the report is none."""
    direct: bool = False
    """The runner is called by the command itself, so that its exit code is the command's."""
    bare: frozenset[str] = frozenset()
    """Files that ended well and ran no test, as seen from where the command ran."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """What was said about failures, by the tests' names, as far as it is known."""
    foreign: tuple[str, ...] = ()
    """Packages that the tree holds and that were imported from somewhere else, as `NAME from PATH`."""

    @property
    def usable(self) -> bool:
        return not self.dead and not self.run.killed

    @property
    def silent(self) -> bool:
        """It says nothing of single tests: its exit code is all there is."""
        return self.usable and self.run.counts is None and not self.run.failures

    @property
    def clear(self) -> bool:
        """It is a result that names itself: success, or failures that could be read."""
        return self.usable and (self.run.exit_code == 0 or self.run.counts is not None or bool(self.run.failures))

    @property
    def tells(self) -> bool:
        """It is a clear result in which something passed, as far as it counts: another command may tell more."""
        return self.clear and (self.run.counts is None or self.run.counts.passed > 0)

    @property
    def some_passed(self) -> bool:
        return self.run.counts is not None and self.run.counts.passed > 0

    def said_about(self, name: str) -> str:
        """What was said about a failed test; where that is not known, the end of what the command printed."""
        return self.messages.get(name) or self.run.tail
