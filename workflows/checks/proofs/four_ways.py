"""The four-way check: what the tests of each side say over the code of the other.

|           | the base's tests                       | the change's tests               |
|-----------|----------------------------------------|----------------------------------|
| base code | what was so before                     | must fail: they speak of the change |
| new code  | what broke, or is demanded differently | what is so now                   |

The two cells on the diagonal are the check's own runs; here are the other two. They are run over
the tests or files that matter alone where the runner can be called for them, else as a whole, within bounds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflows.checks.change.weakening.titled_tests import is_called
from workflows.checks.proofs.left_early import left_early
from workflows.checks.proofs.mixed_runs import MixedRuns, below
from workflows.checks.proofs.new_tests import NewTests
from workflows.checks.ran import Ran
from workflows.checks.results.crossed import Crossed
from workflows.reports.instrument import reports_in_tree
from workflows.reports.narrow import calls_for_tests
from workflows.reports.reasons import SURROUNDINGS, ReasonKind, reason

_OTHER_ARGUMENTS = re.compile(
    r"^(?:E +)?(?:TypeError|ArgumentError|ArgumentCountError)\b.{0,200}\bargument", re.MULTILINE
)
_HALF = 0.5
"""Of the time that is left: what the base's tests may take of it where less of them can be run instead."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One test check, ready to be crossed: its runs over mixed trees, and what the change's tests are to show."""

    runs: MixedRuns
    head_mark: str
    new: NewTests

    async def cross(self, lost: Sequence[str]) -> Crossed:
        """Run both mixed cells. `lost` are the tests of the base without a result on the head."""
        runs = self.runs
        lost = await self._really(lost)
        if gone := left_early(runs.base, runs.head, runs.mixed, runs.candidate.cwd):
            return Crossed(failed=gone, lost=tuple(lost))
        old, new = await self._old_tests(lost), await self.new.shown()
        not_run = (*old.not_run, *new.not_run)
        # It failed before, and what it asked then is not met now: it was brought round to what the code does. Or
        # its file is as it was, and it asks less for what was edited beside it.
        unmet = {*old.demands, *old.masked} & set(runs.base.run.failures)
        unmet |= {name for name in old.demands if runs.file(name) and runs.file(name) not in runs.mixed.fresh}
        proofs = tuple(proof for proof in new.proofs if proof.test not in unmet)
        told = tuple(f"{one.test}: its old form fails with the change, too" for one in new.proofs if one.test in unmet)
        return replace(old, proofs=proofs, unproven=(*new.unproven, *told), not_run=not_run)

    async def _really(self, lost: Sequence[str]) -> Sequence[str]:
        """The lost tests without those whose names are others each time: a random value is a part of them.

        Such are those that the base itself does not report a second time, while the head has as many of their function.
        """
        runs = self.runs
        other = [name for name in lost if runs.renamed_in_part(name)]
        if not other or runs.base.passed is None:
            return lost
        again = await runs.run(self.new.base_mark, self.new.base_mark, runs.files(other))
        if isinstance(again, str) or again.passed is None:
            return lost
        still = again.passed | set(again.run.failures)
        return [name for name in lost if name in still or name not in other]

    async def _old_tests(self, lost: Sequence[str]) -> Crossed:
        """The base's tests over the new code."""
        mixed, head = self.runs.mixed, self.runs.head
        weak = tuple(mixed.weakened)
        if not mixed.edited and not lost and not mixed.reaching:
            return Crossed()
        if not mixed.old_tests:
            return Crossed(lost=tuple(lost), weakened=weak)
        ran, items, part = await self._old_run(self._touched(lost), lost)
        if isinstance(ran, str):
            return Crossed(lost=tuple(lost), weakened=weak, not_run=(f"The base's tests over the new code: {ran}.",))
        if early := left_early(self.runs.base, ran, mixed, self.runs.candidate.cwd, as_before=True):
            return Crossed(failed=early, lost=tuple(lost), weakened=weak)
        failing = set(ran.run.failures)
        if head.silent:
            demands = (self.runs.candidate.command,) if ran.run.exit_code and not self.runs.base.run.exit_code else ()
            return Crossed(lost=(*lost, *mixed.deleted, *self._taken()), weakened=weak, demands=demands)
        found = self._sorted(lost, set(failing), ran)
        if found.failed or found.demands or found.masked:  # what fails now and then says nothing
            again = await self.runs.run(mixed.old_tests, self.head_mark, items)
            if not isinstance(again, str):
                found = self._sorted(lost, failing & set(again.run.failures), ran)
        return replace(found, not_run=(part,) if part else ())

    async def _old_run(self, files: tuple[str, ...], lost: Sequence[str]) -> tuple[Ran | str, tuple[str, ...], str]:
        """What the base's tests say over the new code, what was run for that, and what of them was left out.

        A test may do something to the code that others of its file see: what nobody touched is run, too, as long as
        there is time for that.
        """
        few, mark = self._few(files, lost), self.runs.mixed.old_tests
        ran: Ran | str = "there is no time left for all of them"
        if few is None or self.runs.takes(files) <= self.runs.allowance.left * _HALF:
            ran = await self.runs.run(mark, self.head_mark, files, 1.0 if few is None else _HALF)
        if not isinstance(ran, str) or not few:
            return ran, files, ""
        told = f"The base's tests over the new code: {ran}, and only those were run that the change touches."
        return await self.runs.run(mark, self.head_mark, few), few, told

    def _few(self, files: tuple[str, ...], lost: Sequence[str]) -> tuple[str, ...] | None:
        """The tests of these files that are touched or lost; None where these alone cannot be told, or run."""
        runs, mixed = self.runs, self.runs.mixed
        edited = [file for file in files if file in mixed.edited and file not in mixed.deleted]
        alone = all(file in mixed.touched and mixed.touched[file].alone for file in edited)
        if not files or not alone or runs.head.passed is None or not calls_for_tests(runs.candidate.command):
            return None
        return runs.items([name for name in runs.before() if name in lost or runs.touches(name)])

    def _touched(self, lost: Sequence[str]) -> tuple[str, ...]:
        """The files to run the base's tests of; () for all, where helpers were edited, new tests may do something to
        others, or names tell no file."""
        if self.runs.mixed.reaching:
            return ()
        if not set(self.runs.mixed.edited) <= self._known_files() or not all(map(self.runs.file, lost)):
            return ()
        return tuple(dict.fromkeys([*self.runs.mixed.edited, *map(self.runs.file, lost)]))

    def _known_files(self) -> set[str]:
        return {self.runs.file(name) for name in self.runs.before()}

    def _sorted(self, lost: Sequence[str], failing: set[str], ran: Ran) -> Crossed:
        """Where each of the base's tests goes: a failure, a loss, a changed demand, or nothing to tell."""
        known = set(self.runs.base.passed or ()) | set(self.runs.base.run.failures) if self.runs.base.usable else set()
        whole = {name for name in failing if name not in known}
        failing |= {name for name in known if any(below(name, one) for one in whole)}
        gone = [name for name in lost if name in failing and not self._hindered(name, ran)]
        still = [name for name in failing - set(lost) - whole if self._passes(name)]
        if self.runs.head.passed is None:  # names only of failures: whether one still runs is told by their number
            still = sorted(failing - set(self.runs.head.run.failures))
            gone = (
                still if lost else [name for name in still if any(self._is(name, one) for one in self.runs.mixed.taken)]
            )
            still = [name for name in still if name not in gone]
            taken = [one for one in self.runs.mixed.taken if not any(self._is(name, one) for name in failing)]
            lost = taken or lost
        if reports_in_tree(self.runs.candidate.command):  # whoever writes there may say that a test ran which is gone
            claimed = [name for name in known if any(self._is(name, one) for one in self.runs.mixed.taken)]
            gone = [*gone, *(name for name in still if name in claimed and name not in gone)]
            still = [name for name in still if name not in claimed]
            lost = [*lost, *(name for name in claimed if name not in lost)]
        emptied = {name for name, left in self.runs.mixed.weakened.items() if not left}
        void = {name: one for name in still for one in emptied if self._is(name, one)}
        demands = sorted(name for name in still if name not in void and self._edited(name))
        masked = sorted(name for name in still if name not in void and name not in demands)
        named = self.runs.head.passed is not None
        return Crossed(
            failed=tuple(sorted([*gone, *void])),
            masked=tuple(masked) if self.runs.mixed.reaching else (),
            lost=tuple(name for name in lost if name not in gone) if named or not gone else (),
            demands=tuple(demands),
            weakened=tuple(name for name in self.runs.mixed.weakened if name not in void.values()),
            loosened=tuple(name for name in demands if self._by_what_it_uses(name, ran)),
        )

    def _by_what_it_uses(self, name: str, ran: Ran) -> bool:
        """Whether a changed demand is none of the test's own: nobody touched its text, but code that tests use.

        Where the old form fails since what it calls is called otherwise now, as issue or plan say, it had to be brought
        along.
        """
        mixed = self.runs.mixed
        if not mixed.helpers or any(self._may_be(name, one) for one in mixed.reworded):
            return False
        said = ran.said_about(name)
        found = reason(said)
        if found.kind is ReasonKind.NAME:
            return not any(map(self.new.wanted.names, found.names))
        return not _OTHER_ARGUMENTS.search(said)

    def _may_be(self, name: str, reworded: str) -> bool:
        """Whether a test may be one of those whose text is another; of a file without titles, any that it may hold."""
        if reworded in self.runs.mixed.paths:
            return self.runs.file(name) in ("", reworded)
        return self._is(name, reworded)

    def _taken(self) -> list[str]:
        """The tests that an edit took out of files that are still there, for runners that name none that pass."""
        mixed = self.runs.mixed
        return [one for one in mixed.taken if re.split(r"::| > ", one)[0] not in mixed.deleted]

    def _is(self, name: str, test: str) -> bool:
        """Whether a report's `name` is that test, or belongs to it, as `Mixed` names tests."""
        if name == test or below(name, test):
            return True
        file, _, title = test.partition(" > ")
        if not title:
            file, title = test.partition("::")[0], test.rpartition("::")[2]
            if "::" in name:
                return False
        return self.runs.file(name) in ("", file) and is_called(name, title)

    def _hindered(self, name: str, ran: Ran) -> bool:
        """Whether a test failed on the base already, for want of something that is not there now either."""
        before = name in self.runs.base.run.failures
        return before and name in ran.messages and reason(ran.messages[name]).kind in SURROUNDINGS

    def _passes(self, name: str) -> bool:
        passed = self.runs.head.passed
        return name in passed if passed is not None else name not in self.runs.head.run.failures

    def _edited(self, name: str) -> bool:
        """Whether a test of the base, or anything that may serve it, is not as it was."""
        file = self.runs.file(name)
        return not file or file in self.runs.mixed.edited or bool(set(self.runs.mixed.edited) - self._known_files())
