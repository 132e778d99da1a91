"""Which paths may be named below a tree, and which file names are never taken in."""

from __future__ import annotations

import re

from sandbox.errors import PathRefused

_INVISIBLE = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
_SHORT = re.compile(r"git~\d+")


def is_git_name(name: str) -> bool:
    """Whether some file system takes this name for `.git`: case, DOS short names, dots, streams, invisible letters."""
    plain = _INVISIBLE.sub("", name).casefold()
    if not plain.startswith((".git", "git~")):
        return False
    plain = plain.split(":", 1)[0].rstrip(" .")
    return plain == ".git" or _SHORT.fullmatch(plain) is not None


def split(path: str) -> tuple[str, ...]:
    """The path's components; `.` alone is the tree itself, ().

    PathRefused where it is absolute, climbs, holds a NUL, or is longer than the system takes.
    """
    if "\0" in path:
        raise PathRefused(f"The path {path!r} holds a NUL.")
    if path.startswith("/"):
        raise PathRefused(f"{path} is absolute.", "Give a path relative to the repository's root.")
    parts = tuple(part for part in path.split("/") if part not in ("", "."))
    if ".." in parts:
        raise PathRefused(f"{path} climbs with '..'.", "Give a path relative to the repository's root.")
    for part in parts:
        if len(part.encode("utf-8", "surrogateescape")) > 255:
            raise PathRefused(f"{part[:40]}... is too long for a file name.")
    return parts


def parts_of(path: str) -> tuple[str, ...]:
    """The same for a path that somebody else named: git's own directory is refused too."""
    parts = split(path)
    for part in parts:
        if is_git_name(part):
            raise PathRefused(f"{path} belongs to git itself.", "Leave it alone; changes are committed for you.")
    return parts
