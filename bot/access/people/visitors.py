"""Whoever sends a request, as far as we know them, and what they may see and do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from workflows.errors import NotFound
from workflows.runs.principal import Principal, Role
from workflows.store.database import Store
from workflows.store.records import Run
from workflows.store.run_rows import runs
from workflows.store.web import run_search
from workflows.store.web.keys import ApiKey, KeyScope
from workflows.store.web.run_search import KnownRepository

OPERATOR_NAME = "operator (link)"
"""What whoever came by a one-time link is called in the audit log: no login on GitHub can be that."""


class Need(StrEnum):
    """What a route asks of whoever comes."""

    OPEN = "open"
    """Nothing: anybody reads this."""
    SIGNED_IN = "signed in"
    """To be known. What is shown holds only what they may read."""
    RUN = "run"
    """To be allowed to read the run that the address names; to anybody else it is not there."""
    REPOSITORY = "repository"
    """The same of a repository that the address names, as runs do."""
    ADMIN = "admin"
    """To run this server: a login that the configuration names, or the operator."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody known: by a login on GitHub, as the operator of this machine, or by a key that acts for one of them."""

    login: str
    operator: bool = False
    admin: bool = False
    key: ApiKey | None = None
    account: int = 0
    """GitHub's number of theirs, by which they are the same when the login changes; 0 where it is not known."""

    @property
    def name(self) -> str:
        """As the audit log has it."""
        return self.login or OPERATOR_NAME if self.key is None else f"{self.login or 'operator'} (key {self.key.id})"

    @property
    def source(self) -> str:
        return "admin" if self.key is None else "api"

    @property
    def id(self) -> str:
        """What answers and rates are kept under."""
        if self.key is not None:
            return f"key {self.key.id}"
        return f"account {self.account}" if self.account else f"login {self.login}"

    def has(self, scope: KeyScope) -> bool:
        return self.key is None or scope in self.key.scopes

    def principal(self, role: Role, repository: str, reference: str = "") -> Principal:
        """They as one who asks for something, with their role in that repository.

        Nobody is the operator over HTTP: the rules about answers and words hold for all who come this way.
        """
        key = "" if self.key is None else self.key.id
        machine, account = self.operator, self.account
        return Principal(self.name, self.source, role, repository, reference, machine=machine, account=account, key=key)


class RoleSource(Protocol):
    """Tells what somebody is in a repository. TransientError where it cannot be known now."""

    async def role(self, login: str, repository: KnownRepository, account: int = 0) -> Role:
        """`account` is GitHub's number of whoever is meant: an answer about another one with that login is none."""
        ...


@dataclass(frozen=True, slots=True)
class WebVisit:
    """One request of a visitor. `run` and `repository` are there where the route names one, and they may read it."""

    visitor: Visitor
    store: Store
    roles: RoleSource
    run: Run | None = None
    repository: KnownRepository | None = None
    _readable: list[Sequence[KnownRepository]] = field(default_factory=list)

    @property
    def the_run(self) -> Run:
        assert self.run is not None, "the route names a run"
        return self.run

    @property
    def the_repository(self) -> KnownRepository:
        assert self.repository is not None, "the route names a repository"
        return self.repository

    async def role_in(self, repository: KnownRepository) -> Role:
        """What they are in a repository: on GitHub what GitHub says; of this machine's own only who runs it sees."""
        visitor = self.visitor
        if visitor.key is not None and visitor.key.repository not in ("", repository.name):
            return Role.NONE
        if visitor.operator:
            return Role.ADMIN
        if repository.forge != "github":
            return Role.READ if visitor.admin else Role.NONE
        return await self.roles.role(visitor.login, repository, visitor.account)

    async def may_read(self, name: str) -> bool:
        """Whether they may see the runs of a repository, as runs name it."""
        if (known := await self.store.read(run_search.repository_of, name)) is None:
            return False
        return await self.role_in(known) >= Role.READ

    async def readable(self) -> Sequence[KnownRepository]:
        """All repositories of which they may see the runs."""
        if not self._readable:
            known = await self.store.read(run_search.repositories)
            roles = await asyncio.gather(*(self.role_in(one) for one in known))
            self._readable.append([one for one, role in zip(known, roles, strict=True) if role >= Role.READ])
        return self._readable[0]

    async def readable_names(self) -> frozenset[str] | None:
        """The names of those; None where it is all of them."""
        whole = self.visitor.operator and (self.visitor.key is None or not self.visitor.key.repository)
        return None if whole else frozenset(one.name for one in await self.readable())

    async def need_run(self, run_id: str) -> Run:
        """A run that they may read; NotFound where there is none, or they may not: nobody is told which."""
        found = await self.store.read(runs.maybe_run, run_id)
        if found is None or not await self.may_read(found.repository):
            raise NotFound("There is no such run, or you may not see it.")
        return found

    async def need_repository(self, name: str) -> KnownRepository:
        """A repository of which they may read the runs; NotFound where there is none, or they may not."""
        known = await self.store.read(run_search.repository_of, name)
        if known is None or await self.role_in(known) < Role.READ:
            raise NotFound("There are no runs of such a repository, or you may not see them.")
        return known

    async def principal(self, repository: str, reference: str = "") -> Principal:
        """They as one who asks for something in a repository, as runs name it."""
        known = await self.store.read(run_search.repository_of, repository)
        role = Role.NONE if known is None else await self.role_in(known)
        return self.visitor.principal(role, repository, reference)
