"""The git objects of a stand-in repository: a bare repository on disk, asked through git's plumbing."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ZERO: Final = "0" * 40

_HOOK = f"""#!/bin/sh
exec "{sys.executable}" -I -S -E "{Path(__file__).with_name("receive_hook.py")}"
"""

_SETTINGS = """
[http]
    receivepack = true
[uploadpack]
    allowFilter = true
    allowAnySHA1InWant = true
[receive]
    autogc = false
    procReceiveRefs = refs
[gc]
    auto = 0
[core]
    quotePath = false
"""


class GitFailed(Exception):
    """A git command said no; the message is what it printed."""


@dataclass(slots=True)
class Objects:
    """One bare repository. `pushing` is held while refs change, so that what a push changed can be told."""

    path: Path
    pushing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def create(cls, path: Path, source: str | Path | None, default_branch: str) -> Objects:
        """A repository with the branches and tags of `source`, or with one commit where there is none."""
        objects = cls(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if source is None:
            await _git("init", "-q", "--bare", "--template=", "-b", default_branch, str(path))
            blob = await objects.run("hash-object", "-w", "--stdin", stdin=b"# A repository\n")
            tree = await objects.run("mktree", stdin=f"100644 blob {blob}\tREADME.md\n".encode())
            commit = await objects.run("commit-tree", tree, "-m", "Initial commit")
            await objects.run("update-ref", f"refs/heads/{default_branch}", commit)
        else:
            await _git("clone", "-q", "--bare", "--template=", "--no-hardlinks", str(source), str(path))
        await objects.run("symbolic-ref", "HEAD", f"refs/heads/{default_branch}")
        with (path / "config").open("a") as config:
            config.write(_SETTINGS)
        hook = path / "hooks" / "proc-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_HOOK)
        hook.chmod(0o755)
        return objects

    async def run(self, *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> str:
        """One git command in this repository; GitFailed where it says no."""
        return (await self.read(*arguments, stdin=stdin, env=env)).decode("utf-8", "replace").rstrip("\n")

    async def read(self, *arguments: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> bytes:
        """The same, with the output as it is."""
        return await _git(*arguments, directory=self.path, stdin=stdin, env=env)

    async def resolve(self, name: str) -> str | None:
        """The commit that a branch, tag, full ref name or object id stands for."""
        for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            try:
                return await self.run("rev-parse", "--verify", "-q", "--end-of-options", f"{candidate}^{{commit}}")
            except GitFailed:
                continue
        return None

    async def refs(self, prefix: str = "refs/heads/", *more: str) -> dict[str, str]:
        """Object ids by full ref name."""
        listing = await self.run("for-each-ref", "--format=%(objectname) %(refname)", prefix, *more)
        pairs = (line.split(" ", 1) for line in listing.splitlines())
        return {name: sha for sha, name in pairs}

    async def blob(self, commit: str, path: str) -> bytes | None:
        """A file's bytes in a commit, None where there is no such file."""
        try:
            return await self.read("cat-file", "blob", f"{commit}:{path}")
        except GitFailed:
            return None

    async def merge_base(self, one: str, other: str) -> str | None:
        try:
            return await self.run("merge-base", one, other)
        except GitFailed:
            return None

    async def commits(self, base: str | None, head: str) -> list[str]:
        """What head has and base has not, newest first."""
        span = head if base is None else f"{base}..{head}"
        return (await self.run("rev-list", "--max-count=1000", span)).split()

    async def merged_tree(self, base: str, head: str) -> str | None:
        """The tree of a merge without conflicts; None where there are some (needs git 2.38)."""
        try:
            return (await self.run("merge-tree", "--write-tree", base, head)).split("\n")[0]
        except GitFailed:
            return None


async def _git(
    *arguments: str, directory: Path | None = None, stdin: bytes = b"", env: dict[str, str] | None = None
) -> bytes:
    process = await asyncio.create_subprocess_exec(
        "git",
        *arguments,
        cwd=directory,
        env=env or environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate(stdin)
    if process.returncode:
        raise GitFailed(f"git {arguments[0]}: {errors.decode('utf-8', 'replace').strip()}")
    return output


def environment() -> dict[str, str]:
    """What the stand-in's own git sees: nothing of the user's configuration."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Stand-in",
        "GIT_AUTHOR_EMAIL": "stand-in@example.com",
        "GIT_COMMITTER_NAME": "Stand-in",
        "GIT_COMMITTER_EMAIL": "stand-in@example.com",
        "GIT_TERMINAL_PROMPT": "0",
    }
