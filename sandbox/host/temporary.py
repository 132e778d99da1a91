"""Directories among the host's temporary ones, whose names say whose they are, so that a killed process leaves none."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from sandbox.limits.slots import started

_PREFIX = "pullwright-own-"


def directory() -> Path:
    """A fresh one of this process's, which only this user can enter; whoever made it removes it."""
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}.{started(os.getpid())}-"))


def sweep() -> None:
    """Remove what killed processes of this user have left."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid, _, start = left.name.removeprefix(_PREFIX).partition("-")[0].partition(".")
        with suppress(FileNotFoundError):  # another process may be sweeping too
            if left.lstat().st_uid == os.geteuid() and pid.isdigit() and str(started(int(pid))) != start:
                shutil.rmtree(left, ignore_errors=True)
