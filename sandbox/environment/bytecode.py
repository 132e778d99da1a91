"""Takes the bytecode away that was compiled beside sources: Python makes it anew when it needs it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sandbox.files.moving import remove

_NAME = "__pycache__"


def strip(root: Path, paths: Sequence[str] = ("",)) -> None:
    """Remove every `__pycache__` below the paths of a directory, or that one of them is. No link is followed.

    No box may be open over it. What cannot be listed, for its mode or its depth, Python cannot load from either.
    """
    waiting = [str(root / path) for path in paths]
    while waiting:
        place = waiting.pop()
        if os.path.basename(place) == _NAME:
            remove(Path(place))
        elif os.path.isdir(place) and not os.path.islink(place):
            inner: list[os.DirEntry[str]] = []
            with suppress(OSError), os.scandir(place) as entries:
                inner = [entry for entry in entries if entry.name == _NAME or entry.is_dir(follow_symlinks=False)]
            waiting += [entry.path for entry in inner]
