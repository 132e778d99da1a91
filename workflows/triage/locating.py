"""Where a report belongs in the code, without a model; and the project made ready to be run."""

from __future__ import annotations

import asyncio

from sandbox.git.repository import Repository
from workflows.checks.plan import Commands, commands
from workflows.definition import Done, Result
from workflows.services import StepContext
from workflows.steps.change import config_of
from workflows.triage.owners import PLACES, owners_of
from workflows.triage.state import AREA, COMMANDS, RANKED, REPORT, is_private
from workflows.values import Issue, from_json, to_json

_RANKED = 20
_SHOWN = 3


async def locate(ctx: StepContext) -> Result:
    """Rank the files by the report, and find who owns the likeliest and how the project is tested."""
    if is_private(ctx.state):
        return Done({RANKED.key: [], COMMANDS.key: to_json(Commands()), AREA.key: {}})
    from sandbox.detect.apart import detect_apart  # these are large, and who only acts on runs takes no step
    from workflows.localize.cache import IndexCache
    from workflows.localize.ranking import rank

    repository, commit = ctx.repository(), ctx.state["base_commit"]
    report, workspace = from_json(Issue, ctx.state[REPORT.key]), await ctx.workspace()
    files = await asyncio.to_thread(repository.files, commit)
    cache = IndexCache(ctx.services.data / "index")
    words = f"{report.title}\n\n{report.body}"
    ranked = await asyncio.to_thread(rank, files, repository.read_blobs, words, cache=cache, limit=_RANKED)
    found = commands(await config_of(ctx), await asyncio.to_thread(detect_apart, workspace.tree))
    paths = [file.path for file in ranked[:_SHOWN]]
    rules = await asyncio.to_thread(_owners, repository, commit)
    owners = list(dict.fromkeys(owner for path in paths[:1] for owner in owners_of(path, rules)))
    state = {
        RANKED.key: [to_json(file) for file in ranked],
        COMMANDS.key: to_json(found),
        AREA.key: {"paths": paths, "owners": owners},
    }
    return Done(state, paths[0] if paths else "no file stands out")


async def prepare(ctx: StepContext) -> Result:
    """Install what the project needs, with the registries as the only network. A failure is not the end."""
    found = from_json(Commands, ctx.state[COMMANDS.key])
    if not found.setup:
        return Done(summary="nothing to install")
    await ctx.say(f"running {found.setup[0].command}")
    mark = await ctx.services.workspaces.mark(ctx.run)
    prepared = await ctx.services.boxes.prepare(ctx.run, await ctx.workspace(), found, mark=mark)
    if prepared.failure:
        return Done(summary=f"not complete: {prepared.failure}")
    return Done(summary="from the cache" if prepared.cached else f"done in {prepared.seconds:.0f} s")


def _owners(repository: Repository, commit: str) -> str:
    files = {file.path: file for file in repository.files(commit) if file.mode.startswith("100")}
    place = next((path for path in PLACES if path in files), "")
    return repository.read_blob(files[place].blob)[:500_000].decode("utf-8", "replace") if place else ""
