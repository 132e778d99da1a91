"""The commit that a run makes, as facts: whatever machine the run goes on at can make the same one again."""

from __future__ import annotations

from dataclasses import dataclass

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

    def write(self, repository: Repository) -> str:
        """Make the commit, or find it; the repository holds the tree and the parents."""
        author = Person(self.name, self.email)
        return repository.write_commit(
            self.tree, self.parents, self.message, author=author, committer=author, when=self.when
        )
