"""Every directory below one that a box has written: without recursion, since a box nests them as deep as it likes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def directories(top: Path) -> Iterator[list[os.DirEntry[str]]]:
    """What each directory holds, that at `top` first. No link is followed; what cannot be read is passed over."""
    waiting = [os.fspath(top)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as found:
            entries = list(found)
            yield entries
            waiting.extend(one.path for one in entries if one.is_dir(follow_symlinks=False))


def blocks(top: Path) -> int:
    """Bytes that all below a directory takes on the disk."""
    total = 0
    for entries in directories(top):
        for one in entries:
            with suppress(OSError):
                total += one.stat(follow_symlinks=False).st_blocks * 512
    return total
