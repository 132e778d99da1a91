"""The tag that a commit comes after, as `git describe` would say it, without fetching tags into a mirror."""

from __future__ import annotations

import os
import re

from sandbox.git.plumbing import Git, records
from sandbox.git.remote import Env, check_url, talk

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,99}")
_MOST = 50_000


def nearest(git: Git, commit: str, url: str, env: Env | None) -> tuple[str, int]:
    """The nearest tag with a digit in it among the commit's ancestors, and the commits since; ("", 0) for none.

    `url` is asked for its tags, by name alone. RepositoryError and TransientError as git has them.
    """
    check_url(url)
    tagged: dict[str, str] = {}
    for line in records("ls-remote", talk(git, "ls-remote", "--tags", url, url=url, env=env), b"\n"):
        at, _, ref = line.partition(b"\t")
        name = os.fsdecode(ref).removeprefix("refs/tags/").removesuffix("^{}")
        if re.search(r"\d", name) and _NAME.fullmatch(name) and ".." not in name and not name.endswith((".lock", "/")):
            tagged[at.decode("ascii", "replace")] = name
    if not tagged:
        return "", 0
    listed = git.run("rev-list", f"--max-count={_MOST}", commit)
    for line in records("rev-list", listed, b"\n"):
        if (ancestor := line.decode("ascii", "replace")) in tagged:
            since = git.text("rev-list", "--count", f"{ancestor}..{commit}")
            return tagged[ancestor], int(since)
    return "", 0
