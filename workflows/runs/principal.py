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
class Party:
    """Whoever stands behind a request, whatever it came through.

    A person on GitHub, by `login` and by `account`, the number that stays theirs when the login changes (0 where it is
    not known); or, without a login, whoever runs the server. `key` is the key of the API that was used, "" for none.
    """

    login: str = ""
    account: int = 0
    key: str = ""

    def is_same(self, other: Party) -> bool:
        """Whether both are the same, or may be: of two who name no person nobody can tell that they are two."""
        if self.key and self.key == other.key:
            return True
        if not self.login or not other.login:
            return self.login == other.login
        if self.account and other.account:
            return self.account == other.account
        return self.login.lower() == other.login.lower()


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks. `role` is theirs in `repository` ("github.com/owner/name", as runs name it), nowhere else.

    `source` and `reference` are as in `Asker`. Whoever sits at this machine is its operator: they may everything, since
    the database is theirs, and of a repository's rules only that about four eyes is about them. `machine` says that a
    key or a link of theirs asks, which names no person; `account` and `key` are as in `Party`.
    """

    name: str
    source: str
    role: Role = Role.NONE
    repository: str = ""
    reference: str = ""
    operator: bool = False
    machine: bool = False
    account: int = 0
    key: str = ""

    @property
    def party(self) -> Party:
        """Who stands behind it: a name is a login, and behind it the key, if it is one, that acts for it."""
        login = "" if self.operator or self.machine else self.name.partition(" ")[0]
        return Party(login, self.account, self.key)

    @property
    def asker(self) -> Asker:
        return Asker(self.name, self.source, self.reference)

    def role_in(self, repository: str) -> Role:
        """What they are where a run belongs."""
        if self.operator:
            return Role.ADMIN
        return self.role if repository == self.repository else Role.NONE
