"""What the base's checks say: kept over rounds, shared with other runs, and run while the agent is at work."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sandbox.limits import machine
from workflows.checks.commands.ahead import run_ahead
from workflows.checks.verify import LIMITS
from workflows.issue_to_pr.planning import commands_of
from workflows.services import StepContext
from workflows.steps.base_results import base_results
from workflows.workspace.recording_box import HeldLog

_CORES = 2
"""With fewer, what runs beside would slow down what is waited for."""


@dataclass(frozen=True, slots=True)
class ChecksOfBase:
    """The base's checks, to be run beside the agent.

    They go where all runs find them, and not into this run's state: what is lost is run by the verification.
    """

    ctx: StepContext
    printed: HeldLog = field(default_factory=HeldLog)

    async def __call__(self) -> None:
        """Run them, in trees and boxes of their own. Nothing is written to the database meanwhile."""
        ctx, found = self.ctx, commands_of(self.ctx)
        trees = replace(ctx.services.boxes, log=self.printed).scratch(ctx.run, found, apart=True)
        await run_ahead(found.checks, trees, ctx.state["base_tree"], base_results(ctx), found.within(LIMITS))

    async def tell(self) -> None:
        """Write down what they printed."""
        log = self.ctx.services.boxes.log
        if log is not None and self.printed.held:
            await log.add(self.ctx.run.id, self.ctx.here.key, self.printed.held)


async def checks_of_base(ctx: StepContext) -> ChecksOfBase | None:
    """None where they are known, or there are too few cores."""
    found = commands_of(ctx)
    if not found.checks or ctx.state.get("base_results") or machine.cores() < _CORES:
        return None
    # Asked for here: it looks into the run's own tree, which nobody else may while the agent is at work on it.
    await ctx.services.workspaces.described(ctx.run)
    await ctx.services.workspaces.beside(ctx.run)
    return ChecksOfBase(ctx)
