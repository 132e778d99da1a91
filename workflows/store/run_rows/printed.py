"""Queries over what the commands of a run printed: whole, and packed, since most of it is never looked at."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sandbox.environment.set_up import Printed
from workflows.secrets.redaction import Redactor
from workflows.store.database import Store
from workflows.store.tables import printed
from workflows.text.for_model import storable

_MOST_OF_A_RUN = 64 * 1024 * 1024
"""Packed bytes; of what comes later, the commands alone are kept."""


@dataclass(frozen=True, slots=True)
class PrintedLog:
    """Where boxes of runs write down what was printed in them, without the secrets that we know."""

    store: Store
    redact: Redactor

    async def add(self, run_id: str, step: str, commands: Sequence[Printed]) -> None:
        """They were run in that step."""
        rows = [
            {
                "run_id": run_id,
                "step": step,
                "command": storable(self.redact(one.command)),  # it may name a file whose name is no text
                "exit_code": one.exit_code,
                "killed": one.killed,
                "seconds": one.seconds,
                "output": zlib.compress(self.redact(one.output).encode("utf-8", "replace"), 6),
                "at": time.time(),
            }
            for one in commands
        ]
        await self.store.write(_append, run_id, rows)


def _append(db: sa.Connection, run_id: str, rows: Sequence[dict[str, object]]) -> None:
    size = sa.func.coalesce(sa.func.sum(sa.func.length(printed.c.output)), 0)
    spent = int(db.scalar(sa.select(size).where(printed.c.run_id == run_id)) or 0)
    for row in rows:
        output = row["output"]
        assert isinstance(output, bytes), "it was packed"
        spent += len(output)
        kept = output if spent <= _MOST_OF_A_RUN else zlib.compress(b"(not kept: this run printed too much)\n")
        db.execute(printed.insert().values(**{**row, "output": kept}))


def of_step(db: sa.Connection, run_id: str, step: str) -> list[Printed]:
    """What was run in a step, in all of its attempts, in order."""
    query = sa.select(printed).where(printed.c.run_id == run_id, printed.c.step == step).order_by(printed.c.id)
    return [
        Printed(
            row.command, row.exit_code, row.seconds, zlib.decompress(row.output).decode("utf-8", "replace"), row.killed
        )
        for row in db.execute(query)
    ]
