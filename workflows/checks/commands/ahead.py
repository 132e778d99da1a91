"""Runs the base's checks before there is a change to compare with, while somebody is still at work on it.

What they say goes where other runs find it, too, and where the verification looks for it: what is lost with the
process is run again there. Nothing here knows of the change.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.backend import CommandLimits
from workflows.checks.commands.base_results import BaseResults
from workflows.checks.commands.comparing import MAX_CANDIDATES, Comparing
from workflows.checks.commands.running import TreesForChecks
from workflows.checks.plan import Planned
from workflows.verification import CheckKind


async def run_ahead(
    checks: Sequence[Planned], trees: TreesForChecks, base: str, results: BaseResults, limits: CommandLimits
) -> None:
    """Run each check on the base, as far as a verification would; those of which the result is known are not run."""
    async with trees.open(base) as tree:
        if not tree.environment:
            return  # some of it is this run's own, so that what is said in it is for nobody
    comparing = Comparing(trees, base, base, results, limits)
    for planned in checks:
        for candidate in planned.candidates[:MAX_CANDIDATES]:
            ran = await comparing.on_base(planned.kind, candidate)
            if ran.tells or ran.run.killed or (ran.clear and planned.kind is not CheckKind.TEST):
                break
