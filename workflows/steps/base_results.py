"""What the base's checks are known to say, in a run and in others of its repository."""

from __future__ import annotations

from workflows.checks.commands.base_results import BaseResults
from workflows.checks.commands.shared_results import BASE_RESULTS, SharedResults
from workflows.services import StepContext
from workflows.workspace.mirrors import mirror_name


def base_results(ctx: StepContext) -> BaseResults:
    """What the base's checks are known to say: in this run, and in others of the repository on this machine."""
    place = ctx.services.data / BASE_RESULTS / mirror_name(ctx.run.repository).removesuffix(".git")
    return BaseResults(ctx.state.get("base_results"), SharedResults(place))
