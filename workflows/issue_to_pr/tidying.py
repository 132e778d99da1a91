"""Taking out what the agent's commands left behind, before anything is reviewed or checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Sequence

from sandbox.trees.workspace import Workspace
from workflows.agent.transcript import Row, RowKind
from workflows.policy import leftovers
from workflows.services import StepContext


async def tidy(ctx: StepContext, workspace: Workspace, rows: Sequence[Row], keep: Collection[str]) -> dict[str, object]:
    """Bring the tree to what was meant, journaled like any change; what to remember of it, for those who are told."""
    return await asyncio.to_thread(_tidy, ctx, workspace, commands_by_turn(rows), set(keep))


def commands_by_turn(rows: Sequence[Row]) -> dict[int, str]:
    """The texts of the commands of each answer, by its number as the journal has it."""
    found: dict[int, str] = {}
    replies = [row for row in rows if row.kind is RowKind.REPLY]
    for turn, row in enumerate(replies, 1):
        texts = [_command(call.arguments) for call in row.message.tool_calls if call.name == "shell"]
        found[turn] = "\n".join(texts)
    return found


def told(ctx: StepContext) -> list[str]:
    """What a reviewer is told of it."""
    return leftovers.sentences(*(ctx.state.get(key) or () for key in ("left_out", "put_back", "by_command")))


def _tidy(ctx: StepContext, workspace: Workspace, commands: dict[int, str], keep: set[str]) -> dict[str, object]:
    ledger, base = ctx.services.ledger, workspace.listing(ctx.state["base_tree"])
    here = workspace.last
    changes = workspace.changes(ctx.state["base_tree"], here)
    made = leftovers.made_by(ledger.entries(ctx.run.id), commands)
    found = leftovers.sort(changes, base, made, keep)
    tidied = ctx.state.get("tidied") or {}
    if found.out or found.back:
        listing = dict(workspace.listing(here))
        for path in found.out:
            del listing[path]
        for path in found.back:
            listing[path] = base[path]
        workspace.restore(workspace.objects.write_listing(listing))
        tidied = {"from": here, "to": workspace.record(ledger, ctx.where(tool=leftovers.TIDY)).after}
    still = {change.path for change in changes} - {*found.out, *found.back}
    return {
        "left_out": _more(ctx, "left_out", found.out, still),
        "put_back": _more(ctx, "put_back", found.back, still),
        "by_command": list(found.told),
        "tidied": tidied,
    }


def _more(ctx: StepContext, key: str, found: Sequence[str], still: Collection[str]) -> list[str]:
    """What earlier rounds took out is told too, unless it came in since."""
    before = [path for path in ctx.state.get(key) or () if path not in still]
    return list(dict.fromkeys([*before, *found]))


def _command(arguments: str) -> str:
    try:
        data = json.loads(arguments, strict=False)
    except (ValueError, RecursionError):
        return ""
    command = data.get("command") if isinstance(data, dict) else None
    return command if isinstance(command, str) else ""
