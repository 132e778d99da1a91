"""The commit that a run makes, as facts: whatever machine the run goes on at can make the same one again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import RepositoryError
from sandbox.git.history import Person
from sandbox.git.repository import Repository


@dataclass(frozen=True, slots=True)
class CommitFacts:
    """All that a commit's id follows from. `when` is in seconds since the epoch."""

    tree: str
    parents: tuple[str, ...]
    message: str
    name: str
    email: str
    when: int
    signed: bool = False

    def write(self, repository: Repository, key: Path | None = None) -> str:
        """Make the commit, or find it; the repository holds the tree and the parents, `key` signs what is signed."""
        if self.signed and key is None:
            raise RepositoryError(
                "The commit is signed, and this machine has no key for that.", "Set PULLWRIGHT_SIGNING_KEY."
            )
        author = Person(self.name, self.email)
        return repository.write_commit(
            self.tree,
            self.parents,
            self.message,
            author=author,
            committer=author,
            when=self.when,
            key=key if self.signed else None,
        )
