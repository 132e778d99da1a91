"""Detection in a process of its own, which may crash, swell or hang on what a stranger wrote without harm to us."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from sandbox.detect.read.values import Detection, Note
from sandbox.processes import own_program

_SECONDS = 60.0
"""Ten thousand files take under 2 s; what takes so much longer was made to."""
_LARGEST = 16 * 1024 * 1024
_READER = tuple(own_program.command("sandbox.detect.reader_process"))


def detect_apart(root: Path, *, seconds: float = _SECONDS, reader: Sequence[str] = _READER) -> Detection:
    """The commands of the repository at `root`. Blocking, and never longer than `seconds`.

    A repository that cannot be read within the bounds has no commands, and a note that says why.
    """
    command, env = [*reader, str(root.absolute())], own_program.environment()
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=env, cwd="/", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return _unread(f"reading the repository's files took more than {seconds:.0f} s")
    if done.returncode or len(done.stdout) > _LARGEST:
        return _unread("reading the repository's files took more memory or time than it may, or failed")
    from pydantic import TypeAdapter  # large, and not needed by who only acts on runs

    return TypeAdapter(Detection).validate_json(done.stdout)


def _unread(reason: str) -> Detection:
    remedy = "give them as `setup`, `test`, `lint` and `types` in .github/pullwright.yml"
    return Detection(not_run=(Note("all commands", f"{reason}; {remedy}"),))
