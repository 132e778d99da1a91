"""What is mounted below a directory that boxes write: tool chains that lie where a box has its tree, home or /tmp.

Bubblewrap finds the place of a mount by its path, for each command, while the host's directories
are still in reach: a link that the command before has put there would have it make directories
on the host. So these places are made and mounted once, before anything runs in the box, by
descriptors that follow no link, and bubblewrap gets them with the directory they are in.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sandbox.backend import HOME, WORK, BoxSpec, Mount
from sandbox.files.resolve import PATH_ONLY


@dataclass(frozen=True, slots=True)
class Inner:
    """A mount at `path` below the host directory `holder`, which a box writes."""

    source: Path
    holder: Path
    path: str
    writable: bool = False


def inner(spec: BoxSpec, mounts: Iterable[Mount]) -> list[Inner]:
    """Those of the mounts whose target lies below a directory that the box writes."""
    holders = {WORK: spec.tree, HOME: spec.home, "/tmp": spec.temporary, "/var/tmp": spec.temporary}
    found = []
    for mount in mounts:
        for place, holder in holders.items():
            if mount.target.startswith(f"{place}/"):
                found.append(Inner(mount.source, holder, mount.target[len(place) + 1 :], mount.writable))
    return found


def make_place(mount: Inner, user: int) -> bool:
    """Make what the mount needs there, for the user that boxes run as; False where a box has put something else."""
    parts = mount.path.split("/")
    at = os.open(mount.holder, PATH_ONLY)
    try:
        for number, part in enumerate(parts):
            is_file = number == len(parts) - 1 and not mount.source.is_dir()
            try:
                step = _made(at, part, user, is_file=is_file)
            except OSError:
                return False
            os.close(at)
            at = step
        return True
    finally:
        os.close(at)


def _made(at: int, name: str, user: int, *, is_file: bool) -> int:
    """A descriptor of what is at the name, made where there is nothing; OSError where it is another kind of thing."""
    if name in ("", ".", ".."):
        raise NotADirectoryError(name)
    made = True
    try:
        if is_file:
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at))
        else:
            os.mkdir(name, dir_fd=at)
    except FileExistsError:
        made = False
    flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC if is_file else PATH_ONLY
    found = os.open(name, flags, dir_fd=at)
    try:
        if is_file and not stat.S_ISREG(os.fstat(found).st_mode):
            raise FileExistsError(name)
        if made and os.geteuid() == 0:
            os.chown(name, user, user, dir_fd=at, follow_symlinks=False)
    except BaseException:
        os.close(found)
        raise
    return found
