"""The processes of this machine and the words that started them, though some end while they are looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def command_lines() -> Iterator[tuple[int, bytes]]:
    """Of each process that we may look at: its id and its argv, each word ended by a zero byte.

    `Path.glob` asks `stat` of what it finds and raises where that has ended in between, so the names are listed.
    """
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            yield int(name), Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:  # it has ended meanwhile, or belongs to somebody else
            continue


def processes(word: str) -> list[int]:
    """The ids of the processes whose argv has this anywhere."""
    return [pid for pid, line in command_lines() if word.encode() in line]
