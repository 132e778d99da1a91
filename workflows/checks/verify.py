"""Runs a change's checks on head and base, and says what is new: tests, lint, types, the repository's own.

Each command runs in a scratch tree and home of its own, so no check can alter the run's own
tree, or plant a tool or a cache that the next check would use. The base is run once per tree
and command; `BaseResults` keeps what it said over rounds and retries.
"""

from __future__ import annotations

import posixpath
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sandbox.backend import MIB, CommandLimits
from workflows.checks.change.fitting import WantedFailure
from workflows.checks.change.hunks import SourceHunk
from workflows.checks.change.mixed_trees import Mixed
from workflows.checks.commands.allowance import Allowance
from workflows.checks.commands.base_results import BaseResults
from workflows.checks.commands.comparing import MAX_CANDIDATES, Comparing
from workflows.checks.commands.in_parts import laid_out, too_long
from workflows.checks.commands.lanes import Lanes
from workflows.checks.commands.running import TreesForChecks
from workflows.checks.plan import Candidate, Planned
from workflows.checks.proofs.by_command import ByCommand, FailingScript, Judging
from workflows.checks.proofs.four_ways import Crossing
from workflows.checks.proofs.mixed_runs import MixedRuns
from workflows.checks.proofs.new_tests import NewTests
from workflows.checks.ran import Ran
from workflows.checks.results.check_result import lost as lost_tests
from workflows.checks.results.failed_parts import told as told_parts
from workflows.checks.results.failed_parts import touches, without_failed_parts
from workflows.checks.results.told import told, with_crossed
from workflows.reports.reasons import Reason
from workflows.verification import Check, CheckKind, Proof, Verdict, Verification

_MOST_TOLD = 20
LIMITS = CommandLimits(wall_seconds=1200.0, output_bytes=4 * MIB)


@dataclass(frozen=True, slots=True)
class Cross:
    """What the four-way check needs: mixed trees, and what the change is about.

    `mix` is given the files that the reports name, since those are tests wherever they lie.
    """

    mix: Callable[[frozenset[str]], Awaitable[Mixed]]
    wanted: WantedFailure = field(default_factory=WantedFailure)
    author: str = "Pullwright"
    hunks: Callable[[Mixed], Awaitable[tuple[list[SourceHunk], int]]] | None = None
    """Gives the hunks of the change's code, and how many more there are."""
    seen_in: str = ""
    """The mixed tree of the base's code in which `seen` tests failed before the code was changed."""
    seen: Mapping[str, Reason] = field(default_factory=dict)
    near: Callable[[Mixed, Collection[str]], Awaitable[Mapping[str, int]]] | None = None
    """Tells of files of tests how far they are from the change, for suites that are too long to be run whole."""
    reproduction: FailingScript | None = None
    """A script that failed before the code was changed; only where nothing runs tests."""


async def verify(
    checks: Sequence[Planned],
    trees: TreesForChecks,
    *,
    base: str,
    head: str,
    results: BaseResults | None = None,
    limits: CommandLimits = LIMITS,
    cross: Cross | None = None,
    stop_at_first: bool = False,
    lanes: Lanes | None = None,
) -> Verification:
    """Run all checks on the marks `base` and `head`, as many at once as there are `lanes` (one, where none are given);
    then, with `cross`, tests over other code.

    With `stop_at_first` they run one after the other, and none behind one that is required and failed. `results` is
    filled with what the base said. A check's failure is a value; what is raised means that the sandbox could not work.
    """
    bench = _Bench(Comparing(trees, base, head, results or BaseResults(), limits), cross)
    done: list[_Done] = []
    left: list[Check] = []
    if not stop_at_first:
        done = await (lanes or Lanes()).each(checks, bench.check, memory=limits.memory_bytes)
    else:
        for planned in checks:
            if any(one.check.verdict is Verdict.FAILED and one.check.required for one in done):
                left.append(_left(planned))
            else:
                done.append(await bench.check(planned))
    lacking = [ran.lacking for one in done for ran in (one.head, one.base)]
    failed = {part: why for each in lacking for part, why in each.parts.items()}
    touched = bool(failed) and (cross is None or touches(_changed(await cross.mix(frozenset())), failed))
    if failed:
        done = [
            replace(one, check=without_failed_parts(one.check, one.candidate.part, failed, touched=touched))
            for one in done
        ]
    verification = Verification(
        head,
        (*(one.check for one in done), *left),
        lacking=tuple(dict.fromkeys(sentence for each in lacking for sentence in each.told))[:_MOST_TOLD],
        missing=tuple(dict.fromkeys(f"{path} ({what})" for each in lacking for path, what in each.missing.items())),
        not_run=told_parts(failed) if failed and not touched else (),
    )
    if cross is None or verification.failed or any(one.check.setup_failure or one.check.foreign for one in done):
        return verification
    verification = await bench.crossed(verification, done, cross)
    by_exit_code = _by_exit_code(done, checks)
    if verification.failed or verification.proofs or not (by_exit_code or cross.reproduction):
        return verification
    return await bench.by_commands(verification, by_exit_code, cross)


@dataclass(frozen=True, slots=True)
class _Done:
    """A check that was run, with all that its runs said."""

    check: Check
    candidate: Candidate
    base: Ran
    head: Ran


@dataclass(slots=True)
class _Bench:
    """Runs commands on the two marks, each in a tree that is opened for it and in which nothing has run yet."""

    comparing: Comparing
    cross: Cross | None = None
    allowance: Allowance = field(default_factory=Allowance)

    async def check(self, planned: Planned) -> _Done:
        kind, comparing = planned.kind, self.comparing
        tried: list[tuple[Candidate, Ran]] = []
        for candidate in planned.candidates[:MAX_CANDIDATES]:
            tried.append((candidate, await comparing.on_base(kind, candidate)))
            ran = tried[-1][1]
            if ran.tells or (ran.clear and kind is not CheckKind.TEST):
                break
            if (parts := await self._in_parts(planned, tried, *tried[-1], ran)) is not None:
                return parts
        candidate, base, head = await comparing.on_head(kind, tried)
        if base.usable and (parts := await self._in_parts(planned, tried, candidate, base, head)) is not None:
            return parts
        judgement = await comparing.judged(kind, candidate, base, head)
        dropped = _dropped(tried, candidate)
        return _Done(told(planned, candidate, base, head, judgement, dropped), candidate, base, head)

    async def _in_parts(
        self, planned: Planned, tried: Sequence[tuple[Candidate, Ran]], candidate: Candidate, base: Ran, head: Ran
    ) -> _Done | None:
        """A suite that takes longer than it may, run in parts; None where it does not, or cannot be."""
        if planned.kind is not CheckKind.TEST or self.cross is None or not too_long(base, head, self.comparing.limits):
            return None
        suite = await laid_out(self.comparing, candidate, self.cross.mix, self.cross.near)
        if suite is None:
            return None
        done = await suite.run()
        check = told(planned, candidate, done.base, done.head, done.judgement, _dropped(tried, candidate))
        return _Done(replace(check, part=done.part), candidate, done.base, done.head)

    async def crossed(self, verification: Verification, done: Sequence[_Done], cross: Cross) -> Verification:
        """The verification with what tests of each side say over the code of the other."""
        tests = [one for one in done if one.check.kind is CheckKind.TEST and one.check.verdict is Verdict.PASSED]
        mixed = await cross.mix(frozenset(name for one in tests for name in _named(one)))
        at = self.comparing
        for one in tests:
            long = one.check.part is not None
            runs = MixedRuns(one.candidate, one.base, one.head, mixed, at.trees, at.limits, self.allowance, long)
            seen = cross.seen if mixed.new_tests == cross.seen_in else {}
            new = NewTests(runs, at.base, at.head, cross.wanted, cross.author, seen)
            crossing = Crossing(runs, at.head, new)
            crossed = await crossing.cross(lost_tests(one.base, one.head))
            verification = with_crossed(verification, one.check, crossed)
            if crossed.proofs and cross.hunks is not None:
                notices = partial(new.notices, proofs=crossed.proofs)
                verification = await _exercised(verification, notices, *await cross.hunks(mixed))
        return verification

    async def by_commands(self, verification: Verification, done: Sequence[_Done], cross: Cross) -> Verification:
        """The verification with what commands show by their exit codes alone: a reproduction, and the checks `done`."""
        mixed = await cross.mix(frozenset())
        at = self.comparing
        commands = ByCommand(at.trees, at.base, at.head, mixed, cross.wanted, at.limits, self.allowance)
        found: list[tuple[Proof, Judging]] = []
        if one := cross.reproduction:
            check, proof = await commands.reproduced(one)
            verification = replace(verification, checks=(*verification.checks, check), reproduction=one.script)
            found += [(proof, Judging(one.candidate))] if proof else []
        for each in done:
            if not each.base.run.exit_code and not mixed.new_tests:
                continue
            command = Judging(each.candidate, each.check.kind, each.head.plain)
            told = await commands.turned(command, cross.author)
            if isinstance(told, str):
                verification = replace(verification, unproven=(*verification.unproven, f"{each.check.command}: {told}"))
            else:
                found.append((told, command))
        for proof, command in found:
            verification = replace(verification, proofs=(*verification.proofs, proof))
            if cross.hunks is not None:
                notices = partial(commands.notices, command)
                verification = await _exercised(verification, notices, *await cross.hunks(mixed))
        return verification


def _changed(mixed: Mixed) -> tuple[str, ...]:
    """The files that a change touches, but for documents."""
    return (*mixed.sources, *mixed.edited, *mixed.fresh, *mixed.settings)


def _left(planned: Planned) -> Check:
    why = "An earlier check failed, and stop_at is first."
    return Check(planned.kind, planned.candidates[0].command, Verdict.NOT_RUN, why, required=planned.required)


def _dropped(tried: Sequence[tuple[Candidate, Ran]], candidate: Candidate) -> list[tuple[Candidate, Ran]]:
    """The commands that gave no result in another one's place."""
    return [(other, ran) for other, ran in tried if other is not candidate and not ran.usable]


def _named(done: _Done) -> Iterator[str]:
    """What the reports of a check name: files of tests as seen from the tree, where names begin with one."""
    for ran in (done.base, done.head):
        for name in (*(ran.passed or ()), *ran.run.failures):
            yield posixpath.normpath(posixpath.join(done.candidate.cwd, name.partition("::")[0].partition(" > ")[0]))


def _by_exit_code(done: Sequence[_Done], planned: Sequence[Planned]) -> list[_Done]:
    """Checks that may show the change by their exit code: tests of which nothing is counted, and where nothing runs
    tests, what the configuration names beside them, if it failed before."""
    silent = [one for one in done if one.check.kind is CheckKind.TEST and one.head.silent]
    others = [one for one in done if one.check.kind is CheckKind.OTHER and one.base.usable and one.base.run.exit_code]
    found = others if not any(one.kind is CheckKind.TEST for one in planned) else silent
    return [one for one in found if one.check.required and one.head.usable and not one.head.run.exit_code]


async def _exercised(
    verification: Verification,
    notices: Callable[[str], Awaitable[bool | None]],
    found: Sequence[SourceHunk],
    more: int,
) -> Verification:
    """The verification with what no proving test notices when it is taken back alone."""
    unnoticed = []
    for number, hunk in enumerate(found):
        noticed = await notices(hunk.without)
        if noticed is None:
            more += len(found) - number
            break
        if not noticed:
            unnoticed.append(hunk.place)
    return replace(
        verification, unexercised=(*verification.unexercised, *unnoticed), untried=verification.untried + more
    )
