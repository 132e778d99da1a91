"""A repository of this machine as git is shown it when it fetches from there or pushes there.

Its configuration can name programs, in more keys than anybody can list, and new versions of git know new ones. So git
never opens it: it is given a directory of ours, whose own links lead to that repository's objects and references, and
whose configuration holds nothing but the keys of a table, each with a value of its form. Hooks, included files and
configurations of work trees are not there at all.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.errors import RepositoryError, TransientError
from sandbox.git.plumbing import Git, GitFailed, records
from sandbox.host import temporary

CONFIG_SECONDS = 10.0
_SHARED = ("objects", "refs", "packed-refs", "shallow")
_WHERE_THEY_ARE = ("logs", "worktrees", "reftable")
_YES = r"(?i:true|yes|on|1|false|no|off|0|)"
ALLOWED = {
    "extensions.objectformat": r"sha1|sha256",
    "extensions.refstorage": r"files|reftable",
    "core.sharedrepository": r"(?i:umask|group|all|world|everybody|true|false|yes|no|on|off|0?[0-7]{1,4})",
    "receive.denynonfastforwards": _YES,
    "receive.denydeletes": _YES,
    "receive.fsckobjects": _YES,
    "transfer.fsckobjects": _YES,
    "receive.shallowupdate": _YES,
    "uploadpack.allowfilter": _YES,
    "uploadpack.allowtipsha1inwant": _YES,
    "uploadpack.allowreachablesha1inwant": _YES,
    "uploadpack.allowanysha1inwant": _YES,
}
"""What counts of a repository's configuration, in small letters, and what it may be."""
_POINTER = 4096


@contextmanager
def shown(url: str) -> Iterator[str]:
    """Where git finds the repository at `url` (a path, or file://), for as long as one command takes.

    RepositoryError where there is none, or its configuration does not end.
    """
    top = Path(os.path.abspath(url.removeprefix("file://")))
    own, common = directories(top)
    config = _config(top, common, bare=own == top.resolve())
    place = temporary.directory()
    try:
        ours = place / ".git"  # called so, it has a work tree beside it, and its current branch is guarded
        ours.mkdir(mode=0o700)
        for name in (*_SHARED, *(one for one in _WHERE_THEY_ARE if (common / one).is_dir())):
            (ours / name).symlink_to(common / name)
        (ours / "HEAD").write_bytes(_head(top, own))
        (ours / "config").write_text(config)
        yield str(ours)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def directories(top: Path) -> tuple[Path, Path]:
    """The git directory of a work tree or of a bare repository, and the one that it shares with other work trees."""
    dot = top / ".git"
    own = top
    if dot.is_dir():
        own = dot
    elif dot.is_file():
        own = top / os.fsdecode(_line(dot).removeprefix(b"gitdir:").strip())
    if not (own / "HEAD").is_file():
        raise RepositoryError(f"{top} does not appear to be a git repository.", "Check the address.")
    pointer = own / "commondir"
    common = own / os.fsdecode(_line(pointer)) if pointer.is_file() else own
    return own.resolve(), common.resolve()


def _head(top: Path, own: Path) -> bytes:
    head = _line(own / "HEAD")
    if not re.fullmatch(rb"ref: refs/[^\x00-\x20]+|[0-9a-f]{40}(?:[0-9a-f]{24})?", head):
        raise RepositoryError(f"{top} cannot be read: its HEAD names no branch and no commit.", "See: git fsck")
    return head + b"\n"


def _line(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_POINTER).strip()


def _config(top: Path, common: Path, *, bare: bool) -> str:
    """The keys of the table as the repository has them, as a file of ours."""
    words = ("config", "--file", str(common / "config"), "--no-includes", "-z", "--list")
    try:
        listed = Git(Path("/")).run(*words, seconds=CONFIG_SECONDS) if (common / "config").exists() else b""
    except TransientError:
        raise RepositoryError(
            f"{top} cannot be read: its configuration does not end.", "See what .git/config is, and what it includes."
        ) from None
    except GitFailed as error:
        raise RepositoryError(f"{top} cannot be read: {error}", "See what is wrong in its .git/config.") from None
    found: dict[str, str] = {}
    partial = False
    for record in records("config", listed):
        key, _, value = record.decode("utf-8", "replace").partition("\n")
        partial |= key == "extensions.partialclone" or (key.startswith("remote.") and key.endswith(".promisor"))
        if re.fullmatch(ALLOWED.get(key, r"[^\s\S]"), value):
            found[key] = value
    version = int(partial or any(key.startswith("extensions.") for key in found))
    lines = ["[core]", f"\trepositoryformatversion = {version}", f"\tbare = {str(bare).lower()}"]
    if partial:  # said, so that what it lacks is told as such; there is no address to fetch it from
        lines += ["[extensions]", "\tpartialClone = lacking", '[remote "lacking"]', "\tpromisor = true"]
    for key, value in found.items():
        section, _, name = key.partition(".")
        lines += [f"[{section}]", f"\t{name} = {value}"]
    return "\n".join([*lines, ""])
