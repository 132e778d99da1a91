"""The test with which a triage has reproduced an issue: what later work on the same issue begins from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from workflows.policy.check_files import is_test
from workflows.reproduced import REPRODUCED, REPRODUCTION
from workflows.services import StepContext
from workflows.store.run_rows import runs


async def kept_test(ctx: StepContext) -> Mapping[str, str]:
    """The test's files, by path, as the newest triage of this issue left them; none where none has reproduced it."""
    number = ctx.run.subject.number
    if not number:
        return {}
    rows = await ctx.services.store.read(runs.of_number, ctx.run.repository, number, workflow="triage")
    told: Mapping[str, Any] = next((run.state[REPRODUCTION] for run in rows if run.state.get(REPRODUCTION)), {})
    files: Mapping[str, str] = told.get("files") or {}
    return files if told.get("verdict") == REPRODUCED and all(map(is_test, files)) else {}


async def lay_out(ctx: StepContext, files: Mapping[str, str]) -> str:
    """Write the files into the run's tree, journaled; the tree's mark. A file that is there is not written over."""
    workspace = await ctx.workspace()

    def lay() -> str:
        listing = dict(workspace.listing(workspace.last))
        new = {path: text for path, text in files.items() if path not in listing}
        listing |= {path: ("100644", workspace.objects.write("blob", text.encode())) for path, text in new.items()}
        workspace.restore(workspace.objects.write_listing(listing))
        return workspace.record(ctx.services.ledger, ctx.where(tool="kept test")).after

    return await asyncio.to_thread(lay)
