"""The test with which a triage has reproduced an issue: what later work on the same issue begins from."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from workflows.policy.check_files import is_test
from workflows.services import StepContext
from workflows.store.run_rows import runs
from workflows.store.run_rows.reproduced import kept_in


async def kept_of(ctx: StepContext, number: int) -> Mapping[str, Any]:
    """What the newest triage of an issue has reproduced it with, as `triage.reproduction.Reproduction`; else empty."""
    if not number:
        return {}
    rows = await ctx.services.store.read(runs.of_number, ctx.run.repository, number, workflow="triage")
    return kept_in([row.state for row in rows])


async def kept_test(ctx: StepContext) -> Mapping[str, str]:
    """The test's files, by path, as the newest triage of this issue left them; none where none has reproduced it."""
    files: Mapping[str, str] = (await kept_of(ctx, ctx.run.subject.number)).get("files") or {}
    return files if all(map(is_test, files)) else {}


async def kept_script(ctx: StepContext) -> str:
    """The script with which that triage has reproduced it, where nothing runs tests; "" where there is none."""
    return str((await kept_of(ctx, ctx.run.subject.number)).get("script") or "")


async def lay_out(ctx: StepContext, files: Mapping[str, str]) -> str:
    """Write the files into the run's tree, journaled; the tree's mark.

    A file that is there is not written over, nor a directory; and what would lie below a file is left out.
    """
    workspace = await ctx.workspace()

    def lay() -> str:
        listing = dict(workspace.listing(workspace.last))
        barred = in_the_way(listing, files)
        new = {path: text for path, text in files.items() if path not in barred and path not in listing}
        listing |= {path: ("100644", workspace.objects.write("blob", text.encode())) for path, text in new.items()}
        workspace.restore(workspace.objects.write_listing(listing))
        return workspace.record(ctx.services.ledger, ctx.where(tool="kept test")).after

    return await asyncio.to_thread(lay)


def in_the_way(tree: Collection[str], files: Collection[str]) -> frozenset[str]:
    """Those files that have no place in a tree of such paths: it has a directory of that name, or a file above."""
    directories = {above for path in tree for above in _above(path)}
    return frozenset(path for path in files if path in directories or any(above in tree for above in _above(path)))


def _above(path: str) -> list[str]:
    """The directories that a path lies in."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]
