"""Getting the repository: a tree for the run at its base commit, and the branch that the work will be on."""

from __future__ import annotations

import asyncio
import re
import unicodedata

from sandbox.errors import RepositoryError
from sandbox.journal import Effect, EffectState
from workflows.primitives import Done, Result
from workflows.services import StepContext
from workflows.values import Issue

_SLUG_MOST = 40
_FEATURE = re.compile(r"^\W*(add|allow|feature|implement|introduce|new|support)\b(?!\W*\()", re.IGNORECASE)


async def open_workspace(ctx: StepContext) -> Result:
    """Fetch the repository into its mirror and lay the base commit out for this run."""
    repository = ctx.repository()
    remote = await ctx.forge.remote()
    branch = ctx.run.inputs.get("base_branch") or await ctx.forge.default_base()
    await ctx.say("fetching the repository")
    await asyncio.to_thread(repository.fetch, remote.url, remote.env)
    commit = ctx.state.get("laid_out_from") or await asyncio.to_thread(
        repository.resolve, ctx.run.inputs.get("base_commit") or branch
    )
    await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    workspace = await ctx.services.workspaces.create(ctx.run, commit)
    state = {"laid_out_from": commit, "base_branch": branch, "base_commit": commit, "base_tree": workspace.base_tree}
    files = len(await asyncio.to_thread(repository.files, commit))
    return Done(state, f"{files} files of {branch} at {commit[:10]}")


async def create_branch(ctx: StepContext) -> Result:
    """Create the branch at the base commit; from here on it is ours, and moved only forward."""
    base = ctx.state["base_commit"]
    branch = branch_name(ctx.issue)
    state = {"branch": branch}
    if ctx.dry:
        return Done(state, f"would create `{branch}`")
    remote = await ctx.forge.remote(write=True)
    repository = ctx.repository()
    head = await asyncio.to_thread(repository.branch_head, remote.url, branch, remote.env)
    if head is not None and not await _is_ours(ctx, branch):
        raise RepositoryError(
            f"The branch {branch} exists already.", "Delete or rename it if it is not needed, then start again."
        )
    effect = Effect("create_branch", branch, {"branch": branch, "commit": base})
    seq = await asyncio.to_thread(ctx.services.ledger.intend, ctx.where(), effect)
    await asyncio.to_thread(repository.push, remote.url, base, branch, expected=head, env=remote.env)
    await asyncio.to_thread(ctx.services.ledger.settle, seq, EffectState.DONE)
    return Done(state, f"created `{branch}`")


def branch_name(issue: Issue) -> str:
    """`fix/issue-12`, `feature/issue-12`; with a piece of the title where the issue has no number."""
    labels = " ".join(issue.labels).lower()
    if issue.is_bug:
        kind = "fix"
    elif "feature" in labels or "enhancement" in labels:
        kind = "feature"
    else:
        kind = "feature" if _FEATURE.search(issue.title) else "fix"
    return f"{kind}/issue-{issue.number or _slug(issue.title) or 'untitled'}"


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:_SLUG_MOST].strip("-")


async def _is_ours(ctx: StepContext, branch: str) -> bool:
    """Whether this run created the branch, or was about to when it was interrupted."""
    entries = await asyncio.to_thread(ctx.services.ledger.entries, ctx.run.id)
    ours = {EffectState.INTENDED, EffectState.DONE, EffectState.KEPT}
    return any(
        entry.effect is not None
        and entry.effect.kind == "create_branch"
        and entry.effect.target == branch
        and entry.state in ours
        for entry in entries
    )
