"""Running a script that a refutation asks for: over the code after and before the change, bounded, without network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from sandbox.errors import SandboxUnavailable, TreeRefused
from workflows.checks.commands.running import TreesForChecks, run_command
from workflows.checks.plan import commands
from workflows.checks.proofs.by_command import FailingScript, fails
from workflows.checks.ran import Ran
from workflows.checks.verify import LIMITS
from workflows.reports.reasons import SURROUNDINGS, Reason
from workflows.review_pr.state import BASE, HEAD, RULES, UNRUN
from workflows.services import StepContext
from workflows.steps.change import config_at
from workflows.steps.laid_out import laid_out
from workflows.values import CheckKind

SECONDS = 120
MOST = 6
"""Scripts of one review."""
_MOST_OUTPUT = 3_000


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """What a script did: `on_head` and `on_base` in words, `head` and `base` the ends of what it printed there.

    It `shows` the finding where it exits with 1 on the head, for a reason of the code, and not so on the base; else
    `why` it does not.
    """

    script: str
    on_head: str = ""
    head: str = ""
    on_base: str = ""
    base: str = ""
    shows: bool = False
    why: str = ""


@dataclass
class Trials:
    """The scripts of one review. `left` is how many may be run yet: none where nothing of the change may be."""

    ctx: StepContext
    left: int
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _trees: TreesForChecks | None = None

    async def run(self, script: str) -> ScriptRun:
        """Each side in a tree of its own, which nothing of another script has touched."""
        self.left -= 1
        one = FailingScript(script).candidate
        try:
            await self.ctx.say("running a script to refute it")
            trees, repository = await self._ready(), self.ctx.repository()
            sides = []
            for commit in (self.ctx.state[HEAD.key], self.ctx.state[BASE.key]):
                async with trees.open(await asyncio.to_thread(repository.tree_of, commit)) as tree:
                    sides.append(await run_command(tree, CheckKind.REPRODUCTION, one, LIMITS.within(SECONDS)))
        except (SandboxUnavailable, TreeRefused) as error:
            self.left = 0
            return ScriptRun(script, why=error.sentence.rstrip("."))
        return _seen(script, *sides)

    async def _ready(self) -> TreesForChecks:
        """Trees of both sides, set up by the commands of the base; laid out when the first script is run."""
        if self._trees is None:
            from sandbox.detect import detect  # it is large, and who only acts on runs takes no step

            ctx = self.ctx
            run, workspace = await self._stack.enter_async_context(
                laid_out(ctx, ctx.state[BASE.key], ctx.state[HEAD.key])
            )
            rules = await asyncio.to_thread(config_at, ctx.repository(), ctx.state[RULES.key])
            found = commands(rules, await asyncio.to_thread(detect, workspace.tree))
            self._trees = ctx.services.boxes.scratch(run, found)
        return self._trees


@asynccontextmanager
async def trials(ctx: StepContext) -> AsyncIterator[Trials]:
    """Where scripts of a review are run; none where the repository does not let code of the change run."""
    async with AsyncExitStack() as stack:
        yield Trials(ctx, MOST if ctx.state.get(UNRUN) == "" else 0, stack)


def _seen(script: str, head: Ran, base: Ran) -> ScriptRun:
    after, before = fails(head), fails(base)
    why = ""
    if isinstance(after, str):
        why = after
    elif head.run.exit_code != 1:
        why = f"{_did(head)}, and not with 1"
    elif after.kind in SURROUNDINGS:
        why = f"it fails for want of its surroundings ({after.kind.value})"
    elif isinstance(before, Reason) and (before.kind, head.run.tail) == (after.kind, base.run.tail):
        why = "it fails the same way before the change"
    return ScriptRun(
        script,
        on_head=_did(head),
        head=head.run.tail[-_MOST_OUTPUT:],
        on_base=_did(base),
        base=base.run.tail[-_MOST_OUTPUT:],
        shows=not why,
        why=why,
    )


def _did(ran: Ran) -> str:
    return f"it was stopped ({ran.run.killed})" if ran.run.killed else f"it exits with {ran.run.exit_code}"
