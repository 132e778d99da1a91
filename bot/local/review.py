"""What `pullwright review` is asked to look at: two commits of a repository on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import RepositoryError, UserError
from sandbox.git.plumbing import Git, GitFailed, object_id
from sandbox.git.repository import local_source


@dataclass(frozen=True, slots=True)
class Ends:
    """A repository's top directory and current branch, and both ends of a change as commits."""

    root: Path
    branch: str
    base: str
    head: str
    range: str


def ends_of(path: Path, range_: str) -> Ends:
    """The ends that BASE..HEAD names in the repository at `path`. UserError where it is no range, or names nothing."""
    base, between, head = range_.partition("..")
    head = head.removeprefix(".")  # BASE...HEAD means the same here
    if not between or not base.strip():
        raise UserError(f"{range_!r} is no range.", "Write it as BASE..HEAD, or BASE.. for the current branch.")
    source = local_source(path)
    git = Git(source.root, trusting=True, found=True)
    return Ends(source.root, source.branch, _commit(git, base), _commit(git, head or "HEAD"), range_)


def _commit(git: Git, name: str) -> str:
    try:
        found = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except GitFailed:
        raise RepositoryError(f"There is no branch, tag or commit {name!r}.", "Check its name.") from None
    return object_id("rev-parse", found)
