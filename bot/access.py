"""Who may ask for what: the role that GitHub gives somebody in a repository."""

from __future__ import annotations

from enum import IntEnum


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
