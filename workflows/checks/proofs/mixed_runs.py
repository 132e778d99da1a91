"""Runs of one test command over mixed trees: for the files or tests that matter alone, within the time that is left."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sandbox.backend import MIB, CommandLimits, Kill
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.change.touched_tests import one_by_one
from workflows.checks.commands.allowance import Allowance
from workflows.checks.commands.running import TreesForChecks, run_command
from workflows.checks.plan import Candidate
from workflows.checks.ran import Ran
from workflows.reports.collect import read
from workflows.reports.narrow import narrow
from workflows.verification import CheckKind

_TIMES, _LEAST = 3.0, 120.0
"""As many times as long as they take with the change, and these seconds at least: what has not ended by then hangs."""


@dataclass(frozen=True, slots=True)
class MixedRuns:
    """One test command, both its own runs, and what it takes to run it over mixed trees."""

    candidate: Candidate
    base: Ran
    head: Ran
    mixed: Mixed
    trees: TreesForChecks
    limits: CommandLimits
    allowance: Allowance = field(default_factory=Allowance)
    long: bool = False
    """Only a part of the suite was run on base and head: the whole command takes longer than it may."""

    async def run(self, mark: str, like: str, items: Sequence[str], share: float = 1.0) -> Ran | str:
        """One run, of `items` (files, or tests in them) alone where there are any; a sentence's end if it came to no
        result. It may take that share of the time that is left."""
        began = time.monotonic()
        if not items and (self.long or self.head.run.seconds > self.allowance.left):
            return "there is no time left for another run of the whole command"
        if self.allowance.left <= 0:
            return "there is no time left for it"
        async with self.trees.open(mark, like) as tree:
            manifest = read(tree.box.spec.tree, f"{self.candidate.cwd}/package.json".removeprefix("./"), MIB)
            there = [item for item in items if (tree.box.spec.tree / item.partition("::")[0]).exists()]
            line = self.candidate.command
            if items:
                line = narrow(line, there, self.candidate.cwd, self.mixed.paths, manifest)
            candidate = replace(self.candidate, command=line)
            took = self.takes([item.partition("::")[0] for item in items])
            most = max(_LEAST, _TIMES * took) if items else self.allowance.left
            bounded = self.allowance.limits(self.limits, share).within(most)
            ran = await run_command(tree, CheckKind.TEST, candidate, bounded, plain=self.head.plain)
        self.allowance.left -= time.monotonic() - began
        if ran.run.killed == Kill.TIMEOUT and bounded.wall_seconds == most and items:
            return f"it does not end within {most:.0f} seconds; with the change their files take about {took:.0f}"
        if ran.run.killed:
            return f"it was stopped ({ran.run.killed})"
        if ran.garbled:
            return "what it wrote as its report is none"
        return ran

    def takes(self, files: Sequence[str]) -> float:
        """Seconds that a run of these files probably takes: as large a part of the whole as their tests are of all."""
        names = [*(self.head.passed or ()), *self.head.run.failures]
        if not files or not names:
            return self.head.run.seconds
        return self.head.run.seconds * sum(self.file(name) in files for name in names) / len(names)

    def file(self, name: str) -> str:
        """The file that a test's name begins with, "" where it names none."""
        for end in ("::", " > ", " "):
            file = posixpath.normpath(posixpath.join(self.candidate.cwd, name.partition(end)[0]))
            if file in self.mixed.paths:
                return file
        return ""

    def files(self, names: Collection[str]) -> tuple[str, ...]:
        """The files that these tests are in; () for all, where one names none."""
        found = [self.file(name) for name in names]
        return tuple(dict.fromkeys(found)) if all(found) else ()

    def items(self, names: Collection[str]) -> tuple[str, ...]:
        """These tests one by one, as pytest is called for them; their files where they are too many; () for all."""
        return one_by_one(names, {name: self.file(name) for name in names}) if self.files(names) else ()

    def renamed_in_part(self, name: str) -> bool:
        """Whether the head has as many cases of this test as the base, some under names that the base does not have."""
        function, _, case = name.partition("[")
        before, after = ([n for n in side if n.startswith(f"{function}[")] for side in (self.before(), self.after()))
        return bool(case) and len(after) >= len(before) and bool(set(after) - set(before))

    def touches(self, name: str) -> bool:
        """Whether an edit of a test's file touches the test, as far as that can be told."""
        touched = self.mixed.touched.get(self.file(name))
        return touched is not None and touched.holds(name)

    def after(self) -> Iterator[str]:
        """The tests that ran with the change."""
        yield from self.head.passed or ()
        yield from self.head.run.failures

    def before(self) -> Iterator[str]:
        """The tests that ran on the base."""
        yield from self.base.passed or ()
        yield from self.base.run.failures


def below(name: str, holder: str) -> bool:
    """Whether a test belongs to what failed as a whole: a file that cannot be loaded, a package, a class."""
    return name.startswith((f"{holder}::", f"{holder} > ", f"{holder}.", f"{holder}["))
