"""Who asks for something, through what, and how far they are trusted: by a role in a repository, or as the operator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from workflows.store.audit import Asker


class Role(IntEnum):
    """Roles in the order of what they may; each may what those before it may.

    https://docs.github.com/en/organizations/managing-user-access-to-your-organizations-repositories/managing-repository-roles/repository-roles-for-an-organization
    """

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5

    def __str__(self) -> str:
        return self.name.lower()


def role_of(permission: str) -> Role:
    """The role that GitHub's collaborators API names; what we do not know may nothing."""
    try:
        return Role[permission.strip().upper()]
    except KeyError:
        return Role.NONE


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks. `role` is theirs in `repository` ("github.com/owner/name", as runs name it), nowhere else.

    `source` and `reference` are as in `Asker`. Whoever sits at this machine is its operator: they
    may everything, since the database is theirs, and no repository's rules are about them.
    """

    name: str
    source: str
    role: Role = Role.NONE
    repository: str = ""
    reference: str = ""
    operator: bool = False

    @property
    def login(self) -> str:
        """Whose rights they are: behind a login stands the key, if it is one, that acts for it."""
        return self.name.partition(" ")[0]

    @property
    def asker(self) -> Asker:
        return Asker(self.name, self.source, self.reference)

    def role_in(self, repository: str) -> Role:
        """What they are where a run belongs."""
        if self.operator:
            return Role.ADMIN
        return self.role if repository == self.repository else Role.NONE
