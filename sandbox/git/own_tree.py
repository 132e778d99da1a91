"""What is not committed in a user's own work tree, asked without what its repository configures.

`git status` reads changed files through the filters of `.git/config`, which are programs: an
archive that somebody unpacked, or a clone that was handed over, would have them run here. So git
is given a directory of ours with a configuration of ours, which borrows the objects and a copy of
the index. The user's own global configuration counts as ever (Git LFS puts its filters there).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sandbox.git.plumbing import Garbled, Git, records
from sandbox.host import temporary

_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"


def uncommitted(top: Path, commit: str, own: Git) -> list[str]:
    """Tracked paths that differ from the commit, in the index or in the tree. `own` is git in that tree."""
    where = own.run("rev-parse", "--path-format=absolute", "--git-dir", "--git-path", "objects", "--git-path", "index")
    places = [Path(os.fsdecode(line)) for line in records("rev-parse", where, b"\n")]
    if len(places) != 3:
        raise Garbled("rev-parse")
    found, objects, index = places
    ours = temporary.directory()
    try:
        for name in ("objects/info", "refs"):
            (ours / name).mkdir(parents=True)
        (ours / "config").write_text(_CONFIG)
        (ours / "HEAD").write_text(f"{commit}\n")
        (ours / "objects/info/alternates").write_bytes(os.fsencode(objects) + b"\n")
        for kept in [index, *found.glob("sharedindex.*")]:  # a split index names the other by its id
            if kept.is_file():
                shutil.copy2(kept, ours / kept.name)  # its time tells git which entries to look at
        words = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=all", "--no-renames")
        listed = Git(ours, trusting=True).run(*words, env={"GIT_WORK_TREE": str(top)}, cwd=top)
    finally:
        shutil.rmtree(ours, ignore_errors=True)
    return [os.fsdecode(line[3:]) for line in records("status", listed)]
