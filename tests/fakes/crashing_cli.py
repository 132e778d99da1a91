"""The command line with a walker that is killed at one place: `python -m tests.fakes.crashing_cli STEP MOMENT ...`.

MOMENT is `before` (nothing of the step is written yet), `begun` (its row is), `done` (it has
done its work, which is not recorded yet) or `recorded` (our tables have it, the queue does
not). The process kills itself with SIGKILL, as a power cut would.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

import bot.app
from bot.cli import main
from workflows.primitives import Result, Step
from workflows.store.records import Run, StepRun
from workflows.walker import Told, Walker

STEP, MOMENT = sys.argv[1], sys.argv[2]


def _die(moment: str, key: str) -> None:
    if (moment, key) == (MOMENT, STEP):
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class CrashingWalker(Walker[Any]):
    async def take(self, run_id: str, segment: int, ordinal: int, key: str) -> Told:
        _die("before", key)
        told = await Walker.take(self, run_id, segment, ordinal, key)
        _die("recorded", key)
        return told

    async def _run(self, run: Run, here: StepRun, item: Step[Any], *, tries: int) -> Result | float:
        _die("begun", here.key)
        result = await Walker._run(self, run, here, item, tries=tries)
        _die("done", here.key)
        return result


if __name__ == "__main__":
    bot.app.Walker = CrashingWalker  # type: ignore[misc]
    sys.argv = ["pullwright", *sys.argv[3:]]
    main()
