"""Prepared environments on disk, each written once and bounded together in size and age.

    ROOT/KEY/              an entry, see `environment_entry`
    ROOT/KEY.lock          held shared while the entry is taken, alone while it is removed
    ROOT/.new-PID.START-*  being written by that process; renamed to KEY when whole
    ROOT/.old-PID.START-*  being removed by it

No box can write here. A home is moved in when its box is closed, and is from then on a layer that
boxes read below a home of their own, or that is copied where layers cannot be had. What is copied
was made in a sandbox: links are copied as links, and nothing is written through one.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from sandbox.environment import environment_entry
from sandbox.files.erase import empty
from sandbox.files.everything import blocks
from sandbox.files.moving import copy, move, remove
from sandbox.limits.slots import started

_log = logging.getLogger(__name__)

GIB = 1024**3
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Environment:
    """A prepared home to read from, and how the set-up that made it went: `failure` is "" where it went well.

    `made` are the paths that it made in its tree; where those of them lie that were not copied into the tree that took
    it, stands in `apart`. `digest` is another for each that was ever made; "" where it is not kept.
    """

    home: Path
    failure: str = ""
    output: str = ""
    told: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    digest: str = ""
    apart: Mapping[str, Path] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    """The ecosystems that the set-up failed for, each with why, where it went well for all others."""


class EnvironmentCache:
    """The environments below `root`, a directory that only we can enter. All methods are blocking.

    When they outgrow `most_bytes` together, or are more than `most_entries`, those go first that were
    not used for longest; one that takes more than half of it is not kept at all.
    """

    def __init__(
        self, root: Path, *, most_bytes: int = 10 * GIB, most_days: float = 30.0, most_entries: int = 1000
    ) -> None:
        self._root = root
        self._most_bytes = most_bytes
        self._most_entries = most_entries
        self._most_seconds = most_days * _DAY

    def take(
        self, key: str, tree: Path, user: Path, layered: Callable[[str], bool] | None = None
    ) -> Environment | None:
        """An environment for the workspace directory `user`, with what belongs into its tree copied there, but for
        large paths that may be `layered`.

        None where there is no whole one. It stays for as long as that directory is there.
        """
        entry = self._root / key
        if not entry.is_dir():
            return None
        with self._lock(key, fcntl.LOCK_SH) as held:
            known = environment_entry.whole(entry) if held else None
            if known is not None:
                os.utime(entry / "entry.json")
                environment_entry.pin(entry, user)
        if known is None:
            _log.warning("The prepared environment %s is not as it was written; it is set up anew.", key)
            self._drop(key)
            return None
        parts = environment_entry.parts(entry, known, tree)
        apart = {
            path: part
            for path, part in parts.items()
            if layered is not None and layered(path) and environment_entry.holds_many(part)
        }
        if not environment_entry.lay({path: parts[path] for path in parts if path not in apart}, tree):
            return None
        told, made = (tuple(map(str, known[name])) for name in ("told", "made"))
        failed = {str(part): str(why) for part, why in known.get("parts", {}).items()}
        how = (known["failure"], known["output"], told, made, known["digest"], apart, failed)
        return Environment(entry / "home", *how)

    def put(self, key: str, made: Environment, tree: Path, user: Path) -> Environment | None:
        """Move a home here, leaving an empty one, with a copy of the paths that were made in a tree; then take it.

        No box may be open over it. The first of two at once wins. None where it cannot be
        kept, for want of room for example: then the home is as it was.
        """
        home = made.home
        new = self._root / f".new-{os.getpid()}.{started(os.getpid())}-{secrets.token_hex(8)}"
        taken = None
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._gather(new, made, tree, user):
                taken = self.take(key, tree, user)  # another was first: theirs is as good
                if taken is None:
                    try:
                        new.rename(self._root / key)
                        known = environment_entry.known(self._root / key) or {}
                        taken = replace(made, home=self._root / key / "home", digest=str(known.get("digest", "")))
                    except OSError:
                        move(new / "home", home)
        except OSError as error:  # no room: what was made is used where it is
            _log.warning("What a set-up made could not be kept: %s", error)
        finally:
            remove(new)
        self.evict(keep=key)
        return taken

    def _gather(self, new: Path, made: Environment, tree: Path, user: Path) -> bool:
        """A whole entry under another name, the home moved into it; False, with nothing moved, where it cannot be."""
        (new / "tree").mkdir(parents=True, mode=0o700)
        environment_entry.pin(new, user)
        home = made.home
        for number, path in enumerate(made.made):
            if not copy(tree / path, new / "tree" / str(number)):
                return False
        size = blocks(new) + blocks(home)
        if size > self._most_bytes // 2 or not move(home, new / "home"):
            return False
        try:
            entry: dict[str, object] = {
                "made": made.made,
                "told": made.told,
                "parts": dict(made.parts),
                "failure": made.failure,
                "output": made.output,
            }
            entry |= {"bytes": size, "digest": environment_entry.digest(new)}
            (new / "entry.json").write_text(json.dumps(entry))
        except OSError:  # no room, or a directory that not even its owner may read
            move(new / "home", home)
            return False
        return True

    def evict(self, keep: str = "") -> None:
        """Remove what is too old or too much. An environment that a workspace uses stays for now."""
        now = time.time()
        entries = sorted(self._entries(), key=lambda entry: entry[0], reverse=True)
        total = 0
        for number, (used, size, key) in enumerate(entries, 1):
            total += size
            too_many = total > self._most_bytes or number > self._most_entries
            environment_entry.forget_the_gone(self._root / key)
            if key != keep and (too_many or now - used > self._most_seconds):
                self._drop(key)
        for left in self._root.glob(".*-*"):
            pid, _, start = left.name.partition("-")[2].partition("-")[0].partition(".")
            if not pid.isdigit() or str(started(int(pid))) != start:  # who wrote it, or was removing it, is gone
                remove(left)

    def _entries(self) -> Iterator[tuple[float, int, str]]:
        """When each was used last, its size and key; one that is not whole is the oldest of all."""
        for path in self._root.glob("[!.]*/"):
            try:
                entry = path / "entry.json"
                yield entry.stat().st_mtime, int(json.loads(entry.read_text())["bytes"]), path.name
            except (OSError, ValueError, KeyError, TypeError):
                yield 0.0, 0, path.name

    def _drop(self, key: str) -> None:
        with self._lock(key, fcntl.LOCK_EX | fcntl.LOCK_NB) as held:
            if not held or environment_entry.in_use(self._root / key):
                return
            old = self._root / f".old-{os.getpid()}.{started(os.getpid())}-{secrets.token_hex(8)}"
            with suppress(OSError):
                (self._root / key).rename(old)
                (self._root / f"{key}.lock").unlink()
        remove(old)

    @contextmanager
    def _lock(self, key: str, how: int) -> Iterator[bool]:
        with (self._root / f"{key}.lock").open("a") as file:
            try:
                fcntl.flock(file, how)
            except BlockingIOError:
                yield False
            else:
                yield True


def copy_home(environment: Environment, home: Path) -> bool:
    """Copy an environment into a home, which is emptied first; False where that failed. Nothing may run in the box.

    A link that lay in the home would lead the copy to wherever it points.
    """
    empty(home)
    return copy(environment.home, home)
