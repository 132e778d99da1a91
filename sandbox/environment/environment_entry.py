"""One prepared environment on disk: what is known of it, whether it is as it was written, and who uses it.

entry.json   paths, size and digest; its time is that of the last use
home/        what the set-up made in the box's home
tree/0, 1    what it made in the tree (their paths are in entry.json)
users/       the workspaces that have this home below their own, one file each
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from sandbox.files.everything import directories
from sandbox.files.moving import copy, remove

_MANY = 300
"""Files and directories."""


def known(entry: Path) -> dict[str, Any] | None:
    """What entry.json says; None where it went away meanwhile or is damaged."""
    try:
        found = json.loads((entry / "entry.json").read_text())
    except (OSError, ValueError):
        return None
    kinds = {"made": list, "digest": str, "failure": str, "output": str, "told": list}
    whole = isinstance(found, dict) and all(isinstance(found.get(name), kind) for name, kind in kinds.items())
    return found if whole else None


def digest(entry: Path) -> str:
    """What tells whether a file of an entry was touched: each one's place, kind, owner, size and times of change.

    The contents are not read, which would take longer than a set-up: nobody but root can
    set the time at which the kernel saw a file change.
    """
    seen = hashlib.sha256()
    waiting = [name for name in ("home", "tree") if (entry / name).is_dir()]
    while waiting:
        directory = waiting.pop()
        with os.scandir(entry / directory) as found:
            for one in sorted(found, key=lambda each: each.name):
                at, path = one.stat(follow_symlinks=False), f"{directory}/{one.name}"
                facts = (at.st_mode, at.st_uid, at.st_gid, at.st_size, at.st_mtime_ns, at.st_ctime_ns, at.st_ino)
                seen.update(os.fsencode(path) + repr(facts).encode())
                if one.is_dir(follow_symlinks=False):
                    waiting.append(path)
    return seen.hexdigest()


def parts(entry: Path, told: dict[str, Any], tree: Path) -> dict[str, Path]:
    """Where each path lies that a set-up made in its tree, as far as it can be laid into another one."""
    made = enumerate(map(str, told["made"]))
    return {path: entry / "tree" / str(number) for number, path in made if _free(tree, path)}


def lay(parts: Mapping[str, Path], tree: Path) -> bool:
    """Copy these parts into a tree."""
    for path, part in parts.items():
        if not copy(part, tree / path):
            remove(tree / path)
            return False
    return True


def holds_many(part: Path) -> bool:
    """Whether a part is a directory of so many files that it is sooner mounted than copied."""
    if part.is_symlink() or not part.is_dir():
        return False
    found = 0
    for entries in directories(part):
        found += len(entries)
        if found >= _MANY:
            return True
    return False


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


def is_whole(home: Path) -> bool:
    """Whether an environment's home is as it was written."""
    return whole(home.parent) is not None


def whole(entry: Path) -> dict[str, Any] | None:
    """What is known of an entry that is as it was written; None for any other."""
    found = known(entry)
    with suppress(OSError):
        return found if found is not None and found["digest"] == digest(entry) else None
    return None


def pin(entry: Path, user: Path) -> None:
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


def in_use(entry: Path) -> bool:
    """Whether a workspace that has this home below its own is still there."""
    with suppress(FileNotFoundError):
        users = [os.fsdecode(one.read_bytes()) for one in (entry / "users").glob("[!.]*")]
        return any(Path(user).exists() for user in users if user)
    return False


def forget_the_gone(entry: Path) -> None:
    """Remove the pins of workspaces that are no more. One that is just being written is left alone."""
    for one in (entry / "users").glob("[!.]*"):
        with suppress(OSError):
            if not (user := os.fsdecode(one.read_bytes())) or not Path(user).exists():
                one.unlink()


def release(root: Path, user: Path) -> None:
    """Have a workspace use none of the environments below `root` any more."""
    name = hashlib.sha256(os.fsencode(user)).hexdigest()[:20]
    for one in root.glob(f"[!.]*/users/{name}"):
        one.unlink(missing_ok=True)
