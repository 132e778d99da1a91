"""Runs a change's checks on head and base, and says what is new: tests, lint, types, the repository's own.

Each command runs in a scratch tree and home of its own, so no check can alter the run's own
tree, or plant a tool or a cache that the next check would use. The base is run once per tree
and command; `BaseResults` keeps what it said over rounds and retries.
"""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sandbox.backend import MIB, CommandLimits
from workflows.checks.allowance import Allowance
from workflows.checks.by_command import ByCommand, FailingScript, Judging
from workflows.checks.check_result import Judgement, judge, worth_repeating
from workflows.checks.check_result import lost as lost_tests
from workflows.checks.fitting import WantedFailure
from workflows.checks.four_ways import Crossing
from workflows.checks.hunks import SourceHunk
from workflows.checks.mixed_trees import Mixed
from workflows.checks.plan import Candidate, Planned
from workflows.checks.ran import Ran
from workflows.checks.running import TreesForChecks, collect_tests, refuses_flags, run_command
from workflows.checks.told import told, with_crossed
from workflows.reports.collected import disagreement
from workflows.reports.reasons import Reason
from workflows.values import Check, CheckKind, Proof, Verdict, Verification, from_json, to_json

MAX_KEPT = 20_000
"""Names of the tests that passed on a base, which are kept to be compared; of more, the numbers alone are."""
MAX_CANDIDATES = 4
AGAIN = 2
"""How often a failed test run is repeated before what failed in it counts as flaky."""
_MOST_TOLD = 20
LIMITS = CommandLimits(wall_seconds=1200.0, output_bytes=4 * MIB)


class BaseResults:
    """What commands said on base trees, to be kept between rounds. `to_json` is small, plain JSON."""

    def __init__(self, packed: Mapping[str, str] | None = None) -> None:
        self._packed = dict(packed or {})

    def get(self, tree: str, kind: CheckKind, candidate: Candidate) -> Ran | None:
        packed = self._packed.get(_key(tree, kind, candidate))
        if packed is None:
            return None
        return from_json(Ran, json.loads(zlib.decompress(base64.b64decode(packed))))

    def put(self, tree: str, kind: CheckKind, candidate: Candidate, ran: Ran) -> None:
        if ran.passed is not None and len(ran.passed) > MAX_KEPT:
            ran = replace(ran, passed=None)
        text = json.dumps(to_json(replace(ran, messages={})))  # what it said about failures, the head says too
        self._packed[_key(tree, kind, candidate)] = base64.b64encode(zlib.compress(text.encode())).decode()

    def to_json(self) -> dict[str, str]:
        return dict(self._packed)


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
) -> Verification:
    """Run all checks on the marks `base` and `head`, one after the other; then, with `cross`, tests over other code.

    `results` is filled with what the base said. A check's failure is a value; what is
    raised means that the sandbox could not work.
    """
    bench = _Bench(trees, base, head, results or BaseResults(), limits)
    done: list[_Done] = []
    left: list[Check] = []
    for planned in checks:
        if stop_at_first and any(one.check.verdict is Verdict.FAILED and one.check.required for one in done):
            why = "An earlier check failed, and stop_at is first."
            left.append(
                Check(planned.kind, planned.candidates[0].command, Verdict.NOT_RUN, why, required=planned.required)
            )
        else:
            done.append(await bench.check(planned))
    lacking = [ran.lacking for one in done for ran in (one.head, one.base)]
    verification = Verification(
        head,
        (*(one.check for one in done), *left),
        lacking=tuple(dict.fromkeys(sentence for each in lacking for sentence in each.told))[:_MOST_TOLD],
        missing=tuple(dict.fromkeys(f"{path} ({what})" for each in lacking for path, what in each.missing.items())),
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

    trees: TreesForChecks
    base: str
    head: str
    results: BaseResults
    limits: CommandLimits
    allowance: Allowance = field(default_factory=Allowance)

    async def check(self, planned: Planned) -> _Done:
        kind = planned.kind
        tried: list[tuple[Candidate, Ran]] = []
        for candidate in planned.candidates[:MAX_CANDIDATES]:
            tried.append((candidate, await self._on_base(kind, candidate)))
            ran = tried[-1][1]
            if ran.tells or (ran.clear and kind is not CheckKind.TEST):
                break
        candidate, base, head = await self._on_head(kind, tried)
        again: list[Ran] = []
        if kind is CheckKind.TEST and worth_repeating(base, head):
            while len(again) < AGAIN and not (again and judge(kind, base, head, again).new):
                again.append(await self._again(candidate, head))
        judgement = await self._collected(candidate, base, head, judge(kind, base, head, again))
        dropped = [(c, ran) for c, ran in tried if c is not candidate and ran.dead]
        return _Done(told(planned, candidate, base, head, judgement, dropped), candidate, base, head)

    async def crossed(self, verification: Verification, done: Sequence[_Done], cross: Cross) -> Verification:
        """The verification with what tests of each side say over the code of the other."""
        tests = [one for one in done if one.check.kind is CheckKind.TEST and one.check.verdict is Verdict.PASSED]
        mixed = await cross.mix(frozenset(name for one in tests for name in _named(one)))
        for one in tests:
            crossing = Crossing(
                one.candidate,
                one.base,
                one.head,
                self.base,
                self.head,
                mixed,
                cross.wanted,
                self.trees,
                self.limits,
                self.allowance,
                cross.author,
                cross.seen if mixed.new_tests == cross.seen_in else {},
            )
            crossed = await crossing.cross(lost_tests(one.base, one.head))
            verification = with_crossed(verification, one.check, crossed)
            if crossed.proofs and cross.hunks is not None:
                notices = partial(crossing.notices, proofs=crossed.proofs)
                verification = await _exercised(verification, notices, *await cross.hunks(mixed))
        return verification

    async def by_commands(self, verification: Verification, done: Sequence[_Done], cross: Cross) -> Verification:
        """The verification with what commands show by their exit codes alone: a reproduction, and the checks `done`."""
        mixed = await cross.mix(frozenset())
        commands = ByCommand(self.trees, self.base, self.head, mixed, cross.wanted, self.limits, self.allowance)
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

    async def _on_base(self, kind: CheckKind, candidate: Candidate) -> Ran:
        known = self.results.get(self.base, kind, candidate)
        if known is not None:
            return known
        async with self.trees.open(self.base) as tree:
            ran = await run_command(tree, kind, candidate, self.limits)
            if not ran.usable and not ran.run.killed and refuses_flags(ran.run.tail):
                ran = await run_command(tree, kind, candidate, self.limits, plain=True)
        if not ran.setup_failure:  # a failed set-up may be mended by the next time
            self.results.put(self.base, kind, candidate, ran)
        return ran

    async def _on_head(self, kind: CheckKind, tried: list[tuple[Candidate, Ran]]) -> tuple[Candidate, Ran, Ran]:
        """The command that works on the base, one with passed tests first; else the first with a result on the head."""
        clear = sorted((pair for pair in tried if pair[1].clear), key=lambda pair: not pair[1].tells)
        order = clear or sorted(tried, key=lambda pair: not pair[1].usable)
        first: tuple[Candidate, Ran, Ran] | None = None
        for candidate, base in order:
            async with self.trees.open(self.head) as tree:
                head = await run_command(tree, kind, candidate, self.limits, plain=base.plain)
            first = first or (candidate, base, head)
            if head.clear:
                return candidate, base, head
        assert first is not None, "a check has at least one candidate"
        return first

    async def _collected(self, candidate: Candidate, base: Ran, head: Ran, judgement: Judgement) -> Judgement:
        """The judgement, unless the report of a passed check says other tests than are collected without it.

        What does so on the base too is how this runner is set up.
        """
        if judgement.verdict is not Verdict.PASSED or head.run.failures or not head.direct:
            return judgement
        doubt = await self._uncollected(self.head, candidate, head)
        if not doubt or await self._uncollected(self.base, candidate, base):
            return judgement
        return replace(judgement, verdict=Verdict.FAILED, reason=f"{doubt} {judgement.reason}".strip())

    async def _uncollected(self, mark: str, candidate: Candidate, ran: Ran) -> str:
        if ran.run.counts is None or ran.passed is None:
            return ""
        async with self.trees.open(mark) as tree:
            found = await collect_tests(tree, candidate, self.limits)
        return disagreement(found, ran.run.counts, ran.passed) if found is not None else ""

    async def _again(self, candidate: Candidate, head: Ran) -> Ran:
        """Repeat the whole command: a test that fails for what another one has left behind passes alone."""
        async with self.trees.open(self.head) as tree:
            return await run_command(tree, CheckKind.TEST, candidate, self.limits, plain=head.plain)


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


def _key(tree: str, kind: CheckKind, candidate: Candidate) -> str:
    parts = [
        tree,
        kind.value,
        candidate.command,
        candidate.cwd,
        *(f"{k}={v}" for k, v in sorted(candidate.env.items())),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]
