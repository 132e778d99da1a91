"""Has this process kill itself at one place of a walk, with SIGKILL, as a power cut would."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from typing import Any

import bot.app
from workflows.primitives import Result, Step
from workflows.store.records import Run, StepRun
from workflows.walker import Told, Walker


def crash_at(step: str, moment: str) -> None:
    """From now on, walks in this process end at `step`.

    The moment is `before` (nothing of the step is written yet), `begun` (its row is), `done`
    (it has done its work, which is not recorded yet) or `recorded` (our tables have it, the
    queue does not).
    """

    def die(now: str, key: str) -> None:
        if (now, key) == (moment, step):
            os.kill(os.getpid(), signal.SIGKILL)

    @dataclass(frozen=True, slots=True)
    class CrashingWalker(Walker[Any]):
        async def take(self, run_id: str, segment: int, ordinal: int, key: str) -> Told:
            die("before", key)
            told = await Walker.take(self, run_id, segment, ordinal, key)
            die("recorded", key)
            return told

        async def _run(self, run: Run, here: StepRun, item: Step[Any], *, tries: int) -> Result | float:
            die("begun", here.key)
            result = await Walker._run(self, run, here, item, tries=tries)
            die("done", here.key)
            return result

    bot.app.Walker = CrashingWalker  # type: ignore[misc]
