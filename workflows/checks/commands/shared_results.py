"""Results of base trees on this machine's disk, for all runs of one repository.

    ROOT/KEY.json     what a command said, and how often it was seen to say so

No box can write here. A file that cannot be read is none.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger(__name__)

BASE_RESULTS = "base-results"
"""The folder of the data directory that holds one for each repository."""
SEEN = 2
"""How often something that did not end well has to be said alike before other runs have it."""
_MOST = 500
_MOST_DAYS = 14.0
_MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Kept:
    """`alike` is the same for results that say the same; "" where one is enough."""

    said: str
    alike: str
    seen: int


@dataclass(frozen=True, slots=True)
class SharedResults:
    """The results of one repository, below `root`. All methods are blocking, and none fails for want of a disk."""

    root: Path

    def get(self, key: str) -> str | None:
        """What was put there, if it may be relied on."""
        found = _read(self._file(key))
        if found is None or (found.alike and found.seen < SEEN):
            return None
        with suppress(OSError):
            os.utime(self._file(key))
        return found.said

    def put(self, key: str, said: str, alike: str = "") -> None:
        """Keep it. With `alike` it counts only once it was put a second time with the same."""
        before = _read(self._file(key))
        seen = before.seen + 1 if before is not None and alike and before.alike == alike else 1
        half = self.root / f".{key}-{secrets.token_hex(4)}"
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            half.write_text(json.dumps({"said": said, "alike": alike, "seen": seen}))
            half.rename(self._file(key))
        except OSError as error:  # no room: it is run again the next time
            _log.warning("What a check said on the base could not be kept: %s", error)
            with suppress(OSError):
                half.unlink(missing_ok=True)
        self.evict()

    def evict(self) -> None:
        """Remove what nobody has asked for in a while, and the eldest of too many."""
        now = time.time()
        with suppress(OSError):
            files = sorted(self.root.iterdir(), key=_used, reverse=True)
            for number, file in enumerate(files):
                if number >= _MOST or now - _used(file) > _MOST_DAYS * 86_400:
                    file.unlink(missing_ok=True)

    def _file(self, key: str) -> Path:
        return self.root / f"{key}.json"


def evict_all(root: Path) -> None:
    """The same for all repositories; one that has nothing left goes as well."""
    for directory in root.glob("*/"):
        SharedResults(directory).evict()
        with suppress(OSError):
            directory.rmdir()


def _used(file: Path) -> float:
    with suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def _read(file: Path) -> _Kept | None:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        found = json.loads(file.read_text())
        return _Kept(str(found["said"]), str(found["alike"]), int(found["seen"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
