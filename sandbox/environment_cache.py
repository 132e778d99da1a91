"""Prepared environments on disk, each written once and bounded together in size and age.

    ROOT/KEY/home/       the box's home after the set-up
    ROOT/KEY/tree/0, 1   what the set-up made in the tree (their paths are in entry.json)
    ROOT/KEY/entry.json  paths and size; its time is that of the last use
    ROOT/KEY.lock        held shared while the entry is copied, alone while it is removed
    ROOT/.new-*          being written; renamed to KEY when whole
    ROOT/.old-*          being removed

What is copied was made in a sandbox: links are copied as links, and nothing is written
through one.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.erase import empty, erase

_log = logging.getLogger(__name__)

GIB = 1024**3
_DAY = 86_400.0
_COPY_SECONDS = 600


class EnvironmentCache:
    """The environments below `root`, a directory that only we can enter. All methods are blocking.

    When they outgrow `most_bytes` together, those that were not used for longest go first;
    one that takes more than half of it is not kept at all.
    """

    def __init__(self, root: Path, *, most_bytes: int = 10 * GIB, most_days: float = 30.0) -> None:
        self._root = root
        self._most_bytes = most_bytes
        self._most_seconds = most_days * _DAY

    def take(self, key: str, home: Path, tree: Path) -> bool:
        """Copy an environment into a tree and a home, which is emptied first; False where there is no whole one.

        Nothing may run in the box. A link that lay in the home would lead the copy to wherever it points.
        """
        entry = self._root / key
        if not (entry / "entry.json").is_file():
            return False
        with self._lock(key, fcntl.LOCK_SH) as held:
            made = _made(entry) if held else None
            if made is None:
                return False
            os.utime(entry / "entry.json")
            empty(home)
            done = _copy_inside(entry / "home", home)
            for number, path in enumerate(made):
                target = tree / path
                if done and _free(tree, path) and not _copy(entry / "tree" / str(number), target):
                    done = False
                    _remove(target)
        if not done:
            _log.warning("The prepared environment %s could not be copied; it is set up anew.", key)
            empty(home)
        return done

    def put(self, key: str, home: Path, tree: Path, made: Sequence[str]) -> None:
        """Keep a home and the paths `made` in a tree. The first of two at once wins; what cannot be kept is not."""
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._root / f".new-{secrets.token_hex(8)}"
        try:
            (new / "tree").mkdir(parents=True, mode=0o700)
            whole = _copy(home, new / "home")
            for number, path in enumerate(made):
                whole = whole and _copy(tree / path, new / "tree" / str(number))
            size = _size(new)
            if whole and size <= self._most_bytes // 2:
                (new / "entry.json").write_text(json.dumps({"made": list(made), "bytes": size}))
                with suppress(OSError):  # another was first: theirs is as good
                    new.rename(self._root / key)
        finally:
            _remove(new)
        self.evict(keep=key)

    def evict(self, keep: str = "") -> None:
        """Remove what is too old or too much. An environment that is being copied stays for now."""
        now = time.time()
        entries = sorted(self._entries(), key=lambda entry: entry[0], reverse=True)
        total = 0
        for used, size, key in entries:
            total += size
            if key != keep and (total > self._most_bytes or now - used > self._most_seconds):
                self._drop(key)
        for left in [*self._root.glob(".new-*"), *self._root.glob(".old-*")]:
            with suppress(OSError):
                if now - left.stat().st_mtime > _DAY:
                    _remove(left)

    def _entries(self) -> Iterator[tuple[float, int, str]]:
        for path in self._root.glob("*/entry.json"):
            with suppress(OSError, ValueError, KeyError, TypeError):
                yield path.stat().st_mtime, int(json.loads(path.read_text())["bytes"]), path.parent.name

    def _drop(self, key: str) -> None:
        with self._lock(key, fcntl.LOCK_EX | fcntl.LOCK_NB) as held:
            if not held:
                return
            old = self._root / f".old-{secrets.token_hex(8)}"
            with suppress(OSError):
                (self._root / key).rename(old)
                (self._root / f"{key}.lock").unlink()
        _remove(old)

    @contextmanager
    def _lock(self, key: str, how: int) -> Iterator[bool]:
        with (self._root / f"{key}.lock").open("a") as file:
            try:
                fcntl.flock(file, how)
            except BlockingIOError:
                yield False
            else:
                yield True


def _made(entry: Path) -> list[str] | None:
    """The paths that an entry has for the tree; None where it went away meanwhile or is damaged."""
    try:
        made = json.loads((entry / "entry.json").read_text())["made"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return [str(path) for path in made] if isinstance(made, list) else None


def _free(tree: Path, path: str) -> bool:
    """Whether `path` can be made in the tree: nothing is there, and all above it are real directories of the tree."""
    *parents, name = path.split("/")
    if not name or ".." in (*parents, name):
        return False
    place = tree
    for part in parents:
        place = place / part
        if place.is_symlink() or not place.is_dir():
            return False
    return not os.path.lexists(place / name)


def _copy(source: Path, target: Path) -> bool:
    """Copy with modes, owners, times, links and hard links, sharing blocks where the file system can."""
    argv = ["cp", "-a", "--reflink=auto", "--no-target-directory", "--", str(source), str(target)]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COPY_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _copy_inside(source: Path, target: Path) -> bool:
    """Copy what is in `source` into the directory `target`, over what is there."""
    return source.is_dir() and not target.is_symlink() and _copy(source, target)


def _remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    with suppress(OSError):
        erase(path)


def _size(path: Path) -> int:
    total = 0
    for directory, _, files in os.walk(path):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(directory, name)).st_blocks * 512
    return total
