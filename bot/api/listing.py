"""The workflows as the API lists them, made in a process that ends: it loads the steps of all, ten megabytes of ours.

What it says is this version's and does not change, so it is asked once.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from functools import cache
from typing import Any

from bot.api.shapes import DefinitionList, DefinitionShape, StartRequest
from sandbox.errors import TransientError
from sandbox.processes import own_program
from workflows.registry import WORKFLOWS, DefinitionsWhenAsked, Entry
from workflows.registry.start_fields import schema_of

_SECONDS = 60.0
_USUAL = StartRequest.model_fields["workflow"].default


async def listed() -> DefinitionList:
    """All of them. TransientError where the process cannot be had now."""
    return await asyncio.to_thread(_listed)


@cache
def _listed() -> DefinitionList:
    try:
        done = own_program.run(own_program.command(__name__), _SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TransientError("The workflows cannot be listed just now.") from error
    if done.returncode:
        raise TransientError("The workflows cannot be listed just now.")
    steps = json.loads(done.stdout)
    return DefinitionList(
        definitions=[
            DefinitionShape(
                workflow=name,
                title=entry.title,
                takes=[kind.value for kind in entry.takes],
                steps=steps[name],
                inputs=_inputs(entry),
            )
            for name, entry in WORKFLOWS.items()
        ]
    )


def _inputs(entry: Entry) -> dict[str, Any]:
    """What a start of a workflow takes, as JSON Schema."""
    whole, own = StartRequest.model_json_schema(), schema_of(entry.fields)
    general = {name: whole["properties"][name] for name in ("repository", "wait")}
    named = {"workflow": {"const": entry.name}}
    required = [*(["workflow"] if entry.name != _USUAL else []), "repository", *own["required"]]
    return {**own, "properties": {**named, **general, **own["properties"]}, "required": required}


def main() -> None:
    """Write the steps of each workflow, as [key, title], to standard output as JSON."""
    known = DefinitionsWhenAsked()
    json.dump({name: [[item.key, item.title] for item in known[name].items] for name in WORKFLOWS}, sys.stdout)


if __name__ == "__main__":
    main()
