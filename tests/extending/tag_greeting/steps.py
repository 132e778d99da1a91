"""Fetching and counting: all is read from the mirror, nothing is laid out or run, and no model is asked."""

from __future__ import annotations

import asyncio

from workflows.definition import Done, Result, Slot
from workflows.services import StepContext

TAG = Slot("tag", str)
COMMIT = Slot("greeted_commit", str)
"""What the tag pointed at when it was fetched. Not "commit": the views take that for one that the run has made."""
FILES = Slot("files", int)


async def fetch(ctx: StepContext) -> Result:
    """Bring the mirror up to date, tags too; a tag that is gone again is the user's to know (UserError)."""
    tag, repository, remote = ctx.run.subject.name, ctx.repository(), await ctx.forge.remote()
    await ctx.say("fetching the repository")
    await asyncio.to_thread(repository.fetch, remote.url, remote.env, tags=True)
    commit = await asyncio.to_thread(repository.resolve, f"refs/tags/{tag}")
    await asyncio.to_thread(repository.complete, commit, remote.url, remote.env)
    return Done({TAG.key: tag, COMMIT.key: commit}, f"{tag} is at {commit[:10]}")


async def count(ctx: StepContext) -> Result:
    files = await asyncio.to_thread(ctx.repository().files, ctx.state[COMMIT.key])
    return Done({FILES.key: len(files)}, f"{len(files)} files")
