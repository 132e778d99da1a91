"""A real git repository in a directory, made from a few files: what tests start from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ENV = {
    "PATH": os.environ.get("PATH", ""),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "@1700000000 +0000",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_COMMITTER_DATE": "@1700000000 +0000",
}


def git(directory: Path, *args: str, stdin: bytes = b"") -> str:
    """Run git there as a person would; what it printed."""
    done = subprocess.run(
        ["git", "-C", str(directory), *args], env=ENV, input=stdin, capture_output=True, check=True, timeout=60
    )
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def make_repository(directory: Path, files: Mapping[str, str | bytes]) -> str:
    """A repository on branch main with one commit of these files; returns the commit."""
    directory.mkdir(parents=True)
    git(directory, "init", "-q", "-b", "main")
    return commit(directory, files)


def commit(directory: Path, files: Mapping[str, str | bytes], message: str = "Change") -> str:
    """Write the files, commit everything, and return the commit."""
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(directory, "add", "-A", "-f")
    git(directory, "commit", "-q", "--allow-empty", "-m", message)
    return git(directory, "rev-parse", "HEAD")
