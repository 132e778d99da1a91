"""Programs of ours that read what strangers wrote: each a process that may crash, swell or hang without harm to us."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.errors import TransientError

_FROM_OUTSIDE = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_ROOT = Path(__file__).resolve().parents[2]


def command(module: str, *arguments: str) -> list[str]:
    """What starts a module of ours as a program; to be run in `/`, with `environment`."""
    return [sys.executable, "-P", "-m", module, *arguments]


def environment(**more: str) -> dict[str, str]:
    """All that such a program knows of ours: no setting, no key, no home."""
    return {"PATH": os.defpath, "PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8", **more}


def run(
    program: Sequence[str], seconds: float, *, given: bytes = b"", **more: str
) -> subprocess.CompletedProcess[bytes]:
    """Run one to its end; subprocess.TimeoutExpired where it takes longer than `seconds`. `more` is its environment.

    Who ends a process of ours in a terminal does not mean those. TransientError where somebody ended it all the same:
    that says nothing of what it read.
    """
    done = subprocess.run(
        program,
        input=given,
        capture_output=True,
        env=environment(**more),
        cwd="/",
        timeout=seconds,
        check=False,
        start_new_session=True,
    )
    if -done.returncode in _FROM_OUTSIDE:
        raise TransientError("A program that reads the repository's files was ended from outside.")
    return done


def bound(memory: int, cpu_seconds: int, *, writes: bool = True) -> None:
    """Bound this very process: bytes of memory, seconds of the processor, no core, and no file if it writes none."""
    limits = [(resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cpu_seconds), (resource.RLIMIT_CORE, 0)]
    for kind, most in limits if writes else [*limits, (resource.RLIMIT_FSIZE, 0)]:
        resource.setrlimit(kind, (most, most))
