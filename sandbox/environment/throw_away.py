"""A git repository for tools that ask git: made in the box, of the tree as it is, and read by nobody on the host."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.backend import Box, BoxCommand, CommandLimits

_MOST_COMMITS = 5000
_MOST_WITHOUT = 300
"""Paths, since a shell line has an end."""
_WHO = "box <box@localhost>"
_WHEN = "1700000000 +0000"


@dataclass(frozen=True, slots=True)
class Described:
    """What `git describe` says of the commit that a tree comes from: a tag, "" for none, and the commits since."""

    tag: str = ""
    commits: int = 0
    branch: str = "main"


async def make_repository(
    box: Box, described: Described, limits: CommandLimits, *, without: Sequence[str] = ()
) -> None:
    """Give the tree a repository with one commit of its own, that many commits after that tag. Without git nothing.

    What stands in `without` is no part of it: paths that a set-up made, as node_modules. Tools that make a version
    of it (setuptools_scm, hatch-vcs, versioneer) get the one that the project itself gives.
    """
    env = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    command = BoxCommand(shell=_script(described, without), stdin=_history(described), env=env, limits=limits)
    await box.run(command)


def _script(described: Described, without: Sequence[str]) -> str:
    """`.git` is made under another name first: half of one would be worse than none.

    What is mounted below the tree (a tool chain that lies where boxes have their trees) is no part of it.
    """
    others = " ".join(shlex.quote(f":(top,literal,exclude){path}") for path in without[:_MOST_WITHOUT])
    branch, who = shlex.quote(described.branch), "-c user.name=box -c user.email=box@localhost"
    return f"""
command -v git >/dev/null || exit 0
tree="$PWD"; half="$(mktemp -d)"; rm -rf .git
git init -q --template= "$half" && cd "$half" && git symbolic-ref HEAD refs/heads/{branch} || exit 1
git fast-import --quiet || exit 1
cd "$tree"; export GIT_DIR="$half/.git" GIT_WORK_TREE="$tree"
export GIT_AUTHOR_DATE='{_WHEN}' GIT_COMMITTER_DATE='{_WHEN}'
others=({others})
while read -r _ _ _ _ at _; do
    at="$(printf '%b' "$at")"; [[ "$at" == "$tree"/?* ]] && others+=(":(top,literal,exclude)${{at#"$tree"/}}")
done </proc/self/mountinfo
git -c core.autocrlf=false -c core.safecrlf=false add -Af . "${{others[@]}}" 2>/dev/null
git {who} -c gc.auto=0 commit -q --no-verify --no-gpg-sign --allow-empty -m 'The tree of this box' || exit 1
{_tag_at_head(described)}
unset GIT_DIR GIT_WORK_TREE
mv "$half/.git" .git; rm -rf "$half"
"""


def _tag_at_head(described: Described) -> str:
    return f"git tag {shlex.quote(described.tag)}" if described.tag and not described.commits else ""


def _history(described: Described) -> bytes:
    """For `git fast-import`: the tagged commit and those after it, all empty; the tree's own comes last."""
    if not described.tag or not described.commits:
        return b""
    lines = []
    for number in range(min(described.commits, _MOST_COMMITS)):
        lines += [f"commit refs/heads/{described.branch}", f"committer {_WHO} {_WHEN}", "data 0", ""]
        if number == 0:
            lines += [f"reset refs/tags/{described.tag}", f"from refs/heads/{described.branch}", ""]
    return "\n".join(lines).encode()
