"""Prepared environments on disk, each written once and bounded together in size and age.

    ROOT/KEY/home/       what the set-up made in the box's home
    ROOT/KEY/tree/0, 1   what it made in the tree (their paths are in entry.json)
    ROOT/KEY/users/      the workspaces that have this home below their own, one file each
    ROOT/KEY/entry.json  paths, size and digest; its time is that of the last use
    ROOT/KEY.lock        held shared while the entry is taken, alone while it is removed
    ROOT/.new-PID.START-*  being written by that process; renamed to KEY when whole
    ROOT/.old-*          being removed

No box can write here. A home is moved in when its box is closed, and is from then on a layer that
boxes read below a home of their own, or that is copied where layers cannot be had. What is copied
was made in a sandbox: links are copied as links, and nothing is written through one.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import logging
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.erase import empty, erase
from sandbox.slots import started

_log = logging.getLogger(__name__)

GIB = 1024**3
_DAY = 86_400.0
_COPY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Environment:
    """A prepared home to read from, and how the set-up that made it went: `failure` is "" where it went well."""

    home: Path
    failure: str = ""
    output: str = ""


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

    def take(self, key: str, tree: Path, user: Path) -> Environment | None:
        """An environment for the workspace directory `user`, with what belongs into its tree copied there.

        None where there is no whole one. It stays for as long as that directory is there.
        """
        entry = self._root / key
        if not entry.is_dir():
            return None
        with self._lock(key, fcntl.LOCK_SH) as held:
            known = _known(entry) if held else None
            if known is not None and known["digest"] == _digest(entry):
                os.utime(entry / "entry.json")
                _pin(entry, user)
            else:
                known = None
        if known is None:
            _log.warning("The prepared environment %s is not as it was written; it is set up anew.", key)
            self._drop(key)
            return None
        return Environment(entry / "home", known["failure"], known["output"]) if _lay(entry, known, tree) else None

    def put(
        self,
        key: str,
        home: Path,
        tree: Path,
        made: Sequence[str],
        user: Path,
        *,
        failure: str = "",
        output: str = "",
    ) -> Environment | None:
        """Move a home here, leaving an empty one, with a copy of the paths `made` in a tree; then take it.

        No box may be open over it. The first of two at once wins. None where it cannot be
        kept, for want of room for example: then the home is as it was.
        """
        new = self._root / f".new-{os.getpid()}.{started(os.getpid())}-{secrets.token_hex(8)}"
        taken = None
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            if self._gather(new, home, tree, made, user, {"failure": failure, "output": output}):
                taken = self.take(key, tree, user)  # another was first: theirs is as good
                if taken is None:
                    try:
                        new.rename(self._root / key)
                        taken = Environment(self._root / key / "home", failure, output)
                    except OSError:
                        _move(new / "home", home)
        except OSError as error:  # no room: what was made is used where it is
            _log.warning("What a set-up made could not be kept: %s", error)
        finally:
            _remove(new)
        self.evict(keep=key)
        return taken

    def _gather(self, new: Path, home: Path, tree: Path, made: Sequence[str], user: Path, told: dict[str, str]) -> bool:
        """A whole entry under another name, the home moved into it; False, with nothing moved, where it cannot be."""
        (new / "tree").mkdir(parents=True, mode=0o700)
        _pin(new, user)
        for number, path in enumerate(made):
            if not _copy(tree / path, new / "tree" / str(number)):
                return False
        size = _size(new) + _size(home)
        if size > self._most_bytes // 2 or not _move(home, new / "home"):
            return False
        try:
            entry = {"made": list(made), "bytes": size, "digest": _digest(new), **told}
            (new / "entry.json").write_text(json.dumps(entry))
        except OSError:  # no room, or a directory that not even its owner may read
            _move(new / "home", home)
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
            _forget_the_gone(self._root / key)
            if key != keep and (too_many or now - used > self._most_seconds):
                self._drop(key)
        for left in self._root.glob(".*-*"):
            pid, _, start = left.name.partition("-")[2].partition("-")[0].partition(".")
            if not pid.isdigit() or str(started(int(pid))) != start:  # who wrote it, or was removing it, is gone
                _remove(left)

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
            if not held or _in_use(self._root / key):
                return
            old = self._root / f".old-{os.getpid()}.{started(os.getpid())}-{secrets.token_hex(8)}"
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


def copy_home(environment: Environment, home: Path) -> bool:
    """Copy an environment into a home, which is emptied first; False where that failed. Nothing may run in the box.

    A link that lay in the home would lead the copy to wherever it points.
    """
    empty(home)
    return _copy(environment.home, home)


def _known(entry: Path) -> dict[str, Any] | None:
    """What entry.json says; None where it went away meanwhile or is damaged."""
    try:
        known = json.loads((entry / "entry.json").read_text())
    except (OSError, ValueError):
        return None
    kinds = {"made": list, "digest": str, "failure": str, "output": str}
    whole = isinstance(known, dict) and all(isinstance(known.get(name), kind) for name, kind in kinds.items())
    return known if whole else None


def _digest(entry: Path) -> str:
    """What tells whether a file of an entry was touched: each one's place, kind, owner, size and times of change.

    The contents are not read, which would take longer than a set-up: nobody but root can
    set the time at which the kernel saw a file change.
    """
    digest = hashlib.sha256()
    waiting = [name for name in ("home", "tree") if (entry / name).is_dir()]
    while waiting:
        directory = waiting.pop()
        with os.scandir(entry / directory) as found:
            for one in sorted(found, key=lambda each: each.name):
                at, path = one.stat(follow_symlinks=False), f"{directory}/{one.name}"
                facts = (at.st_mode, at.st_uid, at.st_gid, at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino)
                digest.update(os.fsencode(path) + repr(facts).encode())
                if one.is_dir(follow_symlinks=False):
                    waiting.append(path)
    return digest.hexdigest()


def _pin(entry: Path, user: Path) -> None:
    """Write down who uses an entry: whole or not at all, whatever the disk and the power do meanwhile."""
    users, name = entry / "users", hashlib.sha256(os.fsencode(user)).hexdigest()[:20]
    users.mkdir(mode=0o700, exist_ok=True)
    half = users / f".{name}-{secrets.token_hex(4)}"
    try:
        half.write_bytes(os.fsencode(user))
        half.rename(users / name)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _in_use(entry: Path) -> bool:
    """Whether a workspace that has this home below its own is still there."""
    with suppress(FileNotFoundError):
        users = [os.fsdecode(pin.read_bytes()) for pin in (entry / "users").glob("[!.]*")]
        return any(Path(user).exists() for user in users if user)
    return False


def _forget_the_gone(entry: Path) -> None:
    for pin in (entry / "users").glob("*"):
        with suppress(OSError):
            if not (user := os.fsdecode(pin.read_bytes())) or not Path(user).exists():
                pin.unlink()


def release(root: Path, user: Path) -> None:
    """Have a workspace use none of the environments below `root` any more."""
    name = hashlib.sha256(os.fsencode(user)).hexdigest()[:20]
    for pin in root.glob(f"[!.]*/users/{name}"):
        pin.unlink(missing_ok=True)


def is_whole(home: Path) -> bool:
    """Whether an environment's home is as it was written."""
    try:
        known = _known(home.parent)
        return known is not None and known["digest"] == _digest(home.parent)
    except OSError:
        return False


def _lay(entry: Path, known: dict[str, Any], tree: Path) -> bool:
    """Copy what a set-up made in its tree into another one."""
    for number, path in enumerate(map(str, known["made"])):
        if _free(tree, path) and not _copy(entry / "tree" / str(number), tree / path):
            _remove(tree / path)
            return False
    return True


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


def _move(source: Path, target: Path) -> bool:
    """Move a home, leaving an empty one of the same owner; copied where the file systems differ."""
    fresh = source.with_name(f"{source.name}.fresh")
    try:
        at = source.lstat()
        with suppress(FileNotFoundError):
            target.rmdir()
        _remove(fresh)
        fresh.mkdir(mode=0o755)
        os.chown(fresh, at.st_uid, at.st_gid, follow_symlinks=False)
        source.rename(target)
        fresh.rename(source)
    except OSError as error:
        _remove(fresh)
        if error.errno != errno.EXDEV or not _copy(source, target):
            return False
        empty(source)
    return True


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
