"""Releases beside a range: what was made on branches of their own since its beginning is no news at its end."""

from __future__ import annotations

import os

from sandbox.git.history import History
from sandbox.git.plumbing import records
from workflows.release_notes.history.versions import version_of

_MOST = 8


def released_beside(history: History, since: str, until: str, name: str) -> list[str]:
    """The newest releases that build upon the tag `since`, and which `until` (called `name`) lacks in its history.

    Where `name` is a version, only smaller ones that are no younger. Of those that hold each other the last one.
    """
    first, this = version_of(since), version_of(name)
    if first is None:
        return []
    form = "--format=%(refname:strip=2)%00%(creatordate:unix)"
    listed = history.git.run("tag", "--list", form, "--contains", f"refs/tags/{since}", "--no-merged", until)
    born = dict(os.fsdecode(line).split("\0") for line in records("tag", listed, b"\n"))
    made = history.git.run("tag", "--list", form, "--points-at", until) if this else b""
    ours = dict(os.fsdecode(line).split("\0") for line in records("tag", made, b"\n")).get(name, "")
    found = [
        one
        for one in map(version_of, born)
        if one is not None
        and one.family == first.family
        and (this is None or one < this)
        and (not one.prerelease or (this is not None and this.prerelease))
        and (not ours.isdigit() or not born[one.tag].isdigit() or int(born[one.tag]) <= int(ours))
    ]
    last: list[str] = []
    for one in sorted(found, reverse=True):
        ref = f"refs/tags/{one.tag}"
        if len(last) < _MOST and not any(history.contains(f"refs/tags/{kept}", ref) for kept in last):
            last.append(one.tag)
    return last
