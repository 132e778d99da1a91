"""Runs single commands on base and head, each in a tree of its own, and compares what they say."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from sandbox.backend import CommandLimits
from workflows.checks.commands.base_results import BaseResults
from workflows.checks.commands.running import TreesForChecks, collect_tests, refuses_flags, run_command
from workflows.checks.plan import Candidate
from workflows.checks.ran import Ran
from workflows.checks.results.check_result import Judgement, judge, worth_repeating
from workflows.reports.collected import disagreement
from workflows.verification import CheckKind, Verdict

MAX_CANDIDATES = 4
"""Commands for one suite that are tried."""
AGAIN = 2
"""How often a failed test run is repeated before what failed in it counts as flaky."""


@dataclass(frozen=True, slots=True)
class Comparing:
    """The two marks, and where trees of them come from. `results` is filled with what the base said."""

    trees: TreesForChecks
    base: str
    head: str
    results: BaseResults
    limits: CommandLimits

    async def on_base(self, kind: CheckKind, candidate: Candidate, *, part: bool = False) -> Ran:
        """What the base says, which is kept; of a `part` of a suite only what came to its end in the time there was."""
        known = self.results.get(self.base, kind, candidate)
        if known is not None:
            return known
        async with self.trees.open(self.base) as tree:
            shared = (tree.environment, self.base, kind, candidate, self.limits)
            ran = await asyncio.to_thread(self.results.from_others, *shared)
            if ran is None:
                ran = await run_command(tree, kind, candidate, self.limits)
                if not ran.usable and not ran.run.killed and refuses_flags(ran.run.tail):
                    ran = await run_command(tree, kind, candidate, self.limits, plain=True)
                if not (part and ran.run.killed):
                    await asyncio.to_thread(self.results.for_others, *shared, ran)
        if not (ran.setup_failure or ran.lacking.parts) and not (
            part and ran.run.killed
        ):  # a failed set-up may be mended by the next time
            self.results.put(self.base, kind, candidate, ran)
        return ran

    async def on_head(self, kind: CheckKind, tried: list[tuple[Candidate, Ran]]) -> tuple[Candidate, Ran, Ran]:
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

    async def judged(self, kind: CheckKind, candidate: Candidate, base: Ran, head: Ran) -> Judgement:
        """What both runs say, after what failed was repeated, and what passed was held against what is collected."""
        again: list[Ran] = []
        if kind is CheckKind.TEST and worth_repeating(base, head):
            while len(again) < AGAIN and not (again and judge(kind, base, head, again).new):
                again.append(await self._again(candidate, head))
        return await self._collected(candidate, base, head, judge(kind, base, head, again))

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
