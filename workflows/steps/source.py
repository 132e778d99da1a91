"""Getting the repository: a tree for the run at its base commit, and the branch that the work will be on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.errors import RepositoryError
from sandbox.git.repository import Repository
from sandbox.journal import EffectState
from workflows.advice import RETRY, ROLLBACK
from workflows.definition import Done, Failed, Result
from workflows.effects.code.branch import CreateBranch
from workflows.effects.table import effects_of
from workflows.policy.instructions import guide_at
from workflows.ports import Remote
from workflows.services import StepContext
from workflows.steps.bases import base_now, head_of
from workflows.steps.branch_names import branch_name, candidates, in_the_way
from workflows.steps.change import config_at, config_of
from workflows.store.run_rows import steps


async def open_workspace(ctx: StepContext) -> Result:
    """Fetch the repository into its mirror and lay the base commit out for this run."""
    repository = ctx.repository()
    remote = await ctx.forge.remote()
    await ctx.say("fetching the repository")
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    default, branch = await _branches(ctx, repository)
    head = await asyncio.to_thread(_continued, ctx, repository, branch)
    if isinstance(head, Failed):
        return head
    begins = head.base if head else ctx.run.inputs.get("base_commit") or branch
    commit = await _laid_out_from(ctx) or await asyncio.to_thread(repository.resolve, begins)
    await ctx.keep(laid_out_from=commit)
    if await asyncio.to_thread(repository.missing, [commit]):  # done anew elsewhere, and the base was rewritten
        await asyncio.to_thread(repository.fetch_commits, [commit], remote.url, remote.env)
    await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    workspace = await ctx.services.workspaces.create(ctx.run, commit)
    if head:
        await asyncio.to_thread(repository.complete, head.commit, remote.url, remote.env)
    says = commit if branch == default else await asyncio.to_thread(repository.resolve, f"refs/heads/{default}")
    state = {
        "laid_out_from": commit,
        "base_branch": branch,
        "base_commit": commit,
        "base_tree": workspace.base_tree,
        "guide": await asyncio.to_thread(guide_at, repository, says),
        "continued": head.commit if head else "",
    }
    if head:
        return Done(state, f"goes on with #{ctx.run.inputs['continues']['pull']} at {head.commit[:10]}")
    files = len(await asyncio.to_thread(repository.files, commit))
    return Done(state, f"{files} files of {branch} at {commit[:10]}")


@dataclass(frozen=True, slots=True)
class _Continued:
    """Where an earlier run's pull request is: its head, and the commit that its change begins at."""

    commit: str
    base: str


def _continued(ctx: StepContext, repository: Repository, base_branch: str) -> _Continued | Failed | None:
    """The earlier work that this run goes on with; None where it starts afresh."""
    earlier = ctx.run.inputs.get("continues")
    if not earlier:
        return None
    head, base = (head_of(repository, name) for name in (earlier["branch"], base_branch))
    begins = repository.merge_base(base, head) if head and base else ""
    if head and begins:
        return _Continued(head, begins)
    return Failed(
        f"Pull request #{earlier['pull']} of an earlier run cannot be gone on with: its branch is gone, or has nothing "
        f"in common with {base_branch}. Write /fix new to start afresh.",
        advice=(RETRY, ROLLBACK),
    )


async def _laid_out_from(ctx: StepContext) -> str:
    """The commit that this run's tree and journal begin with, also where the step is done anew; "" at first."""
    later = await ctx.services.store.read(steps.last_with_key, ctx.run.id, "branch")
    return str(ctx.state.get("laid_out_from") or (later.state_before.get("laid_out_from", "") if later else ""))


async def _branches(ctx: StepContext, repository: Repository) -> tuple[str, str]:
    """The default branch, and the one to work from: what the configuration on the default branch names, else that."""
    given = ctx.run.inputs.get("base_branch")
    if given:
        return given, given
    default = await ctx.forge.default_base()
    if earlier := ctx.run.inputs.get("continues"):
        return default, earlier["base"]
    commit = await asyncio.to_thread(repository.resolve, f"refs/heads/{default}")
    config = await asyncio.to_thread(config_at, repository, commit)
    return default, config.base or default


async def create_branch(ctx: StepContext) -> Result:
    """Create the branch at the base commit; from here on it is ours, and moved forward (see `updating`)."""
    base = ctx.state["base_commit"]
    state = {"branch": branch_name(ctx.issue, await _prefix(ctx)), "tip": base}
    if continued := ctx.state.get("continued"):
        there, workspace = ctx.run.inputs["continues"]["branch"], await ctx.workspace()
        tree = await asyncio.to_thread(ctx.repository().tree_of, continued)
        await asyncio.to_thread(workspace.restore, tree)  # journaled as this step's change
        return Done({"branch": there, "tip": continued}, f"goes on with `{there}`")
    if ctx.dry:
        return Done(state, f"would create `{state['branch']}`")
    remote = await ctx.forge.remote(write=True)
    repository = ctx.repository()
    start = await _start(ctx, repository, remote)
    if isinstance(start, Failed):
        return start
    branch, head, told = await _free_branch(ctx, repository, remote)

    async def create() -> None:
        if head is None:
            await asyncio.to_thread(repository.push, remote.url, start, branch, expected=None, env=remote.env)

    await CreateBranch(branch, start).do(ctx.journal, create)
    why = f", since there is a branch `{told}`" if told else ""
    return Done({"tip": head or start, "branch": branch}, f"created `{branch}`{why}")


async def _prefix(ctx: StepContext) -> str:
    """What the repository wants before the names of our branches."""
    config = await config_of(ctx)
    return config.branch_prefix or ""


async def _start(ctx: StepContext, repository: Repository, remote: Remote) -> str | Failed:
    """The commit to begin at: the base, unless that was rewritten since, for what it lost is not brought back."""
    branch, base = ctx.state["base_branch"], ctx.state["base_commit"]
    if await asyncio.to_thread(repository.branch_head, remote.url, branch, remote.env) == base:
        return str(base)
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    now = await base_now(ctx, repository)
    return now if isinstance(now, Failed) else now.commit if now.rewritten else str(base)


async def _free_branch(ctx: StepContext, repository: Repository, remote: Remote) -> tuple[str, str | None, str]:
    """The branch to work on, its head (None where it is still to be created), and what was in its way.

    One that this run created is found again. On a forge a name that somebody else took gets
    a number behind it; at home the user is told, who can mend it.
    """
    prefix = await _prefix(ctx)
    wanted, ours = branch_name(ctx.issue, prefix), await _created(ctx)
    heads = await asyncio.to_thread(repository.branches, remote.url, remote.env)
    names = list(candidates(wanted, heads, numbered=bool(ctx.run.inputs.get("forge"))))
    told = in_the_way(wanted, heads)
    for name in dict.fromkeys([*(name for name in ours if name in names), *names]):
        if name in ours:
            return name, heads.get(name), ""
        if name not in heads and not in_the_way(name, heads):
            return name, None, told or (wanted if name != wanted else "")
    if told and told != wanted and wanted not in heads:
        raise RepositoryError(
            f"A branch called {told} is in the way of {wanted}.", "Rename or delete it, then start again."
        )
    raise RepositoryError(
        f"The branch {wanted} exists already.", "Delete or rename it if it is not needed, then start again."
    )


async def _created(ctx: StepContext) -> list[str]:
    """The branches that this run created, or was about to when it was interrupted."""
    ours = {EffectState.INTENDED, EffectState.DONE, EffectState.KEPT}
    made = [one for one in await effects_of(ctx.services.ledger, ctx.run.id) if one.entry.state in ours]
    return [one.effect.branch for one in made if isinstance(one.effect, CreateBranch)]
