"""What is not committed in a user's own work tree, asked without what its repository configures.

`git status` reads changed files through the filters of `.git/config`, which are programs: an
archive that somebody unpacked, or a clone that was handed over, would have them run here. So git
is given a directory of ours with a configuration of ours, which borrows the objects and a copy of
the index. The user's own global configuration counts as ever (Git LFS puts its filters there).
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from sandbox.git.plumbing import Garbled, Git, records
from sandbox.host import temporary

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
_HARMLESS = ("fileMode", "symlinks", "ignoreCase", "precomposeUnicode", "autocrlf", "eol", "trustctime", "checkStat")
"""Of its repository's configuration: what says how files are on this disk, and names no program."""
_WORD = re.compile("[a-z]{1,20}")


def uncommitted(top: Path, commit: str, own: Git) -> list[str]:
    """Tracked paths that differ from the commit, in the index or in the tree. `own` is git in that tree."""
    asked = (word for name in ("objects", "index", "info/attributes") for word in ("--git-path", name))
    where = own.run("rev-parse", "--path-format=absolute", "--git-dir", *asked)
    places = [Path(os.fsdecode(line)) for line in records("rev-parse", where, b"\n")]
    if len(places) != 4:
        raise Garbled("rev-parse")
    found, objects, index, attributes = places
    ours = temporary.directory()
    try:
        for name in ("objects/info", "refs", "info"):
            (ours / name).mkdir(parents=True)
        (ours / "config").write_text(_CONFIG)
        if attributes.is_file():  # what they name counts only where the user's own configuration has it
            shutil.copyfile(attributes, ours / "info/attributes")
        (ours / "HEAD").write_text(f"{commit}\n")
        (ours / "objects/info/alternates").write_bytes(os.fsencode(objects) + b"\n")
        for kept in [index, *found.glob("sharedindex.*")]:  # a split index names the other by its id
            if kept.is_file():
                shutil.copy2(kept, ours / kept.name)  # its time tells git which entries to look at
        words = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames")
        tree = {"GIT_WORK_TREE": str(top)}
        listed = Git(ours, trusting=True).run(*words, env=tree, cwd=top, settings=_on_this_disk(own))
    finally:
        shutil.rmtree(ours, ignore_errors=True)
    return [os.fsdecode(line[3:]) for line in records("status", listed)]


def _on_this_disk(own: Git) -> list[str]:
    """What the user has set: on a disk without modes, or with Windows' line ends, all files would be changed ones."""
    names = "|".join(_HARMLESS).lower()
    said = own.run("config", "--show-scope", "-z", "--get-regexp", rf"^core\.({names})$", fine=(0, 1))
    words = [os.fsdecode(one) for one in records("config", said)]
    found = [one.partition("\n") for scope, one in zip(words[::2], words[1::2], strict=True) if scope != "command"]
    return [f"{name}={value}" for name, _, value in found if _WORD.fullmatch(value)]
