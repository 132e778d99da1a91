"""Detection in a process of its own, which may crash, swell or hang on what a stranger wrote without harm to us."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from sandbox.detect.read.values import Detection, Note
from sandbox.processes import own_program

_SECONDS = 60.0
"""Ten thousand files take under 2 s; what takes so much longer was made to."""
LARGEST = 16 * 1024 * 1024
"""Bytes of an answer."""
_READER = tuple(own_program.command("sandbox.detect.reader_process"))


def detect_apart(root: Path, *, seconds: float = _SECONDS, reader: Sequence[str] = _READER) -> Detection:
    """The commands of the repository at `root`. Blocking, and never longer than `seconds`.

    A repository that cannot be read within the bounds has no commands, and a note that says why. TransientError where
    somebody ended the process.
    """
    try:
        done = own_program.run([*reader, str(root.absolute())], seconds)
    except subprocess.TimeoutExpired:
        return _unread(f"reading the repository's files took more than {seconds:.0f} s")
    if done.returncode or len(done.stdout) > LARGEST:
        return _unread("reading the repository's files took more memory or time than it may, or failed")
    from pydantic import TypeAdapter, ValidationError  # large, and not needed by who only acts on runs

    try:
        return TypeAdapter(Detection).validate_json(done.stdout)
    except ValidationError:
        return _unread("what was read of the repository's files came to no sense")


def _unread(reason: str) -> Detection:
    remedy = "give them as `setup`, `test`, `lint` and `types` in .github/pullwright.yml"
    return Detection(not_run=(Note("all commands", f"{reason}; {remedy}"),))
