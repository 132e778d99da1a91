"""Small disks that stories fill."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


def mount(place: Path, size: str) -> None:
    """A disk of that size (as mount names it) at a directory; skips the test where that cannot be had."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0711", "tmpfs", str(place)]
    made = subprocess.run(words, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr}")


def unmount(place: Path) -> None:
    subprocess.run(["umount", "-l", place], check=True)


def fill(file: Path) -> None:
    """Leave no room on the disk."""
    with file.open("wb", buffering=0) as filled:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while filled.write(b"\0" * size):
                    pass
            except OSError:
                continue
