"""The change's tests over the base's code: what fails there alike each time, for a reason that fits, proves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from workflows.checks.change.fitting import WantedFailure, misfit
from workflows.checks.proofs.mixed_runs import MixedRuns, below
from workflows.checks.ran import Ran
from workflows.checks.results.crossed import Crossed
from workflows.reports.narrow import MOST, calls_for_tests
from workflows.reports.reasons import Reason, reason
from workflows.verification import Proof

ALIKE = 3
"""How often a test has to fail without the change, each time alike."""
_MOST_TOLD = 100

_NOT_FOUND = "the runner does not find them by their ids"

_Found = tuple[dict[str, Reason], dict[str, str]]
"""Tests that prove, each with what it fails with; and why others do not."""


@dataclass(frozen=True, slots=True)
class NewTests:
    """What is looked for in the tests of a change, and where."""

    runs: MixedRuns
    base_mark: str
    head_mark: str
    wanted: WantedFailure
    author: str = "Pullwright"
    seen: Mapping[str, Reason] = field(default_factory=dict)
    """Tests that were seen to fail in the very tree of the base's code and these tests, as often as it takes."""

    async def shown(self) -> Crossed:
        """Run them, those that the change touches first: one of them that proves is enough."""
        head, wanted = self.runs.head, self._candidates()
        if head.silent:  # what its exit code shows is tried for itself
            return Crossed()
        found = await self._sought(wanted)
        if found == ({}, {}) and self._beside():
            found = await self._proving(sorted(head.passed or ()), ())
        if isinstance(found, str):
            return Crossed(not_run=(f"The change's tests over the base's code: {found}.",))
        proofs, unproven = found
        told = tuple(f"{name}: {why}" for name, why in list(unproven.items())[:_MOST_TOLD] if name not in proofs)
        return Crossed(proofs=tuple(self._proof(name, one) for name, one in proofs.items()), unproven=told)

    async def _sought(self, wanted: Sequence[str] | None) -> _Found | str:
        """What proves of the candidates; why there was no result, as a sentence's end."""
        base, head, mixed = self.runs.base, self.runs.head, self.runs.mixed
        mended = base.usable and set(base.run.failures) - set(head.run.failures)
        if not wanted and (wanted is not None or not (mixed.fresh or mended)):
            return {}, {}
        files = self.runs.files(wanted or ())
        first = self._first(wanted or ())
        found = await self._proving(wanted, first)
        if first != files and (found == _NOT_FOUND or (found == ({}, {}) and not self._alone(wanted or ()))):
            found = await self._proving(wanted, files)
        return found

    def _beside(self) -> bool:
        """Whether the change has data or helpers of tests in which no test is, while all tests name their files: any of
        those that were there may ask for something new."""
        passed = self.runs.head.passed or ()
        files = {self.runs.file(name) for name in passed}
        return bool(passed) and "" not in files and not set(self.runs.mixed.fresh) <= files

    def _alone(self, wanted: Collection[str]) -> bool:
        """Whether nothing but single tests is new where these are, so that what they say alone is all there is."""
        touched = self.runs.mixed.touched
        edited = {self.runs.file(name) for name in wanted if self._may_be_edited(name)}
        return all(file in touched and touched[file].alone for file in edited)

    def _first(self, wanted: Collection[str]) -> tuple[str, ...]:
        """What to run of the wanted: one by one the tests that are touched or did not pass before; of files that may be
        edited anywhere, all."""
        runs = self.runs
        if not calls_for_tests(runs.candidate.command):
            return runs.files(wanted)
        before = set(runs.base.passed or ()) if runs.base.usable else set()
        alone = [name for name in wanted if runs.file(name) in runs.mixed.touched or not self._may_be_edited(name)]
        few = [name for name in alone if runs.touches(name) or name not in before]
        whole = runs.files([name for name in wanted if name not in set(alone)])
        if not runs.files(wanted) or not (few or whole):
            return runs.files(wanted)
        items = (*(item for item in runs.items(few) if item not in whole), *whole)
        return items if len(items) <= MOST else runs.files(wanted)

    async def _proving(self, wanted: Sequence[str] | None, items: tuple[str, ...]) -> _Found | str:
        """What proves of a run of these; why there was no result, as a sentence's end."""
        proofs = self._already(wanted)
        unproven: dict[str, str] = {}
        if not proofs:
            found = await self._failing_alike(wanted, items)
            if isinstance(found, str):
                return found
            proofs, unproven = found
        if proofs and self.runs.mixed.comments:
            reads = "nothing but comments of the code is different, so that it reads their text"
            return {}, dict.fromkeys(proofs, reads)
        if proofs:
            proofs, why = await self._pass_again(proofs, self._of(proofs, items))
            unproven |= why
        return proofs, unproven

    def _of(self, proofs: Collection[str], items: tuple[str, ...]) -> tuple[str, ...]:
        """What to run of the proofs with the change: alone what failed alone without it."""
        return self.runs.items(proofs) if any("::" in item for item in items) else items

    def _already(self, wanted: Sequence[str] | None) -> dict[str, Reason]:
        """What was seen to fail before the code was changed, as far as it passes now, and fits what the change is."""
        names = set(wanted or ())
        return {
            name: one
            for name, one in self.seen.items()
            if name in names and not misfit(one, "", self.runs.mixed, self.wanted)
        }

    async def _failing_alike(self, wanted: Sequence[str] | None, items: tuple[str, ...]) -> _Found | str:
        """Which tests fail each time alike for a reason that fits, and why others do not; or why there was no result.

        Where no test was touched, the base's own run was the first of those times.
        """
        proofs: dict[str, Reason] = {}
        unproven: dict[str, str] = {}
        for number in range(ALIKE if self.runs.mixed.fresh or not self.runs.base.usable else ALIKE - 1):
            ran = await self.runs.run(self.runs.mixed.new_tests or self.base_mark, self.base_mark, items)
            if isinstance(ran, str):
                return ran
            if not ran.usable and not ran.run.failures and any("::" in item for item in items):
                return _NOT_FOUND
            found, why = self._failures(wanted, ran)
            unproven |= why
            if number and (others := {n for n, r in proofs.items() if n in found and found[n].kind is not r.kind}):
                unproven |= dict.fromkeys(others, "it does not fail alike each time")
            same = {name: one for name, one in found.items() if name not in unproven}
            proofs = same if not number else {name: one for name, one in proofs.items() if name in same}
            if not proofs:
                break
            items = items or self.runs.files(proofs)
        return proofs, unproven

    def _candidates(self) -> list[str] | None:
        """Tests that pass now and did not before; None where passed tests have no names."""
        if self.runs.head.passed is None:
            return None
        before = set(self.runs.base.passed or ()) if self.runs.base.usable else set()
        return [name for name in sorted(self.runs.head.passed) if name not in before or self._may_be_edited(name)]

    def _may_be_edited(self, name: str) -> bool:
        file = self.runs.file(name)
        return file in self.runs.mixed.fresh if file else bool(self.runs.mixed.fresh)

    def _failures(self, wanted: Sequence[str] | None, ran: Ran) -> _Found:
        """Which of the wanted tests fail there for a reason that fits, and why the others that fail do not."""
        failing = set(ran.run.failures)
        names = wanted if wanted is not None else sorted(failing - set(self.runs.head.run.failures))
        good: dict[str, Reason] = {}
        bad: dict[str, str] = {}
        for name in names:
            holder = name if name in failing else next((one for one in failing if below(name, one)), "")
            if not holder and not ran.run.failures and ran.run.exit_code and ran.run.counts is None:
                holder = name  # nothing could be built or loaded: what was printed tells why
            if not holder or (holder != name and self._only_stands_there(name)):
                continue
            said = ran.said_about(holder)
            found = reason(said)
            why = misfit(found, said, self.runs.mixed, self.wanted)
            if why:
                bad[name] = why
            else:
                good[name] = found
        return good, bad

    def _only_stands_there(self, name: str) -> bool:
        """Whether a test is nothing new, and merely stands in a file that cannot be loaded without the change."""
        return name in (self.runs.base.passed or ()) and not self.runs.touches(name)

    async def _pass_again(self, proofs: dict[str, Reason], items: tuple[str, ...]) -> _Found:
        """With the change each passes a second time, in the same narrow run."""
        ran = await self.runs.run(self.head_mark, self.head_mark, items)
        if any("::" in item for item in items) and not isinstance(ran, str) and not (ran.usable or ran.run.failures):
            ran = await self.runs.run(self.head_mark, self.head_mark, self.runs.files(proofs))  # not found by their ids
        if isinstance(ran, str):
            return {}, dict.fromkeys(proofs, f"its repetition with the change: {ran}")
        failed = set(ran.run.failures)
        passed = {
            name
            for name in proofs
            if name not in failed
            and (ran.passed is None or name in ran.passed)
            and not any(below(name, f) for f in failed)
        }
        why = dict.fromkeys(
            (name for name in proofs if name not in passed), "with the change it does not pass each time"
        )
        return {name: one for name, one in proofs.items() if name in passed}, why

    def _proof(self, name: str, found: Reason) -> Proof:
        there = (
            self.runs.base.usable and name in self.runs.base.run.failures
        )  # it failed before anybody edited its file
        author = self.author if (self._may_be_edited(name) or self._beside()) and not there else ""
        return Proof(name, found.said or found.kind.value, author)

    async def notices(self, without: str, proofs: Sequence[Proof]) -> bool | None:
        """Whether a proving test fails in a tree of the change that lacks a part; None where it was not run."""
        if without == (self.runs.mixed.new_tests or self.base_mark):
            return True  # the part is all there is of the change: there each of them was seen to fail
        ran = await self.runs.run(without, self.head_mark, self.runs.items([proof.test for proof in proofs]))
        if isinstance(ran, str):
            return None
        tests, failed = {proof.test for proof in proofs}, set(ran.run.failures)
        if ran.passed is not None and ran.usable:
            return not tests <= ran.passed
        return not ran.usable or bool(tests & failed) or ran.run.exit_code != self.runs.head.run.exit_code
