"""The four-way check: what the tests of each side say over the code of the other.

|           | the base's tests                       | the change's tests               |
|-----------|----------------------------------------|----------------------------------|
| base code | what was so before                     | must fail: they speak of the change |
| new code  | what broke, or is demanded differently | what is so now                   |

The two cells on the diagonal are the check's own runs; here are the other two. They are run over
the files that matter alone where the runner can be called for them, else as a whole, within bounds.
"""

from __future__ import annotations

import posixpath
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sandbox.backend import MIB, CommandLimits
from workflows.checks.allowance import Allowance
from workflows.checks.crossed import Crossed
from workflows.checks.fitting import WantedFailure, misfit
from workflows.checks.left_early import left_early
from workflows.checks.mixed_trees import Mixed
from workflows.checks.plan import Candidate
from workflows.checks.ran import Ran
from workflows.checks.running import TreesForChecks, run_command
from workflows.reports.collect import read
from workflows.reports.narrow import narrow
from workflows.reports.reasons import SURROUNDINGS, Reason, reason
from workflows.values import CheckKind, Proof

ALIKE = 3
"""How often a test has to fail without the change, each time alike."""
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Crossing:
    """One test check, ready to be crossed: its command, both its runs, the mixed trees and what is wanted."""

    candidate: Candidate
    base: Ran
    head: Ran
    base_mark: str
    head_mark: str
    mixed: Mixed
    wanted: WantedFailure
    trees: TreesForChecks
    limits: CommandLimits
    allowance: Allowance = field(default_factory=Allowance)
    author: str = "Pullwright"
    seen: Mapping[str, Reason] = field(default_factory=dict)
    """Tests that were seen to fail in the very tree of the base's code and these tests, as often as it takes."""

    async def cross(self, lost: Sequence[str]) -> Crossed:
        """Run both mixed cells. `lost` are the tests of the base without a result on the head."""
        if gone := left_early(self.base, self.head, self.mixed, self.candidate.cwd):
            return Crossed(failed=gone, lost=tuple(lost))
        old, new = await self._old_tests(lost), await self._new_tests()
        not_run = (*old.not_run, *new.not_run)
        # It failed before, and what it asked then is not met now: it was brought round to what the code does.
        unmet = set(old.demands) & set(self.base.run.failures)
        proofs = tuple(proof for proof in new.proofs if proof.test not in unmet)
        told = tuple(f"{one.test}: its old form fails with the change, too" for one in new.proofs if one.test in unmet)
        return replace(old, proofs=proofs, unproven=(*new.unproven, *told), not_run=not_run)

    # --- the base's tests over the new code ----------------------------------------------------

    async def _old_tests(self, lost: Sequence[str]) -> Crossed:
        weak = tuple(self.mixed.weakened)
        if not self.mixed.edited and not lost:
            return Crossed()
        if not self.mixed.old_tests:
            return Crossed(lost=tuple(lost), weakened=weak)
        files = self._touched(lost)
        ran = await self._run(self.mixed.old_tests, self.head_mark, files)
        if isinstance(ran, str):
            return Crossed(lost=tuple(lost), weakened=weak, not_run=(f"The base's tests over the new code: {ran}.",))
        failing = set(ran.run.failures)
        if self.head.silent:
            demands = (self.candidate.command,) if ran.run.exit_code and not self.base.run.exit_code else ()
            return Crossed(lost=(*lost, *self.mixed.deleted), weakened=weak, demands=demands)
        if failing and not isinstance(again := await self._run(self.mixed.old_tests, self.head_mark, files), str):
            failing &= set(again.run.failures)
        return self._sorted(lost, failing, ran)

    def _touched(self, lost: Sequence[str]) -> tuple[str, ...]:
        """The files to run the base's tests of; () for all, where helpers were edited or names tell no file."""
        if not set(self.mixed.edited) <= self._known_files() or not all(map(self._file, lost)):
            return ()
        return tuple(dict.fromkeys([*self.mixed.edited, *map(self._file, lost)]))

    def _known_files(self) -> set[str]:
        return {self._file(name) for name in (*(self.base.passed or ()), *self.base.run.failures)}

    def _sorted(self, lost: Sequence[str], failing: set[str], ran: Ran) -> Crossed:
        """Where each of the base's tests goes: a failure, a loss, a changed demand, or nothing to tell."""
        known = set(self.base.passed or ()) | set(self.base.run.failures) if self.base.usable else set()
        whole = {name for name in failing if name not in known}
        failing |= {name for name in known if any(_below(name, one) for one in whole)}
        gone = [name for name in lost if name in failing and not self._hindered(name, ran)]
        still = [name for name in failing - set(lost) - whole if self._passes(name)]
        if self.head.passed is None:  # names only of failures: whether one still runs is told by their number
            still = sorted(failing - set(self.head.run.failures))
            if lost:
                gone, still = still, []
        emptied = {name for name, left in self.mixed.weakened.items() if not left}
        void = [name for name in still if any(name == one or _below(name, one) for one in emptied)]
        demands = sorted(name for name in still if name not in void and self._edited(name))
        return Crossed(
            failed=tuple(sorted([*gone, *void])),
            lost=tuple(name for name in lost if name not in gone) if self.head.passed is not None or not gone else (),
            demands=tuple(demands),
            weakened=tuple(name for name in self.mixed.weakened if name not in void),
        )

    def _hindered(self, name: str, ran: Ran) -> bool:
        """Whether a test failed on the base already, for want of something that is not there now either."""
        before = name in self.base.run.failures
        return before and name in ran.messages and reason(ran.messages[name]).kind in SURROUNDINGS

    def _passes(self, name: str) -> bool:
        return name in self.head.passed if self.head.passed is not None else name not in self.head.run.failures

    def _edited(self, name: str) -> bool:
        """Whether a test of the base, or anything that may serve it, is not as it was."""
        file = self._file(name)
        return not file or file in self.mixed.edited or bool(set(self.mixed.edited) - self._known_files())

    # --- the change's tests over the base's code -----------------------------------------------

    async def _new_tests(self) -> Crossed:
        wanted = self._candidates()
        if self.head.silent:  # what its exit code shows is tried for itself
            return Crossed()
        if wanted is not None and not wanted:
            return Crossed()
        mended = self.base.usable and set(self.base.run.failures) - set(self.head.run.failures)
        if wanted is None and not self.mixed.fresh and not mended:
            return Crossed()
        files = tuple(dict.fromkeys([*filter(None, map(self._file, wanted or ()))]))
        if wanted and not all(map(self._file, wanted)):
            files = ()
        proofs = self._already(wanted)
        unproven: dict[str, str] = {}
        if not proofs:
            found = await self._failing_alike(wanted, files)
            if isinstance(found, str):
                return Crossed(not_run=(f"The change's tests over the base's code: {found}.",))
            proofs, unproven = found
        if proofs and self.mixed.comments:
            reads = "nothing but comments of the code is different, so that it reads their text"
            return Crossed(unproven=tuple(f"{name}: {reads}" for name in proofs)[:_MOST_TOLD])
        if proofs:
            proofs, why = await self._pass_again(proofs, files)
            unproven |= why
        told = tuple(f"{name}: {why}" for name, why in list(unproven.items())[:_MOST_TOLD] if name not in proofs)
        return Crossed(proofs=tuple(self._proof(name, one) for name, one in proofs.items()), unproven=told)

    def _already(self, wanted: Sequence[str] | None) -> dict[str, Reason]:
        """What was seen to fail before the code was changed, as far as it passes now, and fits what the change is."""
        names = set(wanted or ())
        return {
            name: one
            for name, one in self.seen.items()
            if name in names and not misfit(one, "", self.mixed, self.wanted)
        }

    async def _failing_alike(
        self, wanted: Sequence[str] | None, files: tuple[str, ...]
    ) -> tuple[dict[str, Reason], dict[str, str]] | str:
        """Which tests fail each time alike for a reason that fits, and why others do not; or why there was no result.

        Where no test was touched, the base's own run was the first of those times.
        """
        proofs: dict[str, Reason] = {}
        unproven: dict[str, str] = {}
        for number in range(ALIKE if self.mixed.fresh or not self.base.usable else ALIKE - 1):
            ran = await self._run(self.mixed.new_tests or self.base_mark, self.base_mark, files)
            if isinstance(ran, str):
                return ran
            found, why = self._failures(wanted, ran)
            unproven |= why
            if number and (others := {n for n, r in proofs.items() if n in found and found[n].kind is not r.kind}):
                unproven |= dict.fromkeys(others, "it does not fail alike each time")
            same = {name: one for name, one in found.items() if name not in unproven}
            proofs = same if not number else {name: one for name, one in proofs.items() if name in same}
            if not proofs:
                break
        return proofs, unproven

    def _candidates(self) -> list[str] | None:
        """Tests that pass now and did not before; None where passed tests have no names."""
        if self.head.passed is None:
            return None
        before = set(self.base.passed or ()) if self.base.usable else set()
        return [name for name in sorted(self.head.passed) if name not in before or self._may_be_edited(name)]

    def _may_be_edited(self, name: str) -> bool:
        file = self._file(name)
        return file in self.mixed.fresh if file else bool(self.mixed.fresh)

    def _failures(self, wanted: Sequence[str] | None, ran: Ran) -> tuple[dict[str, Reason], dict[str, str]]:
        """Which of the wanted tests fail there for a reason that fits, and why the others that fail do not."""
        failing = set(ran.run.failures)
        names = wanted if wanted is not None else sorted(failing - set(self.head.run.failures))
        good: dict[str, Reason] = {}
        bad: dict[str, str] = {}
        for name in names:
            holder = name if name in failing else next((one for one in failing if _below(name, one)), "")
            if not holder and not ran.run.failures and ran.run.exit_code and ran.run.counts is None:
                holder = name  # nothing could be built or loaded: what was printed tells why
            if not holder or (holder != name and self.base.passed is not None and name in self.base.passed):
                continue  # one that only stands in a file which cannot be loaded there speaks of nothing new
            said = ran.said_about(holder)
            found = reason(said)
            why = misfit(found, said, self.mixed, self.wanted)
            if why:
                bad[name] = why
            else:
                good[name] = found
        return good, bad

    async def _pass_again(
        self, proofs: dict[str, Reason], files: tuple[str, ...]
    ) -> tuple[dict[str, Reason], dict[str, str]]:
        """With the change each passes a second time, in the same narrow run."""
        ran = await self._run(self.head_mark, self.head_mark, files)
        if isinstance(ran, str):
            return {}, dict.fromkeys(proofs, f"its repetition with the change: {ran}")
        failed = set(ran.run.failures)
        passed = {
            name
            for name in proofs
            if name not in failed
            and (ran.passed is None or name in ran.passed)
            and not any(_below(name, f) for f in failed)
        }
        why = dict.fromkeys(
            (name for name in proofs if name not in passed), "with the change it does not pass each time"
        )
        return {name: one for name, one in proofs.items() if name in passed}, why

    def _proof(self, name: str, found: Reason) -> Proof:
        there = self.base.usable and name in self.base.run.failures  # it failed before anybody edited its file
        author = self.author if self._may_be_edited(name) and not there else ""
        return Proof(name, found.said or found.kind.value, author)

    async def notices(self, without: str, proofs: Sequence[Proof]) -> bool | None:
        """Whether a proving test fails in a tree of the change that lacks a part; None where it was not run."""
        if without == (self.mixed.new_tests or self.base_mark):
            return True  # the part is all there is of the change: there each of them was seen to fail
        files = [self._file(proof.test) for proof in proofs]
        ran = await self._run(without, self.head_mark, tuple(dict.fromkeys(files)) if all(files) else ())
        if isinstance(ran, str):
            return None
        tests, failed = {proof.test for proof in proofs}, set(ran.run.failures)
        if ran.passed is not None and ran.usable:
            return not tests <= ran.passed
        return not ran.usable or bool(tests & failed) or ran.run.exit_code != self.head.run.exit_code

    # --- both ----------------------------------------------------------------------------------

    async def _run(self, mark: str, like: str, files: Sequence[str]) -> Ran | str:
        """One mixed run; a sentence's end where it came to no result."""
        began = time.monotonic()
        if not files and self.head.run.seconds > self.allowance.left:
            return "there is no time left for another run of the whole command"
        if self.allowance.left <= 0:
            return "there is no time left for it"
        async with self.trees.open(mark, like) as tree:
            manifest = read(tree.box.spec.tree, f"{self.candidate.cwd}/package.json".removeprefix("./"), MIB)
            there = [file for file in files if (tree.box.spec.tree / file).exists()]
            line = self.candidate.command
            if files:
                line = narrow(line, there, self.candidate.cwd, self.mixed.paths, manifest)
            candidate = replace(self.candidate, command=line)
            bounded = self.allowance.limits(self.limits)
            ran = await run_command(tree, CheckKind.TEST, candidate, bounded, plain=self.head.plain)
        self.allowance.left -= time.monotonic() - began
        if ran.run.killed:
            return f"it was stopped ({ran.run.killed})"
        if ran.garbled:
            return "what it wrote as its report is none"
        return ran

    def _file(self, name: str) -> str:
        """The file that a test's name begins with, "" where it names none."""
        for end in ("::", " > ", " "):
            file = posixpath.normpath(posixpath.join(self.candidate.cwd, name.partition(end)[0]))
            if file in self.mixed.paths:
                return file
        return ""


def _below(name: str, holder: str) -> bool:
    """Whether a test belongs to what failed as a whole: a file that cannot be loaded, a package, a class."""
    return name.startswith((f"{holder}::", f"{holder} > ", f"{holder}.", f"{holder}["))
