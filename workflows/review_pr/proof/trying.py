"""Running a script that a refutation asks for: over the code after and before the change, bounded, without network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from sandbox.errors import SandboxUnavailable, TreeRefused
from workflows.checks.commands.running import TreesForChecks, run_command
from workflows.checks.plan import commands
from workflows.checks.proofs.by_command import FailingScript, edited, fails
from workflows.checks.ran import Ran
from workflows.checks.verify import LIMITS
from workflows.reports.reasons import SURROUNDINGS, Reason, ReasonKind
from workflows.review_pr.state import BASE, HEAD, JUDGED, RULES, UNRUN
from workflows.services import StepContext
from workflows.steps.change import config_at
from workflows.steps.laid_out import laid_out
from workflows.verification import CheckKind
from workflows.workspace.sandboxes import without_new_packages
from workflows.workspace.unrunnable import unrunnable, without_line

SECONDS = 120
MOST = 6
"""Scripts of one review."""
_MOST_OUTPUT = 3_000
_MOST_NAMED = 3
_NOT_THERE = (ReasonKind.NAME, ReasonKind.PACKAGE)
"""What a script fails for where the change brings what it tries."""


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """What a script did: `on_head` and `on_base` in words, `head` and `base` the ends of what it printed there.

    It `shows` the finding where it exits with 1 on the head, for a reason of the code, and not so on the base, twice
    alike, over the code as it is, and otherwise over code that cannot be run; else `why` it does not.
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
    _lacks: bool = False
    """The change adds packages, which are not installed."""
    _without: str = ""
    """The mark of the code after the change that cannot be run."""

    async def run(self, script: str) -> ScriptRun:
        """What it did on both sides."""
        self.left -= 1
        try:
            await self.ctx.say("running a script to refute it")
            trees, repository = await self._ready(), self.ctx.repository()
            ends = (self.ctx.state[HEAD.key], self.ctx.state[BASE.key])
            head, base = [await asyncio.to_thread(repository.tree_of, commit) for commit in ends]
            return await on_both_sides(script, trees, head, base, self._without, lacks=self._lacks)
        except (SandboxUnavailable, TreeRefused) as error:
            self.left = 0
            return ScriptRun(script, why=error.sentence.rstrip("."))

    async def _ready(self) -> TreesForChecks:
        """Trees of both sides, set up by the commands of the base; laid out when the first script is run."""
        if self._trees is None:
            from sandbox.detect.apart import detect_apart  # it is large, and who only acts on runs takes no step

            ctx, repository = self.ctx, self.ctx.repository()
            run, workspace = await self._stack.enter_async_context(
                laid_out(ctx, ctx.state[BASE.key], ctx.state[HEAD.key])
            )
            rules = await asyncio.to_thread(config_at, repository, ctx.state[RULES.key])
            found = commands(rules, await asyncio.to_thread(detect_apart, workspace.tree))
            self._trees = ctx.services.boxes.scratch(run, found)
            head = await asyncio.to_thread(repository.tree_of, ctx.state[HEAD.key])
            kept = await asyncio.to_thread(without_new_packages, workspace, workspace.base_tree, head)
            self._lacks = bool(found.setup) and kept != head
            changed = await asyncio.to_thread(workspace.changes, workspace.base_tree, head)
            self._without = await asyncio.to_thread(unrunnable, workspace, head, [one.path for one in changed])
        return self._trees


@asynccontextmanager
async def trials(ctx: StepContext) -> AsyncIterator[Trials]:
    """Where scripts of a review are run; none where the repository does not let code of the change run.

    Those count that an attempt before has run.
    """
    ran = sum(bool(one.get("ran")) for one in (ctx.state.get(JUDGED) or {}).values())
    async with AsyncExitStack() as stack:
        yield Trials(ctx, max(0, MOST - ran) if ctx.state.get(UNRUN) == "" else 0, stack)


async def on_both_sides(
    script: str, trees: TreesForChecks, head: str, base: str, without: str, *, lacks: bool = False
) -> ScriptRun:
    """Run a script over two marks, each time in a tree of its own that nothing of another one has touched; once more,
    where it shows something, and then over `without`, the head's code as it cannot be run: what it does there, too, it
    has read in the code's text. `lacks`: packages that the change adds are not installed."""
    one = FailingScript(script).candidate

    async def over(mark: str, like: str = "") -> Ran:
        async with trees.open(mark, like) as tree:
            return await run_command(tree, CheckKind.REPRODUCTION, one, LIMITS.within(SECONDS))

    async def once() -> tuple[ScriptRun, Ran]:
        after = await over(head)
        return _seen(script, after, await over(base), lacks=lacks), after

    found, after = await once()
    if not found.shows:
        return found
    again, _ = await once()
    if not again.shows:
        return replace(found, shows=False, why=f"it does not fail alike each time: {again.why}")
    if _is_alike(after, await over(without, head)):
        return replace(found, shows=False, why=_READS)
    return found


_READS = "it ran none of the code: it does the same where that cannot be run, so it has only read its text"


def _is_alike(one: Ran, other: Ran) -> bool:
    """Whether both ended alike, and printed the same but for numbers and the line that keeps code from being run."""
    ended = [(ran.run.exit_code, ran.run.killed) for ran in (one, other)]
    return ended[0] == ended[1] and without_line(one.run.tail) == without_line(other.run.tail)


def _seen(script: str, head: Ran, base: Ran, *, lacks: bool = False) -> ScriptRun:
    why = _why_not(head, base, lacks=lacks)
    return ScriptRun(
        script,
        on_head=_did(head),
        head=head.run.tail[-_MOST_OUTPUT:],
        on_base=_did(base),
        base=base.run.tail[-_MOST_OUTPUT:],
        shows=not why,
        why=why,
    )


def _why_not(head: Ran, base: Ran, *, lacks: bool) -> str:
    """Why a script shows nothing of the code after the change, as the end of a sentence; "" where it does."""
    after = fails(head)
    if isinstance(after, str):
        return after
    if head.run.exit_code != 1:
        return f"{_did(head)}, and not with 1"
    if after.kind in SURROUNDINGS:
        return f"it fails for want of its surroundings ({after.kind.value})"
    for ran, which in ((head, "after"), (base, "before")):
        if ran.setup_failure:
            return f"the code {which} the change could not be set up"
        if edits := edited(ran):
            return edits
        if ran.foreign:
            return f"it did not run the repository's own code ({', '.join(ran.foreign[:_MOST_NAMED])})"
    if lacks and after.kind is ReasonKind.UNKNOWN:
        return "packages that the change adds are not installed, and what it fails for is not known"
    return _so_before(after, base)


def _so_before(after: Reason, base: Ran) -> str:
    """Why its failure is not the change's, as the end of a sentence; "" where the base tells that it is."""
    before = fails(base)
    if isinstance(before, str):
        return "" if base.run.exit_code == 0 and not base.run.killed else f"before the change {before}"
    if before.kind in _NOT_THERE and before.kind is not after.kind:
        return ""
    return "it fails before the change, too" if base.run.exit_code == 1 else ""


def _did(ran: Ran) -> str:
    return f"it was stopped ({ran.run.killed})" if ran.run.killed else f"it exits with {ran.run.exit_code}"
